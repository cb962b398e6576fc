// SPDX-License-Identifier: Apache-2.0
// The paper's Figures 7 and 8, and the re-appearing indices of the students' guide, step by step.
#include "tests/unit/raft/cluster.h"

namespace raft::test {
namespace {

// Figure 7: "When the leader at the top comes to power, it is possible that any of scenarios (a-f)
// could occur in follower logs", S2 to S7 here. The leader "handles inconsistencies by forcing the
// followers' logs to duplicate its own" (section 5.3).
TEST(Figure7, AllLogsAreBroughtIntoLineWithTheLeaders) {
  const Terms leaders = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6};
  Cluster c(7, {leaders,
                {1, 1, 1, 4, 4, 5, 5, 6, 6},
                {1, 1, 1, 4},
                {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6},
                {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7},
                {1, 1, 1, 4, 4, 4, 4},
                {1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3}});
  const std::vector<NodeId> all = {kS1, kS2, kS3, kS4, kS5, NodeId{6}, NodeId{7}};
  c.elect(kS1, all);
  ASSERT_EQ(c[kS1].role(), Role::leader);
  ASSERT_EQ(c[kS1].term(), 8u);
  EXPECT_EQ(c[kS1].commit(), 0u);
  c.propose(kS1, "x");
  c.replicate(kS1, all);
  c.replicate(kS1, all);  // tells what is committed
  const Terms expected = {1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 8};
  for (NodeId node : all) {
    EXPECT_EQ(c[node].log(), expected) << "S" << node.value;
    EXPECT_EQ(commands_of(c[node]->log()), commands_of(c[kS1]->log())) << "S" << node.value;
    EXPECT_EQ(c[node].commit(), 11u) << "S" << node.value;
  }
}

// Figure 8 (c): S1 has been elected in term 4 and has replicated the entry of term 2 at index 2 to
// S2 and S3; S5 has an entry of term 3 there.
Cluster figure_8c() {
  Cluster c(3, {{1, 2}, {1, 2}, {1}, {1}, {1, 3}});
  c.elect(kS1, {kS1, kS2, kS3});
  c.replicate(kS1, {kS1, kS2, kS3});
  EXPECT_EQ(c[kS1].role(), Role::leader);
  EXPECT_EQ(c[kS1].term(), 4u);
  EXPECT_EQ(c[kS3].log(), (Terms{1, 2}));
  return c;
}

TEST(Figure8, AnEntryOfAnOldTermOnAMajorityIsNotCommitted) {
  Cluster c = figure_8c();
  EXPECT_EQ(c[kS1].commit(), 0u);
}

// (d): "S5 could be elected leader (with votes from S2, S3, and S4) and overwrite the entry with
// its own entry from term 3."
TEST(Figure8, AnEntryOfAnOldTermOnAMajorityMayBeOverwritten) {
  Cluster c = figure_8c();
  c.elect(kS5, {kS2, kS3, kS4, kS5});  // term 4: S2 and S3 have voted in it
  ASSERT_EQ(c[kS5].role(), Role::candidate);
  c.elect(kS5, {kS2, kS3, kS4, kS5});
  ASSERT_EQ(c[kS5].role(), Role::leader);
  const std::vector<NodeId> all = {kS1, kS2, kS3, kS4, kS5};
  c.propose(kS5, "x");
  c.replicate(kS5, all);
  c.replicate(kS5, all);
  for (NodeId node : all) {
    EXPECT_EQ(c[node].log(), (Terms{1, 3, 5})) << "S" << node.value;
    EXPECT_EQ(c[node].commit(), 3u) << "S" << node.value;
  }
}

// (e): "if S1 replicates an entry from its current term on a majority of the servers before
// crashing, then this entry is committed (S5 cannot win an election). At this point all preceding
// entries in the log are committed as well."
TEST(Figure8, AnEntryOfTheOwnTermCommitsTheOldOnesBeforeIt) {
  Cluster c = figure_8c();
  c.propose(kS1, "x");
  c.replicate(kS1, {kS1, kS2, kS3});
  EXPECT_EQ(c[kS1].log(), (Terms{1, 2, 4}));
  EXPECT_EQ(c[kS1].commit(), 3u);
  for (int i = 0; i < 3; ++i)
    c.elect(kS5, {kS2, kS3, kS4, kS5});
  EXPECT_EQ(c[kS5].role(), Role::candidate);
  EXPECT_GT(c[kS2].term(), 4u);
}

// The guide's story, with its first "S2 steps forward" read as S1, whose log [C3] makes C4's index
// 2: index 2 is given out twice at S1, and what is applied there is the first command, not the
// last.
TEST(ReappearingIndices, TheSameIndexIsGivenOutTwiceAndTheFirstCommandIsApplied) {
  Cluster c(0, {{}, {}, {}, {}, {}});
  const std::vector<NodeId> all = {kS1, kS2, kS3, kS4, kS5};
  c.elect(kS1, all);
  EXPECT_EQ(c.propose(kS1, "C1"), 1u);
  EXPECT_EQ(c.propose(kS1, "C2"), 2u);
  c.replicate(kS1, {kS1, kS2});

  c.elect(kS3, all);  // S1 and S2 won't vote for S3, but S4 and S5 will
  ASSERT_EQ(c[kS3].role(), Role::leader);
  EXPECT_EQ(c.propose(kS3, "C3"), 1u);
  c.replicate(kS3, {kS1, kS3});
  EXPECT_EQ(commands_of(c[kS1]->log()), std::vector<std::string>{"C3"});

  c.elect(kS1, {kS1, kS2, kS4, kS5});
  ASSERT_EQ(c[kS1].role(), Role::leader);
  EXPECT_EQ(c.propose(kS1, "C4"), 2u);

  c.elect(kS2, all);  // S1 and S3 won't vote for S2, but S4 and S5 will
  ASSERT_EQ(c[kS2].role(), Role::leader);
  EXPECT_EQ(c.propose(kS2, "C5"), 3u);
  c.replicate(kS2, all);
  c.replicate(kS2, all);
  for (NodeId node : all) {
    EXPECT_EQ(commands_of(c[node]->log()), (std::vector<std::string>{"C1", "C2", "C5"}));
    EXPECT_EQ(c[node]->last_applied(), Index{3});
  }
}

}  // namespace
}  // namespace raft::test
