// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "RequestVote RPC" (sections 5.2 and 5.4), on both sides.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

bool granted(Server& s, NodeId from, const RequestVote& request) {
  return only<RequestVoteReply>(s.receive(from, request)).vote_granted;
}

TEST(Vote, OfAnOldTermIsDenied) {
  Server s({.term = 3});
  const auto reply = only<RequestVoteReply>(s.receive(kS2, ask(2, {9, 1})));
  EXPECT_FALSE(reply.vote_granted);
  EXPECT_EQ(reply.term, Term{3});
  EXPECT_EQ(reply.asked_in, Term{2});
  EXPECT_EQ(s.voted_for(), NodeId{});
}

TEST(Vote, IsGrantedWhereVotedForIsNull) {
  Server s({.term = 3});
  const auto reply = only<RequestVoteReply>(s.receive(kS2, ask(3, {0, 0})));
  EXPECT_TRUE(reply.vote_granted);
  EXPECT_EQ(reply.term, Term{3});
  EXPECT_EQ(reply.asked_in, Term{3});
  EXPECT_EQ(s.voted_for(), kS2);
}

TEST(Vote, IsDeniedToASecondCandidateOfTheTerm) {
  Server s({.term = 3});
  EXPECT_TRUE(granted(s, kS2, ask(3, {0, 0})));
  EXPECT_FALSE(granted(s, kS3, ask(3, {0, 0})));
  EXPECT_FALSE(granted(s, kS3, ask(3, {9, 2})));
  EXPECT_EQ(s.voted_for(), kS2);
}

TEST(Vote, IsGivenAgainToTheSameCandidate) {
  Server s({.term = 3});
  EXPECT_TRUE(granted(s, kS2, ask(3, {0, 0})));
  EXPECT_TRUE(granted(s, kS2, ask(3, {0, 0})));
}

TEST(Vote, IsRememberedAfterARestart) {
  Server s({.term = 3});
  EXPECT_TRUE(granted(s, kS2, ask(3, {0, 0})));
  s.restart();
  EXPECT_FALSE(granted(s, kS3, ask(3, {0, 0})));
  EXPECT_TRUE(granted(s, kS2, ask(3, {0, 0})));
}

// "If you have already voted in the current term, and an incoming RequestVote RPC has a higher term
// than you, you should first step down and adopt their term (thereby resetting votedFor), and then
// handle the RPC, which will result in you granting the vote" (students' guide).
TEST(Vote, IsFreeAgainInANewTerm) {
  Server s({.term = 3, .voted_for = 2});
  EXPECT_TRUE(granted(s, kS3, ask(4, {0, 0})));
  EXPECT_EQ(s.voted_for(), kS3);
}

TEST(Vote, OfACandidateAndOfALeaderIsTheirOwn) {
  Server c = candidate({.term = 3});
  EXPECT_FALSE(granted(c, kS2, ask(3, {9, 2})));
  Server l = leader({.term = 3});
  EXPECT_FALSE(granted(l, kS2, ask(3, {9, 2})));
  EXPECT_EQ(l.role(), Role::leader);
}

TEST(Vote, IsKeptOnASameTermStepDown) {
  Server s = candidate({.term = 3});
  s.receive(kS2, append({.term = 3}));
  ASSERT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.voted_for(), kS1);
  EXPECT_FALSE(granted(s, kS3, ask(3, {0, 0})));
}

TEST(Vote, IsKeptByAFollowerThatHearsTheLeader) {
  Server s({.term = 3, .voted_for = 2});
  s.receive(kS2, append({.term = 3}));
  EXPECT_EQ(s.voted_for(), kS2);
  EXPECT_FALSE(granted(s, kS3, ask(3, {0, 0})));
}

TEST(Vote, OfACandidateThatIsNotElectedStaysFreeForAnother) {
  Server s({.term = 3, .log = {3}});
  EXPECT_FALSE(granted(s, kS2, ask(4, {1, 2})));
  EXPECT_TRUE(granted(s, kS3, ask(4, {1, 3})));
}

// Section 5.4.1: "If the logs have last entries with different terms, then the log with the later
// term is more up-to-date. If the logs end with the same term, then whichever log is longer is more
// up-to-date."
TEST(UpToDate, ALaterLastTermBeatsALongerLog) {
  Server s({.term = 5, .log = {1, 1, 1, 1}});
  EXPECT_TRUE(granted(s, kS2, ask(5, {1, 2})));
}

TEST(UpToDate, AnEarlierLastTermLosesHoweverLongItsLog) {
  Server s({.term = 5, .log = {3}});
  EXPECT_FALSE(granted(s, kS2, ask(5, {9, 2})));
}

TEST(UpToDate, OfTheSameLastTermTheLongerLogWins) {
  Server s({.term = 5, .log = {1, 2}});
  EXPECT_FALSE(granted(s, kS2, ask(5, {1, 2})));
  EXPECT_TRUE(granted(s, kS2, ask(5, {3, 2})));
}

TEST(UpToDate, AnEqualLogIsEnough) {
  Server s({.term = 5, .log = {1, 2}});
  EXPECT_TRUE(granted(s, kS2, ask(5, {2, 2})));
}

