// SPDX-License-Identifier: Apache-2.0
// Compare-and-sets that were refused and did not tell what they found. Any value but the one they
// expected explains them, also one that nobody saw: chains say nothing of them. A history is not
// linearizable where it isn't without them, as they change nothing; where it is, they may fit into
// the order that was found for the others, and if they do not, another order may do.
#pragma once

#include <span>
#include <vector>

#include "orchestrator/verify/linearizability/chains.h"

namespace linearizability {

// One operation of an order, and the state that it leaves: kNone where nobody saw what it wrote.
struct Step {
  std::uint32_t operation = 0;  // counted within the key
  std::uint32_t state = Chains::kNone;
};

// Puts them where the order has room for them, each as early as its call and what is there allow.
// False: not all could be placed.
bool place_mutes(const History& history, std::span<const Place> operations, const Chains& chains,
                 std::vector<Step>& order);

}  // namespace linearizability
