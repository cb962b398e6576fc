// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/visited.h"

#include <algorithm>

namespace linearizability {
namespace {

// Of a group, so many at most are looked at: where many operations have no known outcome, a group
// has as many as these have subsets, and few of those cover others.
constexpr int kMostCompared = 128;

std::uint64_t hash(const std::uint64_t* configuration, std::uint32_t words) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < words; ++i) {
    sum = (sum ^ configuration[i]) * 0x9E3779B97F4A7C15U;
    sum ^= sum >> 32;
  }
  return sum;
}

}  // namespace

Visited::Visited(std::uint32_t exact_words, std::uint32_t words)
    : exact_words_(exact_words),
      words_(words),
      by_all_(exact_words < words ? 64 : 0),
      by_exact_(64) {}

// Where one that is equal in so many words stands, or is to stand.
std::uint32_t& Visited::find(Table& table, const std::uint64_t* configuration,
                             std::uint32_t words) const {
  const std::size_t mask = table.size() - 1;
  std::size_t place = hash(configuration, words) & mask;
  while (table[place] != 0 && !std::equal(configuration, configuration + words, at(table[place])))
    place = (place + 1) & mask;
  return table[place];
}

// One that covers another is likely to cover the next, and becomes the first.
bool Visited::is_covered(std::uint32_t& first, const std::uint64_t* configuration) {
  std::uint32_t before = 0;
  std::uint32_t number = first;
  for (int left = kMostCompared; number != 0 && left > 0; --left) {
    const std::uint64_t* there = at(number);
    bool covers = true;
    for (std::uint32_t i = exact_words_; i < words_ && covers; ++i)
      covers = (there[i] & ~configuration[i]) == 0;
    if (covers) {
      if (before == 0) return true;
      next_[before - 1] = next_[number - 1];
      next_[number - 1] = first;
      first = number;
      return true;
    }
    before = number;
    number = next_[number - 1];
  }
  return false;
}

bool Visited::insert(const std::uint64_t* configuration) {
  if (3 * (count_ + 1ULL) > 2 * by_exact_.size()) grow();
  std::uint32_t& first = find(by_exact_, configuration, exact_words_);
  if (first != 0 && is_covered(first, configuration)) return false;
  if (exact_words_ < words_) {
    std::uint32_t& same = find(by_all_, configuration, words_);
    if (same != 0) return false;
    same = count_ + 1;
  }
  configurations_.insert(configurations_.end(), configuration, configuration + words_);
  ++count_;
  next_.push_back(first);
  first = count_;
  return true;
}

void Visited::grow() {
  const std::size_t larger = 2 * by_exact_.size();
  Table groups(larger);
  groups.swap(by_exact_);
  for (const std::uint32_t first : groups) {
    if (first != 0) find(by_exact_, at(first), exact_words_) = first;
  }
  if (exact_words_ == words_) return;
  by_all_.assign(larger, 0);
  for (std::uint32_t number = 1; number <= count_; ++number)
    find(by_all_, at(number), words_) = number;
}

std::uint64_t Visited::bytes() const {
  return configurations_.capacity() * sizeof(std::uint64_t) +
         (by_all_.capacity() + by_exact_.capacity() + next_.capacity()) * sizeof(std::uint32_t);
}

}  // namespace linearizability
