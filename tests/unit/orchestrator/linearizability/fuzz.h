// SPDX-License-Identifier: Apache-2.0
// All checkers against the definition, over random small histories.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "orchestrator/verify/linearizability/history.h"

namespace linearizability {

// What a checker says otherwise than the definition does; nothing: they agree. An honest history's
// log order must be a witness.
std::optional<std::string> disagreement(const History& history, bool honest);

// What was met, so that a test can say that it met enough of each.
struct Tally {
  std::uint64_t linearizable = 0;  // histories
  std::uint64_t not_linearizable = 0;
  std::uint64_t by_witness = 0;  // keys
  std::uint64_t by_zones = 0;
  std::uint64_t by_search = 0;
  std::uint64_t breaches = 0;
};

// Of so many histories, one for each seed from `first` on, of at most `most` operations. The first
// that they disagree about is a failure of the test, which shows the smallest part of it that they
// still disagree about.
Tally fuzz(std::uint64_t first, std::uint64_t histories, unsigned most);

}  // namespace linearizability
