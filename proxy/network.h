// SPDX-License-Identifier: Apache-2.0
// The network between the nodes as a value: what happens to a message is decided here, counted here
// and logged here, whether a relay of sockets or a simulator moves it. Pure.
//
// The mover's part, for each message:
//   decision = on_message(...)            dropped: done.
//   due at once: hand it over.            later: hold it until due, then ask may_deliver() first.
//   after handing over: delivered() or, where it was not taken, dropped(reason).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/network_log.h"
#include "proxy/rules.h"
#include "proxy/sums.h"
#include "proxy/wire/envelope.h"

namespace proxy {

/// A message that was accepted and has no outcome yet.
struct Flight {
  Envelope envelope;
  std::uint64_t bytes = 0;
  Incarnation bound_for = Incarnation::unknown;  // the receiver's incarnation at acceptance
};

struct Decision {
  std::optional<DropReason> dropped;  // else it is in flight
  Flight flight;
  Time due{};  // when to hand it over; not after the time of the call if nothing delays it
};

/// A process is about to start as this incarnation. Say so before it can send: messages of an
/// incarnation that was never announced are dropped as those of one that is gone.
struct NodeUp {
  Address node{};
  Incarnation incarnation = Incarnation::unknown;
  friend bool operator==(const NodeUp&, const NodeUp&) = default;
};
/// The process is gone, and its connections with it.
struct NodeDown {
  Address node{};
  friend bool operator==(const NodeDown&, const NodeDown&) = default;
};
struct AddRule {
  Rule rule;
  friend bool operator==(const AddRule&, const AddRule&) = default;
};
struct RemoveRule {
  std::string id;
  friend bool operator==(const RemoveRule&, const RemoveRule&) = default;
};
/// Removes all rules. What is in flight keeps its time.
struct HealAll {
  friend bool operator==(const HealAll&, const HealAll&) = default;
};
using Change = std::variant<NodeUp, NodeDown, AddRule, RemoveRule, HealAll>;

class Network {
 public:
  struct Settings {
    std::uint64_t seed = 0;
    std::uint32_t nodes = 0;     // n1 to n<nodes>
    bool deliver_stale = false;  // deliver messages from and for incarnations that are gone
  };
  /// `log` outlives the network.
  Network(const Settings& settings, NetworkLog& log);

  /// A message enters. `bytes` is the size of its whole frame.
  Decision on_message(const Envelope& envelope, std::uint64_t bytes, Time now);

  /// A message that was held is due: may it be handed over? If not, its outcome is the reason,
  /// already counted: its receiver is gone, its sender or receiver has restarted, or a partition
  /// cuts it now.
  std::optional<DropReason> may_deliver(const Flight& flight, Time now);

  /// It was handed over: to the receiver's connection, that is; a process killed in that moment may
  /// never read it.
  void delivered(const Flight& flight);

  /// It was not, for one of peer_down, backpressure, queue_full, shutdown.
  void dropped(const Flight& flight, DropReason reason, Time now);

  /// Something entered that is not a message between two nodes of the cluster. `peer` is who sent
  /// it, `what` what was wrong with it.
  void malformed(std::string_view peer, std::string_view what, std::uint64_t bytes, Time now);

  /// Takes effect for every message that is judged afterwards. Returns what is wrong, having
  /// changed nothing, or nullopt.
  std::optional<std::string> apply(const Change& change, Time now);

  std::uint64_t in_flight() const { return in_flight_; }
  Sums sums() const;

 private:
  struct Node {
    Incarnation incarnation = Incarnation::unknown;
    bool up = false;
  };

  std::optional<std::string> change(const NodeUp& change, Time now);
  std::optional<std::string> change(const NodeDown& change, Time now);
  std::optional<std::string> change(const AddRule& change, Time now);
  std::optional<std::string> change(const RemoveRule& change, Time now);
  std::optional<std::string> change(const HealAll& change, Time now);

  bool exists(Address node) const;
  Node& node_at(Address node) { return nodes_[static_cast<std::size_t>(node) - 1]; }
  bool is_current(Address node, Incarnation incarnation);
  std::optional<DropReason> unreachable(const Envelope& envelope, Incarnation bound_for);
  Outcomes& link_of(const Envelope& envelope);
  Outcomes& type_of(const Envelope& envelope);
  void count_drop(const Flight& flight, DropReason reason);

  Settings settings_;
  NetworkLog& log_;
  RuleSet rules_;
  std::vector<Node> nodes_;      // by address - 1
  std::vector<Outcomes> links_;  // by (src - 1) * nodes + (dst - 1)
  std::vector<Outcomes> types_;  // by type * kMessageKinds + kind
  Count malformed_;
  std::uint64_t in_flight_ = 0;
};

}  // namespace proxy
