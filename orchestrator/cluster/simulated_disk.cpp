// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/simulated_disk.h"

#include <utility>

#include "raft/assert.h"

namespace cluster {
namespace {

// More than a batch takes, a snapshot and a new log included: so that a crash may come at its end.
constexpr std::uint64_t kMostOperations = 16;

}  // namespace

node::Recovered SimulatedDisk::open() {
  node::Recovered recovered = node::recover(folder_);
  wal_.emplace(folder_, recovered);
  return recovered;
}

bool SimulatedDisk::submit(raft::Write write) {
  waiting_.push_back(std::move(write));
  if (syncing()) return false;
  begin_sync();
  return true;
}

raft::WriteId SimulatedDisk::complete() {
  RAFT_ASSERT(syncing());
  wal_->sync();
  const raft::WriteId done = *std::exchange(last_, std::nullopt);
  if (!waiting_.empty()) begin_sync();
  return done;
}

void SimulatedDisk::close() {
  while (syncing())
    complete();
  wal_.reset();
}

void SimulatedDisk::leave() {
  wal_.reset();
  waiting_.clear();
  last_.reset();
}

void SimulatedDisk::crash(raft::Random& random) {
  try {
    folder_.lose_power_after(random.below(kMostOperations));
    if (syncing()) wal_->sync();
  } catch (const node::PowerLost&) {
  }
  leave();
  folder_.crash(random.next());
}

void SimulatedDisk::begin_sync() {
  work_ = {.bytes = 0, .syncs = 1, .changes_of_the_folder = 0};
  for (const raft::Write& write : waiting_) {
    wal_->append(write);
    for (const raft::Entry& entry : write.entries)
      work_.bytes += entry.command ? entry.command->size() : 0;
    if (!write.snapshot) continue;
    work_.bytes += write.snapshot->data->size();
    ++work_.syncs;
    ++work_.changes_of_the_folder;
  }
  last_ = waiting_.back().id;
  waiting_.clear();
}

}  // namespace cluster
