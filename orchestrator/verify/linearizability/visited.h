// SPDX-License-Identifier: Apache-2.0
// The configurations that the search was in: a phase, a state, and which open operations have been
// taken. One that has taken no more operations of unknown outcome than another, and else is equal,
// can do all that the other can: where the search has been in it, the other needs no visit.
#pragma once

#include <cstdint>
#include <vector>

namespace linearizability {

class Visited {
 public:
  // Words of a configuration: phase and state in one, the masks behind it.
  Visited(std::uint32_t exact_words, std::uint32_t words);

  // False where it, or one that can do no less, is there already.
  bool insert(const std::uint64_t* configuration);
  std::uint64_t bytes() const;

 private:
  std::uint64_t hash(const std::uint64_t* configuration) const;
  bool covers(const std::uint64_t* there, const std::uint64_t* configuration) const;
  void grow();

  std::uint32_t exact_words_;  // the first of all, that must be equal; the others must be subsets
  std::uint32_t words_;
  std::uint32_t count_ = 0;
  std::vector<std::uint64_t> configurations_;
  std::vector<std::uint32_t> table_;  // 0, or the number of a configuration, from 1
};

}  // namespace linearizability
