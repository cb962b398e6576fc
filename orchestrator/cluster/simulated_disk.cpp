// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/simulated_disk.h"

#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/cluster/harness_error.h"
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

void SimulatedDisk::copy_to(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const std::string& name : folder_.list()) {
    const std::string bytes = folder_.open(name)->read_all();
    // What was allocated ahead is a hole.
    const std::size_t written = bytes.find_last_not_of('\0') + 1;
    std::ofstream out(folder / name, std::ios::binary | std::ios::trunc);
    out << std::string_view(bytes).substr(0, written);
    out.close();
    if (out) std::filesystem::resize_file(folder / name, bytes.size(), error);
    if (!out || error) throw HarnessError(fmt::format("can't write {}", (folder / name).string()));
  }
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
