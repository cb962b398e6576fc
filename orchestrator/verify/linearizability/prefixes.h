// SPDX-License-Identifier: Apache-2.0
// Searches of a key's prefixes. All prefixes of a linearizable history are linearizable, so one
// that is not decides the whole; and in a prefix fewer operations are open, and fewer states can be
// told apart, so that what is hard as a whole may be easy up to where it fails.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

class Prefixes {
 public:
  Prefixes(const History& history, std::span<const Place> operations);

  // What one prefix may take.
  struct Limits {
    std::uint64_t configurations = 0;
    std::uint64_t bytes = 0;
  };
  // Looks for the shortest that this does not suffice for; ever longer ones first, then by halves.
  // Returns the verdict of one that is not linearizable, where it meets one. Those that were found
  // linearizable are not searched again. Adds what it looked at to `looked_at`.
  std::optional<KeyVerdict> search(const Limits& limits, std::uint64_t& looked_at);

 private:
  const History* history_;
  std::span<const Place> operations_;
  std::vector<Stamp> returns_;    // in order
  std::size_t linearizable_ = 0;  // with so many returns
};

}  // namespace linearizability
