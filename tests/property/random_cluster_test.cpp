// SPDX-License-Identifier: Apache-2.0
// Random clusters keep every invariant and recover. More seeds: SQUALL_SEEDS=100000; one seed
// again, with an account of its last steps where it fails: SQUALL_SEED=17.
#include "tests/property/random_cluster.h"

#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace raft::test {
namespace {

constexpr std::size_t kTailOfTrace = 6000;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

std::string account_of(std::uint64_t seed, std::size_t servers) {
  std::ostringstream trace;
  RandomCluster(seed, servers, Flaw::none, &trace).run();
  std::string text = trace.str();
  if (text.size() > kTailOfTrace) {
    text.erase(0, text.find('\n', text.size() - kTailOfTrace) + 1);
  }
  return text;
}

void add(Sums& sum, const Sums& more) {
  sum.steps += more.steps;
  sum.elections += more.elections;
  sum.truncations += more.truncations;
  sum.crashes += more.crashes;
  sum.lost_writes += more.lost_writes;
  sum.lost_messages += more.lost_messages;
  sum.committed += more.committed;
}

class RandomClusters : public testing::TestWithParam<std::size_t> {};

TEST_P(RandomClusters, KeepTheInvariantsAndRecover) {
  const std::size_t servers = GetParam();
  const std::uint64_t only = from_environment("SQUALL_SEED", 0);
  const std::uint64_t first = only ? only : 1;
  const std::uint64_t last = only ? only : from_environment("SQUALL_SEEDS", 600);
  Sums sums;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    RandomCluster cluster(seed, servers, Flaw::none, nullptr);
    const auto violation = cluster.run();
    add(sums, cluster.sums());
    ASSERT_FALSE(violation) << account_of(seed, servers) << violation->invariant << ": "
                            << violation->what << "\nafter " << seed - first + 1
                            << " seeds; again with SQUALL_SEED=" << seed;
  }
  if (only) return;
  EXPECT_GT(sums.elections, last);
  EXPECT_GT(sums.committed, 10 * last);
  EXPECT_GT(sums.crashes, 0u);
  EXPECT_GT(sums.lost_writes, 0u);
  EXPECT_TRUE(servers == 1 || sums.lost_messages > 0);
  // Two servers elect only one whose log has all that either has.
  EXPECT_TRUE(servers <= 2 || sums.truncations > 0);
}

INSTANTIATE_TEST_SUITE_P(Of, RandomClusters, testing::Range<std::size_t>(1, 8),
                         testing::PrintToStringParamName());

TEST(RandomClusters, OfOneSeedAreTheSameEachTime) {
  EXPECT_EQ(account_of(5, 5), account_of(5, 5));
  EXPECT_NE(account_of(5, 5), account_of(6, 5));
}

struct Broken {
  std::string name;
  Flaw flaw;
  std::vector<std::string> invariants;  // any of which sees it first
};

class Invariant : public testing::TestWithParam<Broken> {};

TEST_P(Invariant, SeesWhatIsBroken) {
  const Broken& broken = GetParam();
  std::optional<Violation> violation;
  for (std::uint64_t seed = 1; !violation && seed <= 300; ++seed)
    violation = RandomCluster(seed, 5, broken.flaw, nullptr).run();
  ASSERT_TRUE(violation);
  EXPECT_THAT(broken.invariants, testing::Contains(violation->invariant)) << violation->what;
}

INSTANTIATE_TEST_SUITE_P(
    Where, Invariant,
    testing::Values(
        Broken{"TheDiskForgetsTheVote", Flaw::disk_forgets_the_vote, {"persistence"}},
        Broken{"TheDiskForgetsAnEntry", Flaw::disk_forgets_an_entry, {"persistence"}},
        Broken{"TheNetworkForgesVotes",
               Flaw::network_forges_votes,
               {"election_safety", "leader_completeness"}},
        Broken{"TheNetworkRaisesAcks", Flaw::network_raises_acks, {"match_index", "commit"}},
        Broken{"TheNetworkSwapsCommands", Flaw::network_swaps_commands, {"log_matching"}},
        Broken{
            "TheNetworkAcceptsForAll", Flaw::network_accepts_for_all, {"match_index", "commit"}}),
    [](const auto& broken) { return broken.param.name; });

}  // namespace
}  // namespace raft::test
