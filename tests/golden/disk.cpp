// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/disk.h"

#include <algorithm>
#include <stdexcept>

namespace raft::golden {
namespace {

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

void Disk::write(const Write& write) {
  apply(write, written_);
  pending_.push_back(write);
}

void Disk::sync(WriteId up_to) {
  while (!pending_.empty() && pending_.front().id <= up_to) {
    apply(pending_.front(), durable_);
    pending_.pop_front();
  }
}

void Disk::crash(std::size_t survivors, bool torn) {
  if (torn && !can_tear(survivors)) {
    throw std::invalid_argument("no snapshot is under way that a crash could tear");
  }
  for (; survivors > 0 && !pending_.empty(); --survivors)
    sync(pending_.front().id);
  if (torn) durable_.snapshot = pending_.front().snapshot;
  pending_.clear();
  written_ = durable_;
}

bool Disk::can_tear(std::size_t survivors) const {
  return survivors < pending_.size() && pending_[survivors].snapshot;
}

Index last_index(const Restored& disk) {
  return disk.base_index + disk.entries.size();
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

bool is_replaced(const Restored& disk) {
  if (!disk.snapshot || disk.snapshot->index == disk.base_index) return false;
  const Entry* entry = entry_at(disk, disk.snapshot->index);
  return !entry || entry->term != disk.snapshot->term;
}

bool same(const Command& a, const Command& b) {
  return a == b || (a && b && *a == *b);
}

bool same(const Entry& a, const Entry& b) {
  return a.term == b.term && a.kind == b.kind && same(a.command, b.command);
}

bool same(const Restored& a, const Restored& b) {
  const auto place = [](const Restored& r) {
    return r.snapshot ? std::pair(r.snapshot->index, r.snapshot->term) : std::pair(Index{}, Term{});
  };
  return a.hard_state == b.hard_state && place(a) == place(b) && a.base_index == b.base_index &&
         a.base_term == b.base_term &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const Entry& x, const Entry& y) { return same(x, y); });
}

}  // namespace raft::golden
