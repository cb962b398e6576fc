// SPDX-License-Identifier: Apache-2.0
// Small histories of clients of a store: of a right one, or of one that lost, repeated, reordered
// or made up something.
#pragma once

#include <cstdint>

#include "orchestrator/verify/linearizability/history.h"

namespace linearizability {

struct RandomHistory {
  History history;
  // Made by a right store, every place in its log told.
  bool honest = false;
};

// At most `most` operations on each of one or two keys.
RandomHistory random_history(std::uint64_t seed, unsigned most);

}  // namespace linearizability
