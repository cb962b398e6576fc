// SPDX-License-Identifier: Apache-2.0
#include "tests/property/disk.h"

#include <gtest/gtest.h>

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

void apply(const Write& write, Restored& state) {
  if (write.hard_state) state.hard_state = *write.hard_state;
  if (write.truncate_from) {
    EXPECT_LE(write.truncate_from->value, state.entries.size()) << "a truncation past the end";
    state.entries.resize(write.truncate_from->value - 1);
  }
  if (!write.entries.empty()) {
    EXPECT_EQ(write.first_index.value, state.entries.size() + 1) << "a write that leaves a gap";
    state.entries.insert(state.entries.end(), write.entries.begin(), write.entries.end());
  }
}

}  // namespace raft::test
