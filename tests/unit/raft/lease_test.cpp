// SPDX-License-Identifier: Apache-2.0
// Leases (dissertation, 6.4.1): who answered a leader votes for nobody else within the shortest
// election timeout of that, by its own clock, which may be faster than the leader's by the drift
// bound.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

class Lease : public testing::Test {
 protected:
  static Settings with_drift(unsigned percent) {
    return {.noop_on_election = true,
            .leader_stickiness = true,
            .reads = Reads::lease,
            .max_clock_drift_percent = percent};
  }
  // A leader whose heartbeat, sent just now, is answered after `late`.
  static Server leader_with_lease(unsigned drift, Duration late = Duration{10'000}) {
    Server s = settled_leader(
        {.term = 2, .settings = with_drift(drift), .election_timeout_max = 2 * kElectionTimeout});
    s.pass(2 * kElectionTimeout);
    s.tick();
    s.pass(late);
    s.accept(kS2);
    return s;
  }
  static bool at_once(Server s) {
    const Output out = s.read(ReadId{7});
    EXPECT_EQ(out.messages.empty(), served(out) == Ids{7}) << "either served or confirmed";
    return served(out) == Ids{7};
  }
};

TEST_F(Lease, EndsTheDriftBoundBeforeTheShortestElectionTimeout) {
  for (const auto& [drift, lease] : {std::pair{0u, Duration{200'000}},
                                     {10u, Duration{180'000}},
                                     {50u, Duration{100'000}},
                                     {99u, Duration{2'000}}}) {
    Server s = leader_with_lease(drift, Duration{1'000});
    s.pass(lease - Duration{1'001});
    EXPECT_TRUE(at_once(s)) << drift;
    s.pass(Duration{1});
    EXPECT_FALSE(at_once(s)) << drift;
  }
}

TEST_F(Lease, ServesUpToTheCommitIndex) {
  Server s = leader_with_lease(10);
  EXPECT_EQ(s.read(ReadId{7}).reads.at(0).index, Index{1});
}

TEST_F(Lease, CountsFromWhenTheRoundBeganNotFromItsAnswer) {
  EXPECT_TRUE(at_once(leader_with_lease(10, Duration{179'999})));
  EXPECT_FALSE(at_once(leader_with_lease(10, Duration{180'000})));
}

TEST_F(Lease, IsThatOfTheNewestRoundAQuorumAnswered) {
  Server s = leader_with_lease(10);
  s.pass(Duration{100'000});
  s.tick();
  s.accept(kS3);
  s.pass(Duration{179'999});
  EXPECT_TRUE(at_once(s)) << "S3 answered the second round";
  s.pass(Duration{1});
  EXPECT_FALSE(at_once(s));
}

TEST_F(Lease, HoldsWhileNewerRoundsAreNotAnsweredYet) {
  Server s = leader_with_lease(10);
  s.pass(Duration{169'998});
  s.tick();
  s.pass(Duration{1});
  EXPECT_TRUE(at_once(s));
  s.pass(Duration{1});
  EXPECT_FALSE(at_once(s));
}

TEST_F(Lease, IsNotShortenedByALateAnswer) {
  Server s = leader_with_lease(10);
  const AppendEntries before = s.last_append(kS2);
  s.pass(Duration{100'000});
  s.tick();
  s.accept(kS2);
  s.receive(kS2, accepted(before));
  s.pass(Duration{179'999});
  EXPECT_TRUE(at_once(s));
}

TEST_F(Lease, NeedsAQuorum) {
  Server s = settled_leader({.term = 2, .members = 5, .settings = with_drift(10)});
  s.pass(kElectionTimeout);
  s.tick();
  s.accept(kS2);
  EXPECT_FALSE(at_once(s));
  s.accept(kS3);
  EXPECT_TRUE(at_once(s));
}

TEST_F(Lease, ExpiredIsRenewedByTheRoundOfARead) {
  Server s = leader_with_lease(10);
  s.pass(kElectionTimeout);
  EXPECT_TRUE(s.read(ReadId{1}).reads.empty());
  EXPECT_EQ(served(s.accept(kS3)), Ids{1});
  EXPECT_EQ(served(s.read(ReadId{2})), Ids{2});
}

TEST_F(Lease, BeforeTheFirstCommitOfTheTermServesNone) {
  Server s = leader({.term = 2, .log = {1}, .settings = with_drift(10)});
  AppendEntriesReply refusal = refused({.asked_in = 2, .prev = 1, .conflict_index = 1});
  refusal.round = s.last_append(kS2).round;
  s.receive(kS2, refusal);
  const Output out = s.read(ReadId{7});
  EXPECT_TRUE(out.reads.empty());
  EXPECT_EQ(served(s.accept(kS2)), Ids{7}) << "with the commit, and under the lease";
}

// Another server may be elected at once from here on, whoever was heard from.
TEST_F(Lease, IsVoidForGoodOnceTimeoutNowWasSent) {
  Server s = leader_with_lease(10);
  s.accept(kS3);
  EXPECT_EQ(sent<TimeoutNow>(s.transfer_to(kS3)).size(), 1u);
  EXPECT_FALSE(at_once(s));
  s.pass(2 * kElectionTimeout);
  s.tick();
  ASSERT_TRUE(s.propose({"a"}).proposal->accepted()) << "the transfer failed";
  s.accept(kS2);
  EXPECT_FALSE(at_once(s));
}

TEST_F(Lease, IsNotUsedWhereReadsAreByReadIndex) {
  Settings settings = with_drift(10);
  settings.reads = Reads::read_index;
  Server s = settled_leader({.term = 2, .settings = settings});
  EXPECT_FALSE(at_once(s));
}

}  // namespace
}  // namespace raft::test