TEST(UpToDate, AnEmptyLogIsEnoughForAnEmptyLogOnly) {
  Server empty({.term = 5});
  EXPECT_TRUE(granted(empty, kS2, ask(5, {0, 0})));
  Server one({.term = 5, .log = {1}});
  EXPECT_FALSE(granted(one, kS2, ask(5, {0, 0})));
}

TEST(UpToDate, IsAskedOfTheSameCandidateEachTime) {
  Server s({.term = 5, .voted_for = 2, .log = {1, 2}});
  EXPECT_FALSE(granted(s, kS2, ask(5, {1, 1})));
}

TEST(Election, ARequestTellsOfTheLastEntry) {
  Server s({.term = 4, .log = {1, 1, 3}, .members = 5});
  const Output out = s.wake();
  ASSERT_EQ(out.messages.size(), 4u);
  for (NodeId peer : {kS2, kS3, kS4, kS5}) {
    const RequestVote request = sent<RequestVote>(out, peer).at(0);
    EXPECT_EQ(request.term, Term{5});
    EXPECT_EQ(request.last_log_index, Index{3});
    EXPECT_EQ(request.last_log_term, Term{3});
  }
}

TEST(Election, IsWonByAMajority) {
  Server s = candidate({.term = 2, .members = 5});
  s.receive(kS2, vote(2));
  EXPECT_EQ(s.role(), Role::candidate);
  const Output out = s.receive(kS3, vote(2));
  EXPECT_EQ(s.role(), Role::leader);
  EXPECT_EQ(noted<RoleChanged>(out).at(0).votes, (std::vector<NodeId>{kS1, kS2, kS3}));
}

TEST(Election, OfAnEvenClusterNeedsMoreThanHalf) {
  Server s = candidate({.term = 2, .members = 4});
  s.receive(kS2, vote(2));
  EXPECT_EQ(s.role(), Role::candidate);
  s.receive(kS3, vote(2));
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(Election, AVoteThatArrivesTwiceCountsOnce) {
  Server s = candidate({.term = 2, .members = 5});
  s.receive(kS2, vote(2));
  s.receive(kS2, vote(2));
  EXPECT_EQ(s.role(), Role::candidate);
}

TEST(Election, AVoteOfAServerThatIsNoVoterDoesNotCount) {
  Server s = candidate({.term = 2, .configuration = {{kS1, kS2, kS3}, {}, {kS4}}});
  for (NodeId outsider : {kS4, kS5, NodeId{9}}) {
    const Output out = s.receive(outsider, vote(2));
    EXPECT_EQ(out.refused, nullptr);
    EXPECT_EQ(s.role(), Role::candidate);
  }
  const Output out = s.receive(kS3, vote(2));
  EXPECT_EQ(noted<RoleChanged>(out).at(0).votes, (std::vector<NodeId>{kS1, kS3}));
}

// A learner may have been made a voter by a configuration that it has not got yet.
TEST(Election, ALearnerIsAskedForItsVote) {
  Server s({.term = 1, .configuration = {{kS1, kS2, kS3}, {}, {kS4}}});
  EXPECT_EQ(sent<RequestVote>(s.wake(), kS4).size(), 1u);
}

TEST(Election, ALearnerVotes) {
  Server s({.term = 1, .configuration = {{kS1, kS2, kS3}, {}, {kS4}}, .self = 4});
  EXPECT_TRUE(granted(s, kS2, ask(2, {0, 0})));
}

TEST(Election, ADenialIsNoVote) {
  Server s = candidate({.term = 2});
  s.receive(kS2, denial(2));
  s.receive(kS3, denial(2));
  EXPECT_EQ(s.role(), Role::candidate);
}

TEST(Reply, OfAVoteOfAnEarlierTermIsIgnored) {
  Server s = candidate({.term = 2});
  s.wake();
  ASSERT_EQ(s.term(), 3u);
  const std::string before = s.state();
  s.receive(kS2, vote(2));
  EXPECT_EQ(s.state(), before);
}

TEST(Reply, OfAVoteOfAnEarlierTermIsIgnoredThoughItsSenderHasMovedOn) {
  Server s = candidate({.term = 2});
  s.wake();
  s.receive(kS2, RequestVoteReply{.term = Term{3}, .asked_in = Term{2}, .vote_granted = true});
  EXPECT_EQ(s.role(), Role::candidate);
}

TEST(Reply, OfAVoteAfterLosingTheCandidacyIsIgnored) {
  Server s = candidate({.term = 2});
  s.receive(kS3, append({.term = 2}));
  const std::string before = s.state();
  s.receive(kS2, vote(2));
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.state(), before);
}

TEST(Reply, OfAVoteAfterTheElectionIsWonIsIgnored) {
  Server s = leader({.term = 2});
  s.propose({"a"});
  const std::string before = s.state();
  EXPECT_TRUE(s.receive(kS3, vote(2)).messages.empty());
  EXPECT_EQ(s.state(), before);
}

}  // namespace
}  // namespace raft::test
