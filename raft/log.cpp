// SPDX-License-Identifier: Apache-2.0
#include "raft/log.h"

#include <algorithm>

#include "raft/assert.h"

namespace raft {

std::optional<Term> Log::term_at(Index index) const {
  if (index == Index{}) return Term{};
  if (index > last_index()) return std::nullopt;
  return entries_[index.value - 1].term;
}

const Entry& Log::at(Index index) const {
  RAFT_ASSERT(index > Index{} && index <= last_index());
  return entries_[index.value - 1];
}

std::vector<Entry> Log::slice(Index first, std::size_t max_entries, std::size_t max_bytes) const {
  std::vector<Entry> result;
  if (first > last_index()) return result;
  result.reserve(std::min<std::size_t>(max_entries, last_index() - first + 1));
  std::size_t bytes = 0;
  for (Index i = first; i <= last_index() && result.size() < max_entries; ++i) {
    const Entry& entry = at(i);
    bytes += entry.command ? entry.command->size() : 0;
    if (!result.empty() && bytes > max_bytes) break;
    result.push_back(entry);
  }
  return result;
}

Index Log::first_index_of(Term term) const {
  auto found = std::partition_point(entries_.begin(), entries_.end(),
                                    [term](const Entry& e) { return e.term < term; });
  RAFT_ASSERT(found != entries_.end() && found->term == term);
  return Index{static_cast<std::uint64_t>(found - entries_.begin()) + 1};
}

std::optional<Index> Log::last_index_of(Term term) const {
  auto past = std::partition_point(entries_.begin(), entries_.end(),
                                   [term](const Entry& e) { return e.term <= term; });
  if (past == entries_.begin() || std::prev(past)->term != term) return std::nullopt;
  return Index{static_cast<std::uint64_t>(past - entries_.begin())};
}

void Log::truncate_from(Index index) {
  RAFT_ASSERT(index > Index{} && index <= last_index());
  entries_.resize(index.value - 1);
}

}  // namespace raft
