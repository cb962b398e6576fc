// SPDX-License-Identifier: Apache-2.0
// Is an order of operations the proof that their history is linearizable? Three conditions say so,
// and they are the definition (Herlihy and Wing 1990): each operation that was answered stands in
// it once, and one of unknown outcome at most once; none stands behind one that was called after it
// had returned; executed in this order, each answers what its client was told. Who made the order
// does not matter: it exists, or it does not. So a log that lies can't make a history pass, and the
// checkers' own orders are verified by what knows nothing of how they were found.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

// Why an order is no proof.
struct Flaw {
  std::string rule;               // which condition, with what is wrong, in a sentence
  std::vector<Place> operations;  // the offending one last
};

// Nothing: `order` proves that `operations`, of one key or of many, are linearizable. Takes time
// linear in them and in the bytes of their texts; compares texts and not their digests.
std::optional<Flaw> verify_order(const History& history, std::span<const Place> operations,
                                 std::span<const Place> order);

}  // namespace linearizability
