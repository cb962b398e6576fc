// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/conformance/specification.h"

namespace verify::spec {
namespace {

constexpr const char* kCause = "Evidence: each transition names what it was taken for.";
constexpr const char* kLog =
    "Log (Figure 2, section 5.3): indexes follow one another, terms never "
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

}  // namespace

std::optional<Breach> Specification::take(const NodeEvent& event) {
  if (const auto* started = std::get_if<Started>(&event.what)) {
    offered_ = started->protocol.has_value();
  }
  if (!offered_ || broken_) return std::nullopt;
  Judge judge;
  const bool transition = is_transition(event);
  if (transition) {
    ++judged_;
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
