// SPDX-License-Identifier: Apache-2.0
// Raft as it is specified, executed: one node's trace is replayed against it, line by line. What
// the node's log, configuration and disk hold is read by the same code as in the other checks
// (NodeLog, NodeConfiguration, OnDisk, is_quorum); of raft/ nothing but the types of numbers is
// used.
#pragma once

#include <optional>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {

class Specification {
 public:
  explicit Specification(NodeId node) { state_.self = node; }

  // Takes the node's next line. What it breaks, if it does: no line after that is judged.
  std::optional<Breach> take(const NodeEvent& event);
  // Nodes of a kind that does not say what of the algorithm they were set to are not judged.
  bool offered() const { return offered_; }
  std::uint64_t judged() const { return judged_; }  // transitions
  // Whether it counted a quorum of members that its lines do not tell.
  bool counted_unknown_members() const { return unknown_members_; }
  const State& state() const { return state_; }  // before the line that broke it

 private:
  State state_;
  bool offered_ = true;
  bool broken_ = false;
  bool unknown_members_ = false;
  std::uint64_t judged_ = 0;
};

}  // namespace verify::spec
