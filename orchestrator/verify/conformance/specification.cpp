// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/conformance/specification.h"

namespace verify::spec {
namespace {

constexpr const char* kCause = "Each transition names what it was taken for (docs/evidence.md).";
constexpr const char* kLog =
    "Log (as Figure 2 and section 5.3 read here): indexes follow one another, terms never "
    "decrease; what is durable survives.";

// Lines that tell of no transition of Raft.
bool is_transition(const NodeEvent& event) {
  return !std::holds_alternative<Started>(event.what) &&
         !std::holds_alternative<Recovered>(event.what) &&
         !std::holds_alternative<Persisted>(event.what) &&
         !std::holds_alternative<Applied>(event.what) &&
         !std::holds_alternative<ReadServed>(event.what) &&
         !std::holds_alternative<Restored>(event.what) &&
         !std::holds_alternative<Stalled>(event.what) &&
         !std::holds_alternative<Stopped>(event.what);
}

// Lines whose guards count the members.
bool counts_a_quorum(const NodeEvent& event) {
  if (std::holds_alternative<RoleChanged>(event.what)) {
    return event.role == Role::leader || event.role == Role::candidate;
  }
  return std::holds_alternative<CommitAdvanced>(event.what) && event.role == Role::leader;
}

}  // namespace

std::optional<Breach> Specification::take(const NodeEvent& event) {
  if (const auto* started = std::get_if<Started>(&event.what)) {
    offered_ = started->protocol.has_value();
  }
  if (!offered_ || broken_) return std::nullopt;
  Judge judge;
  const bool transition = is_transition(event);
  if (transition && counts_a_quorum(event) && state_.members() == nullptr) {
    unknown_members_ = true;
  } else if (transition) {
    ++judged_;
  }
  if (transition) {
    judge.require(event.before && !is<UnknownCause>(event.cause), kCause, "this one does not");
  }
  guard_step(judge, state_, event);
  if (!judge.breach()) {
    std::visit([&](const auto& e) { guard(judge, state_, event, e); }, event.what);
  }
  broken_ = judge.breach().has_value();
  if (broken_) return judge.breach();
  if (const auto problem = state_.take(event)) judge.require(false, kLog, problem->c_str());
  guard_outcome(judge, state_, event);
  broken_ = judge.breach().has_value();
  return judge.breach();
}

}  // namespace verify::spec
