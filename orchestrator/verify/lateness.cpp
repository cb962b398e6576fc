// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/lateness.h"

#include <fmt/format.h>

namespace verify {

void Lateness::take(const NodeEvent& event) {
  if (const auto* stalled = std::get_if<Stalled>(&event.what)) {
    add(event.at, *stalled, node::node_name(event.node));
  }
}

void Lateness::take(const FaultEvent& event) {
  if (const auto* stalled = std::get_if<Stalled>(&event.what)) {
    add(event.at, *stalled, "the orchestrator");
  }
}

void Lateness::take(const NetworkEvent& event) {
  if (const auto* stalled = std::get_if<Stalled>(&event.what)) {
    add(event.at, *stalled, "the network");
  }
}

void Lateness::add(Time at, const Stalled& stalled, std::string who) {
  if (Time{stalled.late_us} >= kLimit) stalls_.push_back({at, Time{stalled.late_us}, who});
}

std::string Lateness::until(Time time) const {
  const Stall* worst = nullptr;
  for (const Stall& stall : stalls_) {
    const bool matters = stall.at <= time && time <= stall.at + kAftermath;
    if (matters && (!worst || stall.late > worst->late)) worst = &stall;
  }
  if (!worst) return {};
  return fmt::format("{} ran {} ms too late", worst->who, worst->late.count() / 1000);
}

}  // namespace verify
