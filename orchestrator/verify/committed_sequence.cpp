// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/committed_sequence.h"

namespace verify {

void CommittedSequence::take(const NodeEvent& event, const Applied& applied) {
  for (const AppliedEntry& a : applied.entries) {
    if (a.entry.index != last_index().next()) continue;
    entries_.push_back({a.client, a.request, a.effect, a.entry.digest, event.node, event.where});
    if (a.is_command()) places_[a.client].try_emplace(a.request, a.entry.index);
  }
}

std::optional<Index> CommittedSequence::find(const std::string& client,
                                             std::uint64_t request) const {
  const auto requests = places_.find(client);
  if (requests == places_.end()) return std::nullopt;
  const auto place = requests->second.find(request);
  return place == requests->second.end() ? std::nullopt : std::optional(place->second);
}

}  // namespace verify
