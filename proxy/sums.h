// SPDX-License-Identifier: Apache-2.0
// What became of the messages. Every message ends in exactly one outcome, so that at any time
//   sent = delivered + dropped + in flight
// holds for each link, for each message type and in all; at the end nothing is in flight.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/wire/envelope.h"
#include "proxy/wire/json.h"

namespace proxy {

enum class DropReason : std::uint8_t {
  loss,               // a loss rule
  partition,          // a partition cut the link, when the message came or while it was in flight
  peer_down,          // no process is there to take it
  stale_incarnation,  // from or for an incarnation that is gone
  backpressure,       // the receiver's connection is full: it does not read
  malformed,          // not a frame, or not between two nodes of this cluster
  queue_full,         // too much is in flight already
  shutdown,           // in flight when the proxy was told to stop
};
inline constexpr std::size_t kDropReasons = 8;
std::string_view drop_reason_name(DropReason reason);
std::optional<DropReason> drop_reason_from(std::string_view name);

/// Bytes are those of whole frames, envelopes included.
struct Count {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;

  void add(std::uint64_t size);
  /// Throws std::logic_error where nothing is left to take away.
  void remove(std::uint64_t size);
  void operator+=(const Count& other);
  friend bool operator==(const Count&, const Count&) = default;
};

struct Outcomes {
  Count sent;
  Count delivered;
  Count in_flight;
  std::array<Count, kDropReasons> dropped{};  // by DropReason

  Count dropped_in_all() const;
  bool balanced() const;
  void operator+=(const Outcomes& other);
  friend bool operator==(const Outcomes&, const Outcomes&) = default;
};

struct LinkSum {
  Address src{};
  Address dst{};
  Outcomes outcomes;
  friend bool operator==(const LinkSum&, const LinkSum&) = default;
};

struct TypeSum {
  MessageType type = MessageType::absent;
  MessageKind kind = MessageKind::one_way;
  Outcomes outcomes;
  friend bool operator==(const TypeSum&, const TypeSum&) = default;
};

/// `matched` counts the messages that the rule was about, `affected` those whose fate it decided:
/// the rule named in their line of the log. A fault that matched nothing tested nothing.
struct RuleSum {
  std::string rule;
  std::uint64_t matched = 0;
  std::uint64_t affected = 0;
  friend bool operator==(const RuleSum&, const RuleSum&) = default;
};

/// Links and types that carried nothing are left out. Links stand in order of (src, dst), types in
/// that of (type, kind), rules in that of their first addition.
struct Sums {
  std::vector<LinkSum> links;
  std::vector<TypeSum> types;
  std::vector<RuleSum> rules;
  Count malformed;  // belong to no link; sent and dropped

  /// All links and what was malformed.
  Outcomes total() const;
  /// Each link and type balances, and links and types account for the same messages.
  bool balanced() const;
  friend bool operator==(const Sums&, const Sums&) = default;
};

/// Appends the fields sent, delivered, in_flight and dropped to an open object:
/// "sent":{"messages":2,"bytes":90},...,"dropped":{"loss":{...}} with the reasons that occurred.
void append_outcomes(JsonLine& line, const Outcomes& outcomes);

}  // namespace proxy
