// SPDX-License-Identifier: Apache-2.0
#include "raft/log.h"

#include <algorithm>

#include "raft/assert.h"

namespace raft {

Log::Log(Index base_index, Term base_term, std::vector<Entry> entries)
    : base_index_(base_index),
      base_term_(base_term),
      entries_(std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())) {}

std::optional<Term> Log::term_at(Index index) const {
  if (index == base_index_) return base_term_;
  if (index < base_index_ || index > last_index()) return std::nullopt;
  return at(index).term;
}

const Entry& Log::at(Index index) const {
  RAFT_ASSERT(index > base_index_ && index <= last_index());
  return entries_[index - first_index()];
}

std::vector<Entry> Log::slice(Index first, std::size_t max_entries, std::size_t max_bytes) const {
  RAFT_ASSERT(first > base_index_);
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
  return first_index() + static_cast<std::uint64_t>(found - entries_.begin());
}

std::optional<Index> Log::last_index_of(Term term) const {
  auto past = std::partition_point(entries_.begin(), entries_.end(),
                                   [term](const Entry& e) { return e.term <= term; });
  if (past == entries_.begin()) {
    return base_term_ == term && base_index_ != Index{} ? std::optional(base_index_) : std::nullopt;
  }
  if (std::prev(past)->term != term) return std::nullopt;
  return base_index_ + static_cast<std::uint64_t>(past - entries_.begin());
}

void Log::truncate_from(Index index) {
  RAFT_ASSERT(index > base_index_ && index <= last_index());
  entries_.resize(index - first_index());
}

void Log::compact_to(Index index) {
  const std::optional<Term> term = term_at(index);
  RAFT_ASSERT(term.has_value());
  entries_.erase(entries_.begin(),
                 entries_.begin() + static_cast<std::ptrdiff_t>(index - base_index_));
  base_index_ = index;
  base_term_ = *term;
}

void Log::reset(Index base_index, Term base_term) {
  entries_.clear();
  base_index_ = base_index;
  base_term_ = base_term;
}

}  // namespace raft
