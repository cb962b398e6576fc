// SPDX-License-Identifier: Apache-2.0
// The log as it stands in memory: "log[]: log entries" (Figure 2). What of it is durable is Raft's
// to track.
#pragma once

#include "raft/types.h"

namespace raft {

class Log {
 public:
  Log() = default;
  explicit Log(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  Index last_index() const { return Index{entries_.size()}; }
  Term last_term() const { return entries_.empty() ? Term{} : entries_.back().term; }

  // The term of the entry at `index`; 0 for index 0; nothing past the end.
  std::optional<Term> term_at(Index index) const;
  // The entry at `index`, which must be in the log.
  const Entry& at(Index index) const;
  // Entries `first` and on, as many as `max_entries` and `max_bytes` of commands allow, one at
  // least if there is one.
  std::vector<Entry> slice(Index first, std::size_t max_entries, std::size_t max_bytes) const;

  // The first index of the entries of `term`, which must be in the log: terms never decrease along
  // a log.
  Index first_index_of(Term term) const;
  // The last index of the entries of `term`, or nothing where the log has none.
  std::optional<Index> last_index_of(Term term) const;

  void append(Entry entry) { entries_.push_back(std::move(entry)); }
  // "delete the existing entry and all that follow it" (Figure 2).
  void truncate_from(Index index);

 private:
  std::vector<Entry> entries_;  // the entry of index i stands at i - 1
};

}  // namespace raft
