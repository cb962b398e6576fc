// SPDX-License-Identifier: Apache-2.0
// Whether a condition holds, by what nodes answered to one status request.
#pragma once

#include "orchestrator/scenario/interpreter_output.h"
#include "orchestrator/scenario/resolve.h"

namespace scenario {

// A condition with its targets resolved, once, when its step fired.
struct BoundCondition {
  const Condition* condition = nullptr;
  std::vector<raft::NodeId>
      is;  // leader: is; started_election: node; acknowledged: by; snapshot: of
  std::vector<raft::NodeId> is_not;  // leader: is_not
  raft::Time since{};                // acknowledged: when the step that it names fired
};

struct Judgement {
  bool met = false;
  std::string observed;
  Expectation::About about = Expectation::About::time;  // where it is not met
  std::optional<raft::NodeId> leader;                   // found by a condition about the leader
};

// `request` is the status request whose answers count; a node that did not answer it says nothing.
Judgement judge(const BoundCondition& bound, const View& view, std::uint64_t request);

// The targets that a condition names: those of `is`, then those of `is_not`.
const Target* is_target(const Condition& condition);
const Target* is_not_target(const Condition& condition);

}  // namespace scenario
