// SPDX-License-Identifier: Apache-2.0
// The disk of one server: it makes writes durable in their order, when it is told to.
#pragma once

#include <deque>

#include "raft/raft.h"

namespace raft::golden {

class Disk {
 public:
  Disk() = default;
  explicit Disk(Restored found) : durable_(found), written_(std::move(found)) {}

  // A write was handed over; it is not durable yet. Throws std::logic_error where it does not fit
  // what was written before it: it cuts what is not there, or leaves a gap.
  void write(const Write& write);
  // This write and all before it became durable.
  void sync(WriteId up_to);
  // Of the writes that were under way the first `survivors` are found after all. A snapshot has a
  // file of its own, durable before the log's record is: of the next write a `torn` crash leaves
  // the snapshot, and nothing of what its term and its log were to become with it.
  void crash(std::size_t survivors, bool torn);

  const Restored& durable() const { return durable_; }
  const std::deque<Write>& pending() const { return pending_; }
  // What it will hold once all is durable.
  const Restored& written() const { return written_; }
  // Whether a crash that keeps the first `survivors` could be torn.
  bool can_tear(std::size_t survivors) const;

 private:
  Restored durable_;
  Restored written_;
  std::deque<Write> pending_;
};

Index last_index(const Restored& disk);
// What is at `index` of a log on disk; nothing where it has no entry there.
const Entry* entry_at(const Restored& disk, Index index);
// Whether the entry of `index` and `term` would survive a crash of this disk, itself or in a
// snapshot.
bool holds(const Restored& disk, Index index, Term term);
// Whether a crash left a log that the snapshot replaces: it ends before it, or has another entry
// there.
bool is_replaced(const Restored& disk);
bool same(const Command& a, const Command& b);
bool same(const Entry& a, const Entry& b);
bool same(const Restored& a, const Restored& b);

}  // namespace raft::golden
