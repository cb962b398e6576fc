// SPDX-License-Identifier: Apache-2.0
// Writes as Raft could ask for them, with the state that each leaves.
#pragma once

#include <string>
#include <vector>

#include "raft/raft.h"

namespace node {

// The state as text, to be compared.
std::string text_of(const raft::Restored& state);

// `count` writes from a seed: of the hard state, truncations and entries of all kinds, alone and
// together.
class RandomWrites {
 public:
  RandomWrites(std::uint64_t seed, std::size_t count);

  const std::vector<raft::Write>& writes() const { return writes_; }
  // After the first `count` writes.
  const std::string& state_after(std::size_t count) const { return states_.at(count); }

 private:
  std::vector<raft::Write> writes_;
  std::vector<std::string> states_;
};

}  // namespace node
