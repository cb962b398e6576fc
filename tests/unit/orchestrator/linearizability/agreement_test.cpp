// SPDX-License-Identifier: Apache-2.0
// Histories that a checker was once wrong about: all must agree with the definition.
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/linearizability/fuzz.h"
#include "tests/unit/orchestrator/linearizability/histories.h"

namespace linearizability {
namespace {

// "c" is written, and nobody sees it, between the "a" that was there and the one that came back.
TEST(Agreement, AnUnknownWriteMayLeaveWhatWasThereBeforeAnotherWrite) {
  Script script;
  script.write("c1", 1, 5, "a").cas("c2", 7, 14, "a", "b").write("c3", 12, kNever, "a");
  script.write("c1", 14, 15, "c").read("c2", 16, 18, "b");
  EXPECT_EQ(disagreement(script.history(), false), std::nullopt);
}

}  // namespace
}  // namespace linearizability
