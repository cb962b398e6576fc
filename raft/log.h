// SPDX-License-Identifier: Apache-2.0
// The log as it stands in memory: "log[]: log entries" (Figure 2), from the entry after `base` on.
// What came before was compacted away and is in a snapshot (section 7). What of the log is durable
// is Raft's to track.
#pragma once

#include <deque>

#include "raft/types.h"

namespace raft {

class Log {
 public:
  Log() = default;
  Log(Index base_index, Term base_term, std::vector<Entry> entries);

  // The place before the first entry; 0 while nothing was compacted.
  Index base_index() const { return base_index_; }
  Term base_term() const { return base_term_; }
  Index first_index() const { return base_index_.next(); }
  Index last_index() const { return base_index_ + entries_.size(); }
  Term last_term() const { return entries_.empty() ? base_term_ : entries_.back().term; }

  // The term of the entry at `index`, base_index() included; nothing past the end and before the
  // base.
  std::optional<Term> term_at(Index index) const;
  // The entry at `index`, which must be in the log.
  const Entry& at(Index index) const;
  // Entries `first` and on, as many as `max_entries` and `max_bytes` of commands allow, one at
  // least if there is one. `first` must lie after the base.
  std::vector<Entry> slice(Index first, std::size_t max_entries, std::size_t max_bytes) const;

  // The first index of the entries of `term`, which must be in the log: terms never decrease along
  // a log.
  Index first_index_of(Term term) const;
  // The last index of the entries of `term`, the base included, or nothing where the log has none.
  std::optional<Index> last_index_of(Term term) const;

  void append(Entry entry) { entries_.push_back(std::move(entry)); }
  // "delete the existing entry and all that follow it" (Figure 2).
  void truncate_from(Index index);
  // Forgets all entries up to `index`, which must be in the log and becomes the base.
  void compact_to(Index index);
  // "discard the entire log" (Figure 13): it goes on after this place.
  void reset(Index base_index, Term base_term);

 private:
  Index base_index_;
  Term base_term_;
  std::deque<Entry> entries_;  // the entry of index i stands at i - base - 1
};

}  // namespace raft
