// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/lateness.h"

#include <algorithm>

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
  } else if (const auto* started = std::get_if<FaultStarted>(&event.what)) {
    begin(*started, event.at);
  } else if (const auto* ended = std::get_if<FaultEnded>(&event.what)) {
    end(ended->id, event.at);
  } else if (const auto* killed = std::get_if<NodeKilled>(&event.what)) {
    for (Injected& injected : injected_[node::node_name(killed->node)]) {
      if (injected.pause && !injected.end) injected.end = event.at;
    }
  }
}

void Lateness::begin(const FaultStarted& fault, Time at) {
  if (fault.fault != "pause" && fault.fault != "slow") return;
  open_[fault.id] = fault.targets;
  for (const std::string& node : fault.targets)
    injected_[node].push_back({at, fault.fault == "pause"});
}

void Lateness::end(const std::string& fault, Time at) {
  const auto found = open_.find(fault);
  if (found == open_.end()) return;
  for (const std::string& node : found->second) {
    // Where two overlap, either may be the one that ends: their union is what counts.
    for (Injected& injected : injected_[node]) {
      if (injected.end) continue;
      injected.end = at;
      break;
    }
  }
  open_.erase(found);
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
    if (!matters || unexplained(stall) < kLimit) continue;
    if (!worst || unexplained(stall) > unexplained(*worst)) worst = &stall;
  }
  if (!worst) return {};
  return fmt::format("{} ran {} ms too late", worst->who, unexplained(*worst).count() / 1000);
}

Time Lateness::unexplained(const Stall& stall) const {
  const auto found = injected_.find(stall.who);
  if (found == injected_.end()) return stall.late;
  Time left = stall.late;
  Time explained_to = stall.at - stall.late;
  for (const Injected& injected : found->second) {
    const Time begin = std::max(injected.begin, explained_to);
    const Time end = std::min(injected.end.value_or(stall.at), stall.at);
    if (end <= begin) continue;
    left -= end - begin;
    explained_to = end;
  }
  return left;
}

}  // namespace verify
