// SPDX-License-Identifier: Apache-2.0
// Fault rules: which messages a fault is about, and what it does to them. Pure; the only
// randomness is proxy/random.h's.
//
// Every rule in force judges every message, whatever the others decide, so that a rule's random
// stream and its count of matches depend on the traffic alone. Of several drops the first rule's
// counts; delays add up.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/sums.h"
#include "proxy/wire/envelope.h"

namespace proxy {

/// A moment: microseconds since the origin of the monotonic clock (virtual in a simulation).
using Time = std::chrono::microseconds;
using Duration = std::chrono::microseconds;

/// One direction between two nodes.
struct Link {
  Address src{};
  Address dst{};
  friend auto operator<=>(const Link&, const Link&) = default;
};

/// Which messages: those from one of `src` to one of `dst` and of one of the types `messages`,
/// requests and replies alike. An empty list means all.
struct Match {
  std::vector<Address> src;
  std::vector<Address> dst;
  std::vector<MessageType> messages;
  friend bool operator==(const Match&, const Match&) = default;
};

/// Each message is lost with this probability, independently.
struct Loss {
  double percent = 0;  // 0 to 100
  friend bool operator==(const Loss&, const Loss&) = default;
};

/// constant: latency. uniform: in [latency - jitter, latency + jitter]. normal: with mean latency
/// and standard deviation jitter. Never below 0. With jitter, messages overtake each other; so they
/// do when a delay ends, since what is in flight keeps its time.
enum class Distribution : std::uint8_t { constant, uniform, normal };
std::string_view distribution_name(Distribution distribution);
std::optional<Distribution> distribution_from(std::string_view name);

struct Delay {
  Duration latency{};
  Duration jitter{};  // 0 if constant
  Distribution distribution = Distribution::constant;
  friend bool operator==(const Delay&, const Delay&) = default;
};

/// Cuts these links, one direction each: so a one-way or two-way cut, an isolated node and groups
/// are the same thing here. What is in flight on them is cut, too.
struct Partition {
  std::vector<Link> cut;
  friend bool operator==(const Partition&, const Partition&) = default;
};

using Fault = std::variant<Loss, Delay, Partition>;

struct Rule {
  std::string id;  // 1 to 64 bytes
  Match match;
  Fault fault;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// The rules in force, and what all rules ever in force have counted.
class RuleSet {
 public:
  RuleSet(std::uint64_t seed, std::uint32_t nodes);

  /// Adding and removing return what is wrong, having changed nothing, or nullopt. An id that was
  /// removed may be added again, and goes on with its stream and its counts.
  std::optional<std::string> add(const Rule& rule);
  std::optional<std::string> remove(std::string_view id);
  void clear();

  /// `rule` names the rule that dropped the message or first delayed it, and is empty if none did.
  struct Effect {
    std::optional<DropReason> dropped{};
    Duration delay{};
    std::string_view rule{};  // lives as long as the RuleSet
  };
  /// Judges a message that enters the network. The link is one between two nodes of the cluster.
  Effect judge(Link link, MessageType type);
  /// Judges one that has been in flight: the first partition that cuts it now, or empty. A
  /// partition that was in force when the message entered does not match it, so no match is counted
  /// twice.
  std::string_view cut(Link link, MessageType type);

  std::vector<RuleSum> sums() const;

 private:
  /// A rule as it is looked up for each message.
  struct Record {
    std::string id;
    std::uint64_t stream = 0;
    Fault fault;
    std::vector<bool> links;              // by link_index
    std::uint32_t types = 0;              // bit per MessageType
    std::vector<std::uint64_t> ordinals;  // matched so far, by link_index
    std::uint64_t matched = 0;
    std::uint64_t affected = 0;
  };

  std::optional<std::string> problem_with(const Rule& rule) const;
  bool exists(Address node) const;
  std::size_t link_index(Link link) const;
  std::vector<bool> links_of(const Rule& rule) const;
  bool matches(const Record& record, std::size_t link, MessageType type) const;

  std::uint64_t seed_;
  std::uint32_t nodes_;
  std::deque<Record> records_;     // all rules ever, in order of first addition; addresses stay
  std::vector<Record*> in_force_;  // in order of addition
};

}  // namespace proxy
