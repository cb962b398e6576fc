// SPDX-License-Identifier: Apache-2.0
// A node's log as its own lines tell it: entries_appended, log_truncated and, after a crash,
// recovered.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/on_disk.h"

namespace verify {

// How a log ends; by the chained digest, it says what all of the log is.
struct Tip {
  Index index;
  std::uint64_t digest = 0;
  friend bool operator==(const Tip&, const Tip&) = default;
};

class NodeLog {
 public:
  // Takes a line of the node, whichever it is. Says what no log can do, or nothing.
  std::optional<std::string> take(const NodeEvent& event);

  Tip tip() const { return {last_index(), digest_at(last_index())}; }
  Index last_index() const { return Index{entries_.size()}; }
  Term last_term() const { return entries_.empty() ? Term{} : entries_.back().term; }
  // Of an index of the log; the digest of index 0 is 0.
  std::uint64_t digest_at(Index index) const;
  Term term_at(Index index) const;
  // At `index` of the log that once ended in `tip`, whatever became of it since. Nothing where it
  // ended before, or never was this node's.
  std::optional<LogEntry> entry_of(Tip tip, Index index) const;

 private:
  struct Entry {
    Term term;
    std::uint64_t digest = 0;
  };
  struct Removed {
    Index index;
    Term term;
    std::uint64_t before = 0;  // the digest at the index before
  };

  std::optional<std::string> append(const NodeEvent& event, const EntriesAppended& appended);
  std::optional<std::string> truncate(const NodeEvent& event, const LogTruncated& truncated);
  std::optional<std::string> restore(const Recovered& recovered);
  bool holds(Tip tip) const;
  void cut_after(Index index);

  std::vector<Entry> entries_;                          // the entry of index i stands at i - 1
  std::unordered_map<std::uint64_t, Removed> removed_;  // by digest: what was ever cut off
  OnDisk<Tip> disk_{Tip{}};
};

}  // namespace verify
