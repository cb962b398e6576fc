// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/linearizability/fuzz.h"

namespace linearizability {
namespace {

TEST(LongFuzz, ManySmallHistories) {
  fuzz(10'000'000, 600'000, 7);
}

TEST(LongFuzz, SomeLargerHistories) {
  fuzz(20'000'000, 100'000, 10);
}

}  // namespace
}  // namespace linearizability
