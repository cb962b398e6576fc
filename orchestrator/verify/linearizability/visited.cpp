// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/visited.h"

#include <algorithm>

namespace linearizability {

Visited::Visited(std::uint32_t exact_words, std::uint32_t words)
    : exact_words_(exact_words), words_(words), table_(64) {}

std::uint64_t Visited::hash(const std::uint64_t* configuration) const {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < exact_words_; ++i) {
    sum = (sum ^ configuration[i]) * 0x9E3779B97F4A7C15U;
    sum ^= sum >> 32;
  }
  return sum;
}

bool Visited::covers(const std::uint64_t* there, const std::uint64_t* configuration) const {
  for (std::uint32_t i = 0; i < exact_words_; ++i) {
    if (there[i] != configuration[i]) return false;
  }
  for (std::uint32_t i = exact_words_; i < words_; ++i) {
    if ((there[i] & ~configuration[i]) != 0) return false;
  }
  return true;
}

// All that are equal in the exact words lie in one run of the table.
bool Visited::insert(const std::uint64_t* configuration) {
  if (3 * (count_ + 1ULL) > 2 * table_.size()) grow();
  std::size_t at = hash(configuration) & (table_.size() - 1);
  for (; table_[at] != 0; at = (at + 1) & (table_.size() - 1)) {
    const std::size_t there = std::size_t{table_[at] - 1} * words_;
    if (covers(configurations_.data() + there, configuration)) return false;
  }
  configurations_.insert(configurations_.end(), configuration, configuration + words_);
  table_[at] = ++count_;
  return true;
}

void Visited::grow() {
  std::vector<std::uint32_t> larger(2 * table_.size());
  for (std::uint32_t number = 1; number <= count_; ++number) {
    const std::size_t there = std::size_t{number - 1} * words_;
    std::size_t at = hash(configurations_.data() + there) & (larger.size() - 1);
    while (larger[at] != 0)
      at = (at + 1) & (larger.size() - 1);
    larger[at] = number;
  }
  table_ = std::move(larger);
}

std::uint64_t Visited::bytes() const {
  return configurations_.capacity() * sizeof(std::uint64_t) +
         table_.capacity() * sizeof(std::uint32_t);
}

}  // namespace linearizability
