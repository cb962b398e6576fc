// SPDX-License-Identifier: Apache-2.0
// CheckQuorum (dissertation, 6.2): "a leader in Raft steps down if an election timeout elapses
// without a successful round of heartbeats to a majority of its cluster".
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

const Settings kCheckQuorum = {.check_quorum = true};

// Ticks at each interval until it leads no more, or for three timeouts; how long it led.
Duration led_for(Server& s) {
  const Time start = s.now();
  while (s.role() == Role::leader && s.now() < start + 3 * kElectionTimeout)
    s.wake();
  return s.now() - start;
}

TEST(CheckQuorum, ALeaderThatHearsFromNoQuorumStepsDown) {
  Server s = leader({.term = 3, .settings = kCheckQuorum});
  EXPECT_EQ(led_for(s), kElectionTimeout);
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 3u);
  EXPECT_EQ(s->leader(), NodeId{});
  EXPECT_EQ(s.deadline(), s.now() + kElectionTimeout);
}

TEST(CheckQuorum, IsTheLongestElectionTimeout) {
  Server s = leader({.term = 3,
                     .settings = kCheckQuorum,
                     .election_timeout_max = kElectionTimeout + 2 * kHeartbeatInterval});
  EXPECT_EQ(led_for(s), kElectionTimeout + 2 * kHeartbeatInterval);
}

TEST(CheckQuorum, TellsItsReason) {
  Server s = leader({.term = 3, .settings = kCheckQuorum});
  s.pass(kElectionTimeout - Duration{1});
  EXPECT_TRUE(noted<RoleChanged>(s.tick()).empty());
  s.pass(kHeartbeatInterval);
  const Output out = s.tick();
  EXPECT_EQ(noted<RoleChanged>(out).at(0).reason, RoleChanged::Reason::quorum_silent);
  EXPECT_TRUE(out.messages.empty()) << "it leads no more, and sends no heartbeat";
}

TEST(CheckQuorum, DoesNotHoldWhereItIsOff) {
  Server s = leader({.term = 3});
  EXPECT_EQ(led_for(s), 3 * kElectionTimeout);
}

TEST(CheckQuorum, OfASingleVoterIsItself) {
  Server s = leader({.term = 3, .members = 1, .settings = kCheckQuorum});
  EXPECT_EQ(led_for(s), 3 * kElectionTimeout);
}

TEST(CheckQuorum, AnyAnswerOfTheTermIsASign) {
  for (const Message& answer :
       {Message{accepted({.asked_in = 3, .prev = 1, .match = 1})},
        Message{refused({.asked_in = 3, .prev = 1, .conflict_index = 1})},
        Message{wants(chunk({.term = 3, .last = {1, 1}, .data = "x"}), 0)}}) {
    Server s = leader({.term = 3, .log = {1}, .settings = kCheckQuorum});
    s.pass(kHeartbeatInterval);
    s.tick();
    s.receive(kS2, answer);
    EXPECT_EQ(led_for(s), kElectionTimeout) << name_of(answer) << " restarts it";
  }
}

TEST(CheckQuorum, AnAnswerOfAnOldTermIsNone) {
  Server s = leader({.term = 3, .log = {1}, .settings = kCheckQuorum});
  s.pass(kHeartbeatInterval);
  s.tick();
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 1, .term = 3}));
  s.receive(kS3, vote(3));
  EXPECT_EQ(led_for(s), kElectionTimeout - kHeartbeatInterval);
}

TEST(CheckQuorum, OneOfFiveIsNoQuorum) {
  Server s = leader({.term = 3, .members = 5, .settings = kCheckQuorum});
  for (int i = 0; i < 3; ++i) {
    s.wake();
    s.accept(kS2);
  }
  EXPECT_EQ(led_for(s), kElectionTimeout - 3 * kHeartbeatInterval);
}

TEST(CheckQuorum, TwoOfFiveAreAQuorumWithTheLeader) {
  Server s = leader({.term = 3, .members = 5, .settings = kCheckQuorum});
  for (int i = 0; i < 20; ++i) {
    s.wake();
    s.accept(kS2);
    s.accept(i % 2 == 0 ? kS3 : kS4);
  }
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(CheckQuorum, HasNoLearners) {
  Server s = leader(
      {.term = 3, .configuration = {{kS1, kS2, kS3}, {}, {kS4, kS5}}, .settings = kCheckQuorum});
  for (int i = 0; i < 3; ++i) {
    s.wake();
    s.accept(kS4);
    s.accept(kS5);
  }
  EXPECT_EQ(led_for(s), kElectionTimeout - 3 * kHeartbeatInterval);
}

// Reads put the next heartbeat off, and not this.
TEST(CheckQuorum, HasATimerOfItsOwn) {
  Server s =
      settled_leader({.term = 3, .settings = {.noop_on_election = true, .check_quorum = true}});
  const Time elected = s.now();
  s.pass(kHeartbeatInterval / 2);
  s.read(ReadId{1});
  EXPECT_EQ(s.deadline(), elected + kHeartbeatInterval);
}

// A member that has just come had no time to answer yet.
TEST(CheckQuorum, CountsAMemberFromWhenItCame) {
  Server s = settled_leader(
      {.term = 3, .members = 1, .settings = {.noop_on_election = true, .check_quorum = true}});
  s.pass(10 * kElectionTimeout);
  s.tick();
  s.change_members({kS1, kS2});
  EXPECT_EQ(led_for(s), kElectionTimeout);
}

}  // namespace
}  // namespace raft::test
