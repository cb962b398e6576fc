// SPDX-License-Identifier: Apache-2.0
// Many random scripts in a row, each from a seed of its own: all must keep the invariants and
// converge, and together they must have seen everything that they are there for.
//   SQUALL_SEED=17     plays this seed alone
//   SQUALL_STEPS=5000000  goes on until so many steps of servers were taken
#pragma once

#include <cstdint>

namespace raft::property {

// How much to play: whatever the environment says, else seeds from `first_seed` on until `steps`
// steps were taken. Fails the test with the shrunk script where one fails, having written it to a
// file; and where a counter of the coverage is zero at the end.
void play_batch(std::uint64_t first_seed, std::uint64_t steps);

}  // namespace raft::property
