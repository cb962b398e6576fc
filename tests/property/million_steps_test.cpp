// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/property/batch.h"

namespace raft::property {
namespace {

TEST(RandomScripts, KeepTheInvariantsForAMillionSteps) {
  play_batch(1'000'000, 1'000'000);
}

}  // namespace
}  // namespace raft::property
