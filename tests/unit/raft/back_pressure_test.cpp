// SPDX-License-Identifier: Apache-2.0
// A leader that can't commit refuses proposals, with a word of its own.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

class BackPressure : public testing::Test {
 protected:
  static Server full_at(std::size_t bytes) {
    return leader({.term = 1, .settings = {.max_uncommitted_bytes = bytes}});
  }
  static bool accepts(Server& s, std::size_t bytes) {
    const Output out = s.propose({std::string(bytes, 'x')});
    if (!out.proposal->accepted()) {
      EXPECT_EQ(out.proposal->refusal, Proposal::Refusal::overloaded);
      EXPECT_EQ(out.proposal->leader, kS1);
      EXPECT_FALSE(out.write);
      EXPECT_TRUE(out.messages.empty());
    }
    return out.proposal->accepted();
  }
};

TEST_F(BackPressure, RefusesWhatWouldBeTooMuch) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 4));
  EXPECT_FALSE(accepts(s, 7));
  EXPECT_TRUE(accepts(s, 6)) << "10 of 10";
  EXPECT_FALSE(accepts(s, 1));
  EXPECT_EQ(s.log().size(), 2u);
}

TEST_F(BackPressure, CountsAllOfABatch) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 1));
  EXPECT_EQ(s.propose({"12345", "12345"}).proposal->refusal, Proposal::Refusal::overloaded);
}

TEST_F(BackPressure, EndsWithTheCommit) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 4));
  EXPECT_TRUE(accepts(s, 6));
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_FALSE(accepts(s, 5));
  EXPECT_TRUE(accepts(s, 4)) << "6 of 10 are not committed";
}

TEST_F(BackPressure, LetsOneLargeProposalPassWhereNothingWaits) {
  Server s = settled_leader(
      {.term = 1, .settings = {.noop_on_election = true, .max_uncommitted_bytes = 10}});
  EXPECT_TRUE(accepts(s, 100));
  EXPECT_FALSE(accepts(s, 1));
}

TEST_F(BackPressure, OfANewLeaderCountsWhatItFinds) {
  Server s = leader({.term = 2, .log = {1, 1}, .settings = {.max_uncommitted_bytes = 7}});
  EXPECT_TRUE(accepts(s, 1)) << "of its own term there must be one";
  EXPECT_FALSE(accepts(s, 1)) << "3 and 3 bytes of term 1, and 1";
  Server with_noop = leader({.term = 2,
                             .log = {1, 1},
                             .settings = {.noop_on_election = true, .max_uncommitted_bytes = 7}});
  EXPECT_TRUE(accepts(with_noop, 1)) << "7 of 7";
  EXPECT_FALSE(accepts(with_noop, 1));
}

TEST_F(BackPressure, OfAnEarlierLeadershipIsNotCountedTwice) {
  Server s =
      leader({.term = 1, .settings = {.noop_on_election = true, .max_uncommitted_bytes = 10}});
  EXPECT_TRUE(accepts(s, 5));
  s.receive(kS2, denial(1, 2));
  s.wake();
  s.receive(kS3, vote(3));
  ASSERT_EQ(s.role(), Role::leader);
  EXPECT_TRUE(accepts(s, 5)) << "10 of 10";
  EXPECT_FALSE(accepts(s, 1));
}

// Every byte that is counted is taken off again, those of a configuration too.
TEST_F(BackPressure, LeavesNothingBehind) {
  Server s = settled_leader(
      {.term = 1, .settings = {.noop_on_election = true, .max_uncommitted_bytes = 30}});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        s.change_members({kS1, kS2, kS3}, i % 2 == 0 ? std::vector{kS4} : std::vector<NodeId>{})
            .proposal->accepted());
    s.accept(kS2);
    EXPECT_TRUE(accepts(s, 1));
    EXPECT_TRUE(accepts(s, 29)) << i;
    s.accept(kS2);
  }
}

}  // namespace
}  // namespace raft::test
