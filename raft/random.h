// SPDX-License-Identifier: Apache-2.0
// A small seeded generator (SplitMix64, Steele, Lea and Flood 2014): the same numbers on every
// platform, which the standard library's distributions do not promise.
#pragma once

#include <cstdint>

namespace raft {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound), bound > 0. The bias of the modulo is below 2^-32 for every bound used
  // here.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  // Uniform in [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }

 private:
  std::uint64_t state_;
};

}  // namespace raft
