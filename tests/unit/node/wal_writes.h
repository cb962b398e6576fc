// SPDX-License-Identifier: Apache-2.0
// Writes as Raft could ask for them, with the state that each leaves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "raft/raft.h"

namespace node {

// The log and the hard state as text, to be compared; and the snapshot.
std::string log_text(const raft::Restored& state);
std::string snapshot_text(const raft::Restored& state);
std::string text_of(const raft::Restored& state);

// `count` writes from a seed: of the hard state, truncations, entries of all kinds and, where asked
// for, snapshots of its own making and of another's, alone and together.
class RandomWrites {
 public:
  enum class Snapshots { none, some };
  RandomWrites(std::uint64_t seed, std::size_t count, Snapshots snapshots = Snapshots::none);

  const std::vector<raft::Write>& writes() const { return writes_; }
  // After the first `count` writes.
  std::string state_after(std::size_t count) const { return text_of(states_.at(count)); }
  // The largest number of writes, carried out in their order, that leaves this on a disk; a crash
  // may leave the snapshot of the write that follows as well.
  std::optional<std::size_t> writes_in(const raft::Restored& found) const;

 private:
  std::vector<raft::Write> writes_;
  std::vector<raft::Restored> states_;
};

}  // namespace node
