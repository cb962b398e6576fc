// SPDX-License-Identifier: Apache-2.0
// Why a key's operations are not linearizable, as small as it can be made.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

struct Explanation {
  std::string rule;
  // By call: those whose answers no order explains together, and those of unknown outcome that may
  // have written what they saw.
  std::vector<Place> operations;
};

// `operations`, of one key, by call, are not linearizable, as `verdict` says. First the shortest
// prefix that is not: what returns after its end is of unknown outcome in it (a prefix of a
// linearizable history is linearizable). Then answers are forgotten while it still is not: an
// operation that was answered becomes one of unknown outcome, a read vanishes. Whatever order
// explains a history explains it with an answer forgotten, so that what is left convicts the whole.
// (To drop a mutation would be wrong: a later read may have seen it.) Where the verdict's own
// operations are few and convict by themselves, it starts from these. `effort` bounds the work, in
// configurations and operations looked at; where it is spent the explanation is larger than it
// could be, and still one.
Explanation explain(const History& history, std::span<const Place> operations,
                    const KeyVerdict& verdict, std::uint64_t effort = 20'000'000);

}  // namespace linearizability
