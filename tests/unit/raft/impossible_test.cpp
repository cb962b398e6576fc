// SPDX-License-Identifier: Apache-2.0
// Messages that no correct server sends are refused, and change nothing: not even the term.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

void expect_refused(Server s, NodeId from, const Message& message) {
  s.pass(Duration{1000});
  s.tick();
  const std::string before = s.state();
  const Output out = s.receive(from, message);
  EXPECT_NE(out.refused, nullptr);
  EXPECT_EQ(s.state(), before);
  EXPECT_TRUE(out.messages.empty());
  EXPECT_TRUE(out.transitions.empty());
  EXPECT_FALSE(out.write);
}

TEST(Impossible, AMessageFromNobody) {
  expect_refused(Server({.term = 1}), NodeId{}, append({.term = 2}));
}

// "servers process incoming RPC requests without consulting their current configurations"
// (dissertation, 4.1): the sender may be a member of one that is not here yet.
TEST(Impossible, IsNotARequestOfAServerThatIsNoMember) {
  Server s({.term = 1});
  EXPECT_TRUE(only<RequestVoteReply>(s.receive(NodeId{9}, ask(2, {0, 0}))).vote_granted);
  EXPECT_TRUE(only<AppendEntriesReply>(s.receive(NodeId{9}, append({.term = 3}))).success);
}

TEST(Impossible, AMessageFromItself) {
  expect_refused(Server({.term = 1}), kS1, append({.term = 2}));
  expect_refused(candidate({.term = 1}), kS1, vote(1));
}

TEST(Impossible, ARequestOfTermZero) {
  expect_refused(Server({}), kS2, append({.term = 0}));
  expect_refused(Server({}), kS2, ask(0, {0, 0}));
}

TEST(Impossible, ASecondLeaderInOneTerm) {
  expect_refused(leader({.term = 2}), kS2, append({.term = 2}));
  Server s({.term = 2});
  s.receive(kS2, append({.term = 2}));
  expect_refused(s, kS3, append({.term = 2, .entries = {2}}));
}

TEST(Impossible, EntriesWhoseTermsDecrease) {
  expect_refused(Server({.term = 3}), kS2, append({.term = 3, .entries = {2, 1}}));
  expect_refused(Server({.term = 3, .log = {2}}), kS2,
                 append({.term = 3, .prev = {1, 2}, .entries = {1}}));
  expect_refused(Server({.term = 3, .log = {2}}), kS2,
                 append({.term = 5, .prev = {1, 2}, .entries = {1}}));
}

TEST(Impossible, EntriesOfATermAboveTheLeaders) {
  expect_refused(Server({.term = 3}), kS2, append({.term = 3, .entries = {4}}));
  expect_refused(Server({.term = 3}), kS2, append({.term = 4, .prev = {1, 5}}));
}

TEST(Impossible, EntriesOfTermZero) {
  expect_refused(Server({.term = 3}), kS2, append({.term = 3, .entries = {0, 1}}));
  expect_refused(Server({.term = 3}), kS2, append({.term = 4, .prev = {1, 0}}));
  expect_refused(Server({.term = 3}), kS2, append({.term = 4, .prev = {0, 1}}));
}

TEST(Impossible, AConflictWithACommittedEntry) {
  Server s({.term = 3, .log = {1, 2, 2, 2}});
  s.receive(kS2, append({.term = 3, .prev = {3, 2}, .commit = 3}));
  ASSERT_EQ(s.commit(), 3u);
  expect_refused(s, kS2, append({.term = 3, .prev = {1, 1}, .entries = {3}}));
  expect_refused(s, kS3, append({.term = 4, .prev = {1, 1}, .entries = {2, 4}}));
  expect_refused(s, kS3, append({.term = 4, .prev = {3, 3}, .entries = {4}}));
}

// The entries of a leader that was deposed before it heard of what is committed may conflict.
TEST(Impossible, IsNotAnOldLeadersConflictWithACommittedEntry) {
  Server s({.term = 3, .log = {1, 3}});
  s.receive(kS2, append({.term = 3, .prev = {2, 3}, .commit = 2}));
  const Output out = s.receive(kS3, append({.term = 2, .prev = {1, 1}, .entries = {2}}));
  EXPECT_EQ(out.refused, nullptr);
  EXPECT_FALSE(only<AppendEntriesReply>(out).success);
}

TEST(Impossible, ACandidateWhoseLastEntryIsNotOfAnEarlierTerm) {
  expect_refused(Server({.term = 2}), kS2, ask(3, {1, 3}));
  expect_refused(Server({.term = 2}), kS2, ask(3, {1, 4}));
  expect_refused(Server({.term = 2}), kS2, ask(3, {1, 0}));
  expect_refused(Server({.term = 2}), kS2, ask(3, {0, 2}));
}

TEST(Impossible, AnAcknowledgementOfWhatWasNotSent) {
  expect_refused(leader({.term = 2, .log = {1}}), kS2,
                 accepted({.asked_in = 2, .prev = 1, .match = 2}));
}

TEST(Impossible, ARefusalThatFitsNothing) {
  expect_refused(leader({.term = 2, .log = {1}}), kS2, refused({.asked_in = 2, .prev = 1}));
  Server s = leader({.term = 2, .log = {1}});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 1}));
  expect_refused(s, kS2, refused({.asked_in = 2, .prev = 9, .conflict_index = 1}));
}

}  // namespace
}  // namespace raft::test
