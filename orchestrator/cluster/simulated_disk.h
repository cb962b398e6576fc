// SPDX-License-Identifier: Apache-2.0
// A node's disk in virtual time: the same log in the same format as on a real disk, and the habits
// of the thread that writes it. What waits is written together and synced once. When the node is
// killed its machine ends with it: what was not synced survives as a crash image says.
#pragma once

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "node/memory_file.h"
#include "node/wal.h"
#include "raft/raft.h"
#include "raft/random.h"

namespace cluster {

// Operations of each class that a batch takes. What one costs is the cluster's to say.
struct DiskWork {
  std::uint64_t bytes = 0;             // written
  unsigned syncs = 0;                  // of files
  unsigned changes_of_the_folder = 0;  // made and synced
};

class SimulatedDisk {
 public:
  // The machine comes up: recovers what was synced.
  node::Recovered open();

  // Takes a write, which waits for the next sync.
  void submit(raft::Write write) { waiting_.push_back(std::move(write)); }
  // Begins to write and sync what waits. False where nothing does, or a sync is under way.
  bool begin();
  // The sync under way is complete: this write and all before it are durable.
  raft::WriteId complete();
  bool syncing() const { return !batch_.empty(); }
  // What it takes, about: that the log is written anew now and then is left out.
  const DiskWork& work() const { return work_; }

  // Writes and syncs what waits: an orderly end.
  void close();
  // Leaves the files, as they are, in a folder of this machine. Throws HarnessError.
  void copy_to(const std::filesystem::path& folder);
  // The process ends and its machine goes on: what was written is there, what waited is not.
  void leave();
  // The machine ends in the middle of what it was doing: of its sync, or of its recovery.
  void crash(raft::Random& random);

 private:
  void write_batch();

  node::MemoryDirectory folder_;
  std::optional<node::Wal> wal_;      // none while the machine is down
  std::vector<raft::Write> waiting_;  // for the sync after the one under way
  std::vector<raft::Write> batch_;    // what the sync under way writes
  DiskWork work_;                     // of it
};

}  // namespace cluster
