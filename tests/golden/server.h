// SPDX-License-Identifier: Apache-2.0
// One server of a golden script: its Raft object while it is up, its disk, and the application,
// whose state is the commands that it applied.
#pragma once

#include <deque>
#include <map>

#include "raft/raft.h"

namespace raft::golden {

// Makes writes durable in their order, when it is told to.
class Disk {
 public:
  Disk() = default;
  explicit Disk(Restored durable) : durable_(std::move(durable)) {}

  void write(const Write& write) { pending_.push_back(write); }
  // This write and all before it became durable.
  void sync(WriteId up_to);
  // Of the writes that were under way the first `survivors` are found after all; and of the next
  // one, if it is `torn`, the snapshot, but not what the log was to become with it.
  void crash(std::size_t survivors, bool torn);

  const Restored& durable() const { return durable_; }
  const std::deque<Write>& pending() const { return pending_; }
  // What it will hold once all is durable.
  Restored written() const;

 private:
  Restored durable_;
  std::deque<Write> pending_;
};

struct Server {
  Settings settings;
  std::optional<Raft> raft;  // none while it is down
  Disk disk;
  // The application: its state after each index that it has come to since it is up. A state is the
  // commands applied, "C1 C2", and so is a snapshot's data.
  std::map<Index, std::string> states;
  std::vector<ReadAnswer> reads;  // granted; they wait until the state has come so far
  std::optional<Time> wake_at;
  std::uint64_t incarnation = 0;
};

using Servers = std::map<NodeId, Server>;

// What is at `index` of a log on disk; nothing where it has no entry there.
const Entry* entry_at(const Restored& disk, Index index);
// Whether the entry of `index` and `term` would survive a crash of this disk, itself or in a
// snapshot.
bool holds(const Restored& disk, Index index, Term term);

}  // namespace raft::golden
