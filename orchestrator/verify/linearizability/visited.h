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
  // Open addressing: 0, or the number of a configuration, from 1.
  using Table = std::vector<std::uint32_t>;

  const std::uint64_t* at(std::uint32_t number) const {
    return configurations_.data() + std::size_t{number - 1} * words_;
  }
  std::uint32_t& find(Table& table, const std::uint64_t* configuration, std::uint32_t words) const;
  bool is_covered(std::uint32_t& first, const std::uint64_t* configuration);
  void grow();

  std::uint32_t exact_words_;  // the first of all, that must be equal; the others must be subsets
  std::uint32_t words_;
  std::uint32_t count_ = 0;
  std::vector<std::uint64_t> configurations_;
  Table by_all_;  // where all words are exact ones, it is of no use and empty
  // Those that are equal in the exact words are a group: a list, of which the first is in the
  // table.
  Table by_exact_;
  std::vector<std::uint32_t> next_;  // of number 1 and so on; 0: none
};

}  // namespace linearizability
