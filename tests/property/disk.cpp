// SPDX-License-Identifier: Apache-2.0
#include "tests/property/disk.h"

#include "raft/assert.h"

namespace raft::test {

void Disk::sync(WriteId up_to) {
  while (!pending_.empty() && pending_.front().id <= up_to) {
    apply(pending_.front(), durable_);
    pending_.pop_front();
  }
}

void Disk::crash(std::size_t survivors) {
  for (std::size_t i = 0; i < survivors && i < pending_.size(); ++i)
    apply(pending_[i], durable_);
  pending_.clear();
}

bool fits(const Write& write, const Restored& state) {
  std::size_t size = state.entries.size();
  if (write.truncate_from) {
    if (*write.truncate_from == Index{} || write.truncate_from->value > size) return false;
    size = write.truncate_from->value - 1;
  }
  return write.entries.empty() || write.first_index.value == size + 1;
}

void apply(const Write& write, Restored& state) {
  RAFT_ASSERT(fits(write, state));
  if (write.hard_state) state.hard_state = *write.hard_state;
  if (write.truncate_from) state.entries.resize(write.truncate_from->value - 1);
  state.entries.insert(state.entries.end(), write.entries.begin(), write.entries.end());
}

}  // namespace raft::test
