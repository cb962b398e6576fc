// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/simulated_disk.h"

#include <utility>

#include "raft/assert.h"

namespace cluster {

node::Recovered SimulatedDisk::open() {
  node::Recovered recovered = node::recover(folder_);
  wal_.emplace(folder_, recovered);
  return recovered;
}

raft::WriteId SimulatedDisk::complete() {
  RAFT_ASSERT(syncing());
  const raft::WriteId done = batch_.back().id;
  write_batch();
  return done;
}

void SimulatedDisk::close() {
  while (syncing() || begin())
    complete();
  wal_.reset();
}

void SimulatedDisk::leave() {
  wal_.reset();
  waiting_.clear();
  batch_.clear();
}

void SimulatedDisk::crash(raft::Random& random) {
  const auto work = [this] {
    if (!wal_) {
      open();
    } else if (syncing()) {
      write_batch();
    }
  };
  folder_.crash_during(work, random);
  leave();
}

bool SimulatedDisk::begin() {
  if (syncing() || waiting_.empty()) return false;
  std::swap(batch_, waiting_);
  work_ = {.bytes = 0, .syncs = 1, .changes_of_the_folder = 0};
  for (const raft::Write& write : batch_) {
    for (const raft::Entry& entry : write.entries)
      work_.bytes += entry.command ? entry.command->size() : 0;
    if (!write.snapshot) continue;
    work_.bytes += write.snapshot->data->size();
    ++work_.syncs;
    ++work_.changes_of_the_folder;
  }
  return true;
}

void SimulatedDisk::write_batch() {
  for (const raft::Write& write : batch_)
    wal_->append(write);
  wal_->sync();
  batch_.clear();
}

}  // namespace cluster
