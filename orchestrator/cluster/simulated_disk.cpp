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

void SimulatedDisk::crash() {
  wal_.reset();
  folder_.crash();
  waiting_.clear();
  last_.reset();
}

void SimulatedDisk::begin_sync() {
  for (const raft::Write& write : waiting_)
    wal_->append(write);
  last_ = waiting_.back().id;
  waiting_.clear();
}

}  // namespace cluster
