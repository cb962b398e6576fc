// SPDX-License-Identifier: Apache-2.0
// A node's log as its own lines tell it: entries_appended, log_truncated, snapshot_installed and,
// after a crash, recovered. What the node compacted away is still known here; what an installed
// snapshot stands for is known by its last entry only.
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
  // The last entry that an installed snapshot stands for, or 0: digests and terms are known from
  // there on.
  Index base_index() const { return base_.index; }
  Index last_index() const { return base_.index + entries_.size(); }
  Term last_term() const { return term_at(last_index()); }
  // Of an index from base_index() to last_index(); the digest of index 0 is 0.
  std::uint64_t digest_at(Index index) const;
  Term term_at(Index index) const;
  // At `index` of the log that once ended in `tip`, whatever became of it since. Nothing where it
  // ended before, is not known there, or never was this node's.
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
  std::optional<std::string> compact(const SnapshotTaken& taken);
  std::optional<std::string> install(const SnapshotInstalled& installed);
  std::optional<std::string> persist(const Persisted& persisted);
  std::optional<std::string> restore(const Recovered& recovered);
  std::optional<std::string> restore_log(const LogEntry& last);
  bool holds(Tip tip) const;
  void cut_after(Index index);
  void begin_after(const LogEntry& base);

  LogEntry base_;
  std::vector<Entry> entries_;  // the entry of index i stands at i - base - 1
  std::unordered_map<std::uint64_t, Removed> removed_;  // by digest: what was ever cut off
  std::unordered_map<std::uint64_t, LogEntry> bases_{
      {0, LogEntry{}}};  // that a log ever began after
  OnDisk<Tip> disk_{Tip{}};
  OnDisk<Tip> snapshots_{Tip{}};  // what the newest stands for
};

}  // namespace verify
