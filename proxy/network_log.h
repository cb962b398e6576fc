// SPDX-License-Identifier: Apache-2.0
// The lines of network.jsonl. Each begins with `time` (UTC), `mono_us` (the monotonic clock, shared
// by all processes of the machine) and `event`:
//
//   dropped      src src_inc msg_id dst type kind bytes reason [rule]    the message's outcome
//   dropped      reason="malformed" peer what bytes        not a message; `peer` is its routing id
//   delayed      src .. bytes latency_us rule              held; its rule is the first that delayed
//   forwarded    src .. bytes                              given to the receiver's connection; a
//                                                          `dropped` that follows says: not taken
//   node_up      node inc
//   node_down    node inc
//   rule_added   rule
//   rule_removed rule
//   healed                                                 all rules removed
//   stalled      late_us                                   the network acted so much too late
//   capped       lines cap_bytes                           no `forwarded` lines from here on, or no
//                                                          `malformed` ones
//   link_total   src dst sent delivered in_flight dropped      at the end; see proxy/sums.h
//   type_total   type kind sent delivered in_flight dropped
//   rule_total   rule matched affected
//   network_total  sent delivered in_flight dropped balanced
//
// (src, src_inc, msg_id) names a message in all evidence. A message without `dropped` line was
// delivered, or was still in flight when the log ends without totals. Untouched messages have a
// `forwarded` line up to a cap on these lines' bytes; so that a flood of rubbish fills no disk, the
// lines about it have a cap of their own. All other lines are always written.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/rules.h"
#include "proxy/sums.h"
#include "proxy/wire/envelope.h"
#include "proxy/wire/json.h"

namespace proxy {

/// Collects lines until their owner takes them: in one write, before what they tell has effect.
class NetworkLog {
 public:
  struct Settings {
    std::chrono::microseconds wall_offset{};            // from mono_us to time since 1970
    std::uint64_t cap_bytes = std::uint64_t{16} << 20;  // of `forwarded` lines
  };
  explicit NetworkLog(const Settings& settings);

  void dropped(const Envelope& envelope, std::uint64_t bytes, DropReason reason,
               std::string_view rule, Time now);
  void malformed(std::string_view peer, std::string_view what, std::uint64_t bytes, Time now);
  void delayed(const Envelope& envelope, std::uint64_t bytes, Duration latency,
               std::string_view rule, Time now);
  void forwarded(const Envelope& envelope, std::uint64_t bytes, Time now);
  void node_up(Address node, Incarnation incarnation, Time now);
  void node_down(Address node, Incarnation incarnation, Time now);
  void rule_added(std::string_view rule, Time now);
  void rule_removed(std::string_view rule, Time now);
  void healed(Time now);
  void stalled(Duration late, Time now);
  void totals(const Sums& sums, Time now);

  /// The lines since clear(). Keeps its memory.
  std::string& lines() { return lines_; }

 private:
  JsonLine begin(std::string_view event, Time now);
  JsonLine begin(std::string_view event, const Envelope& envelope, std::uint64_t bytes, Time now);

  struct Budget {
    std::uint64_t cap;  // bytes
    std::uint64_t used = 0;
    bool spent = false;
  };
  /// Takes back the lines after `start` if they are beyond the budget, and says so once.
  void charge(Budget& budget, std::size_t start, std::string_view what, Time now);

  Settings settings_;
  Budget forwarded_;
  Budget malformed_;
  std::string lines_;
};

}  // namespace proxy
