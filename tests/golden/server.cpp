// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/server.h"

#include <stdexcept>

namespace raft::golden {
namespace {

Index last_index(const Restored& disk) {
  return disk.base_index + disk.entries.size();
}

void apply_base(const Write::Base& base, Restored& disk) {
  if (base.discard_log) {
    disk.entries.clear();
  } else {
    if (base.index < disk.base_index || base.index > last_index(disk)) {
      throw std::logic_error("a write cuts a log where it is not");
    }
    const auto gone = static_cast<std::ptrdiff_t>(base.index - disk.base_index);
    disk.entries.erase(disk.entries.begin(), disk.entries.begin() + gone);
  }
  disk.base_index = base.index;
  disk.base_term = base.term;
}

void apply(const Write& write, Restored& disk) {
  if (write.hard_state) disk.hard_state = *write.hard_state;
  if (write.snapshot) disk.snapshot = write.snapshot;
  if (write.base) apply_base(*write.base, disk);
  if (write.truncate_from) {
    if (!entry_at(disk, *write.truncate_from)) {
      throw std::logic_error("a write deletes what is not there");
    }
    disk.entries.resize(*write.truncate_from - disk.base_index - 1);
  }
  if (!write.entries.empty() && write.first_index != last_index(disk).next()) {
    throw std::logic_error("a write leaves a gap in the log");
  }
  disk.entries.insert(disk.entries.end(), write.entries.begin(), write.entries.end());
}

}  // namespace

void Disk::sync(WriteId up_to) {
  while (!pending_.empty() && pending_.front().id <= up_to) {
    apply(pending_.front(), durable_);
    pending_.pop_front();
  }
}

void Disk::crash(std::size_t survivors, bool torn) {
  for (; survivors > 0 && !pending_.empty(); --survivors)
    sync(pending_.front().id);
  if (torn) {
    if (pending_.empty() || !pending_.front().snapshot) {
      throw std::invalid_argument("no snapshot is under way that a crash could tear");
    }
    Write half;
    half.hard_state = pending_.front().hard_state;
    half.snapshot = pending_.front().snapshot;
    apply(half, durable_);
  }
  pending_.clear();
}

Restored Disk::written() const {
  Restored all = durable_;
  for (const Write& write : pending_)
    apply(write, all);
  return all;
}

const Entry* entry_at(const Restored& disk, Index index) {
  if (index <= disk.base_index || index > last_index(disk)) return nullptr;
  return &disk.entries[index - disk.base_index - 1];
}

bool holds(const Restored& disk, Index index, Term term) {
  if (index == Index{} || (disk.snapshot && index <= disk.snapshot->index)) return true;
  const Entry* entry = entry_at(disk, index);
  return entry && entry->term == term;
}

}  // namespace raft::golden
