// SPDX-License-Identifier: Apache-2.0
// Random scripts keep every invariant and converge; and the invariants and the shrinker are shown
// to work, on scripts in which what Raft builds on is broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/script.h"
#include "tests/property/batch.h"
#include "tests/property/shrink.h"

namespace raft::property {
namespace {

TEST(RandomScripts, KeepTheInvariantsAndConverge) {
  play_batch(1, 300'000);
}

TEST(RandomScripts, OfOneSeedAreTheSameEachTime) {
  EXPECT_EQ(play_random(5, "").lines, play_random(5, "").lines);
  EXPECT_NE(play_random(5, "").lines, play_random(6, "").lines);
}

struct Broken {
  std::string flaw;
  std::vector<std::string> invariants;  // any of which sees it first
};

class Flawed : public testing::TestWithParam<Broken> {};

TEST_P(Flawed, ClusterFailsAndIsShrunk) {
  const Broken& broken = GetParam();
  Trial failing;
  for (std::uint64_t seed = 1; !failing.failure && seed <= 500; ++seed)
    failing = play_random(seed, broken.flaw);
  ASSERT_TRUE(failing.failure);
  EXPECT_THAT(broken.invariants, testing::Contains(failing.failure->invariant))
      << failing.failure->what;

  const std::vector<std::string> lines = shrink(failing);
  const std::string script = as_script("A broken cluster.", lines);
  EXPECT_LE(lines.size(), 15u) << script;
  try {
    golden::play(script);
    ADD_FAILURE() << "plays without a failure:\n" << script;
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr(lines.back() + "': " + failing.failure->invariant));
  }
}

INSTANTIATE_TEST_SUITE_P(
    By, Flawed,
    testing::Values(Broken{"disk_forgets_the_vote", {"persistence"}},
                    Broken{"disk_forgets_an_entry", {"persistence", "match_index"}},
                    Broken{"network_forges_votes",
                           {"election_safety", "leader_completeness", "commit"}},
                    Broken{"network_raises_acks", {"match_index", "commit", "refused"}},
                    Broken{"network_accepts_for_all", {"match_index", "commit"}},
                    Broken{"network_swaps_commands", {"log_matching"}},
                    Broken{"network_spoils_snapshots", {"state_machine_safety"}},
                    Broken{"network_grants_reads", {"read"}}),
    [](const auto& broken) { return broken.param.flaw; });

}  // namespace
}  // namespace raft::property
