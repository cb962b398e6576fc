// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "State", and "updated on stable storage before responding to RPCs": what is
// remembered, what is written.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(State, OfAFreshServerIsTermZeroNoVoteAndAnEmptyLog) {
  const Server s({});
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 0u);
  EXPECT_EQ(s.voted_for(), NodeId{});
  EXPECT_EQ(s.log(), Terms{});
  EXPECT_EQ(s.commit(), 0u);
  EXPECT_EQ(s->last_applied(), Index{});
}

TEST(State, TermVoteAndLogSurviveARestart) {
  Server s({.term = 3, .log = {1}});
  s.receive(kS2, append({.term = 4, .prev = {1, 1}, .entries = {4, 4}}));
  s.receive(kS3, ask(5, {3, 4}));
  s.restart();
  EXPECT_EQ(s.term(), 5u);
  EXPECT_EQ(s.voted_for(), kS3);
  EXPECT_EQ(s.log(), (Terms{1, 4, 4}));
  EXPECT_EQ(s.role(), Role::follower);
}

TEST(State, CommitIndexAndLastAppliedStartAtZeroAfterARestart) {
  Server s({.term = 1, .log = {1, 1}});
  s.receive(kS2, append({.term = 1, .prev = {2, 1}, .commit = 2}));
  ASSERT_EQ(s->last_applied(), Index{2});
  s.restart();
  EXPECT_EQ(s.commit(), 0u);
  EXPECT_EQ(s->last_applied(), Index{});
  const Output out = s.receive(kS2, append({.term = 1, .prev = {2, 1}, .commit = 2}));
  EXPECT_EQ(out.apply.first, Index{1});
  EXPECT_EQ(out.apply.last, Index{2});
}

TEST(State, ARestartForgetsWhatWasNotDurable) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 2, .prev = {1, 1}, .entries = {2}}));
  s.restart();
  EXPECT_EQ(s.term(), 1u);
  EXPECT_EQ(s.log(), Terms{1});
}

TEST(State, NextIndexStartsAfterTheLastEntryAndMatchIndexAtZero) {
  const Server s = leader({.term = 3, .log = {1, 2, 2}, .members = 4});
  for (NodeId peer : {kS2, kS3, kS4}) {
    EXPECT_EQ(s.next(peer), 4u);
    EXPECT_EQ(s.match(peer), 0u);
  }
}

TEST(State, OfALeaderIsReinitializedAfterEachElection) {
  Server s = leader({.term = 2, .log = {1}});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  ASSERT_EQ(s.match(kS2), 2u);
  s.receive(kS2, ask(3, {0, 0}));
  ASSERT_EQ(s.role(), Role::follower);
  EXPECT_TRUE(s->progress().empty());
  s.wake();
  s.receive(kS3, vote(4));
  ASSERT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s.match(kS2), 0u);
  EXPECT_EQ(s.next(kS2), 3u);
}

TEST(Persistence, TermAndVoteAreOneRecord) {
  Server s({.term = 2, .voted_for = 2, .sync = Sync::when_told});
  const Output out = s.receive(kS3, ask(3, {0, 0}));
  ASSERT_TRUE(out.write && out.write->hard_state);
  EXPECT_EQ(*out.write->hard_state, (HardState{Term{3}, kS3}));
}

TEST(Persistence, ACandidatesTermAndOwnVoteAreOneRecord) {
  Server s({.term = 2, .voted_for = 2, .sync = Sync::when_told});
  const Output out = s.wake();
  ASSERT_TRUE(out.write && out.write->hard_state);
  EXPECT_EQ(*out.write->hard_state, (HardState{Term{3}, kS1}));
}

TEST(Persistence, ANewTermIsWrittenThoughTheVoteIsDenied) {
  Server s({.term = 2, .log = {2}, .sync = Sync::when_told});
  const Output out = s.receive(kS3, ask(5, {1, 1}));
  ASSERT_TRUE(out.write && out.write->hard_state);
  EXPECT_EQ(*out.write->hard_state, (HardState{Term{5}, NodeId{}}));
}

TEST(Persistence, ANewTermAndItsEntriesAreOneWrite) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  const Output out = s.receive(kS2, append({.term = 2, .prev = {1, 1}, .entries = {2, 2}}));
  ASSERT_TRUE(out.write && out.write->hard_state);
  EXPECT_EQ(*out.write->hard_state, (HardState{Term{2}, NodeId{}}));
  EXPECT_EQ(out.write->truncate_from, std::nullopt);
  EXPECT_EQ(out.write->first_index, Index{2});
  EXPECT_EQ(terms_of(out.write->entries), (Terms{2, 2}));
}

TEST(Persistence, ATruncationAndWhatReplacesItAreOneWrite) {
  Server s({.term = 2, .log = {1, 1, 1}, .sync = Sync::when_told});
  const Output out = s.receive(kS2, append({.term = 2, .prev = {1, 1}, .entries = {2}}));
  ASSERT_TRUE(out.write);
  EXPECT_EQ(out.write->hard_state, std::nullopt);
  EXPECT_EQ(out.write->truncate_from, Index{2});
  EXPECT_EQ(out.write->first_index, Index{2});
  EXPECT_EQ(terms_of(out.write->entries), Terms{2});
}

TEST(Persistence, OnlyWhatIsNewIsWritten) {
  Server s({.term = 2, .log = {1, 1, 2}, .sync = Sync::when_told});
  const Output out = s.receive(kS2, append({.term = 2, .prev = {1, 1}, .entries = {1, 2, 2}}));
  ASSERT_TRUE(out.write);
  EXPECT_EQ(out.write->truncate_from, std::nullopt);
  EXPECT_EQ(out.write->first_index, Index{4});
  EXPECT_EQ(terms_of(out.write->entries), Terms{2});
}

TEST(Persistence, ALeadersEntriesAreWritten) {
  Server s = leader({.term = 2, .log = {1}, .sync = Sync::when_told});
  const Output out = s.propose({"a", "b"});
  ASSERT_TRUE(out.write);
  EXPECT_EQ(out.write->first_index, Index{2});
  EXPECT_EQ(terms_of(out.write->entries), (Terms{2, 2}));
}

TEST(Persistence, NothingIsWrittenWhereNothingChanged) {
  Server s({.term = 2, .voted_for = 2, .log = {1, 2}});
  EXPECT_FALSE(s.receive(kS2, append({.term = 2, .prev = {2, 2}, .commit = 2})).write);
  EXPECT_FALSE(s.receive(kS2, append({.term = 2, .prev = {0, 0}, .entries = {1, 2}})).write);
  EXPECT_FALSE(s.receive(kS2, append({.term = 2, .prev = {3, 2}, .entries = {2}})).write);
  EXPECT_FALSE(s.receive(kS3, append({.term = 1, .prev = {0, 0}, .entries = {1, 1}})).write);
  EXPECT_FALSE(s.receive(kS3, ask(2, {2, 2})).write);
  EXPECT_FALSE(s.receive(kS2, ask(2, {2, 2})).write);
  EXPECT_FALSE(s.tick().write);
}

TEST(Persistence, WritesAreNumberedFromOneWithoutAGap) {
  Server s({.sync = Sync::when_told});
  EXPECT_EQ(s.receive(kS2, ask(1, {0, 0})).write->id, WriteId{1});
  s.receive(kS3, ask(1, {0, 0}));
  EXPECT_EQ(s.receive(kS2, append({.term = 1, .entries = {1}})).write->id, WriteId{2});
}

}  // namespace
}  // namespace raft::test
