// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/committed_sequence.h"

#include <utility>

namespace verify {

void CommittedSequence::take(const NodeEvent& event, const Applied& applied) {
  for (const AppliedEntry& a : applied.entries) {
    const Index index = a.entry.index;
    if (index <= last_index()) continue;
    Entry entry{a.client,     a.request,      a.effect,   a.kind,
                a.entry.term, a.entry.digest, event.node, event.where};
    if (index == last_index().next()) {
      add(std::move(entry));
    } else {
      after_gap_.try_emplace(index, std::move(entry));
    }
  }
  while (!after_gap_.empty() && after_gap_.begin()->first <= last_index().next()) {
    auto next = after_gap_.extract(after_gap_.begin());
    if (next.key() == last_index().next()) add(std::move(next.mapped()));
  }
}

void CommittedSequence::add(Entry entry) {
  const Index index = last_index().next();
  if (entry.is_command()) places_[entry.client].try_emplace(entry.request, index);
  entries_.push_back(std::move(entry));
}

std::optional<Index> CommittedSequence::find(const std::string& client,
                                             std::uint64_t request) const {
  const auto requests = places_.find(client);
  if (requests == places_.end()) return std::nullopt;
  const auto place = requests->second.find(request);
  return place == requests->second.end() ? std::nullopt : std::optional(place->second);
}

}  // namespace verify
