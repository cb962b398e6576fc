// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/linearizability/fuzz.h"

#include <gtest/gtest.h>

namespace linearizability {
namespace {

void met_enough(const Tally& tally, std::uint64_t histories) {
  EXPECT_EQ(tally.linearizable + tally.not_linearizable, histories);
  EXPECT_GT(tally.linearizable, histories / 5);
  EXPECT_GT(tally.not_linearizable, histories / 10);
  for (const std::uint64_t some :
       {tally.by_witness, tally.by_zones, tally.by_search, tally.breaches})
    EXPECT_GT(some, histories / 20);
}

TEST(Fuzz, ManySmallHistories) {
  met_enough(fuzz(1, 30'000, 7), 30'000);
}

TEST(Fuzz, SomeLargerHistories) {
  met_enough(fuzz(1'000'000, 10'000, 10), 10'000);
}

}  // namespace
}  // namespace linearizability
