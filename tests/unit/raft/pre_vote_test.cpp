// SPDX-License-Identifier: Apache-2.0
// PreVote (dissertation, 9.6): "a candidate only increments its term if it first learns from a
// majority of the cluster that they would be willing to grant the candidate their votes (if the
// candidate's log is sufficiently up-to-date, and the voters have not received heartbeats from a
// valid leader for at least a baseline election timeout)".
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

const Settings kPreVote = {.pre_vote = true};

bool granted(Server& s, NodeId from, const RequestVote& request) {
  return only<RequestVoteReply>(s.receive(from, request)).vote_granted;
}

Server pre_candidate(std::uint64_t term, std::uint64_t members = 3) {
  Server s({.term = term, .members = members, .settings = kPreVote});
  s.wake();
  EXPECT_EQ(s.role(), Role::pre_candidate);
  return s;
}

TEST(PreVote, IsAskedForBeforeATermIsStarted) {
  Server s(
      {.term = 3, .voted_for = 2, .log = {1, 3}, .sync = Sync::when_told, .settings = kPreVote});
  const Output out = s.wake();
  EXPECT_EQ(s.role(), Role::pre_candidate);
  EXPECT_EQ(s.term(), 3u);
  EXPECT_EQ(s.voted_for(), kS2);
  EXPECT_FALSE(out.write);
  ASSERT_EQ(out.messages.size(), 2u);
  const RequestVote request = sent<RequestVote>(out, kS3).at(0);
  EXPECT_TRUE(request.pre_vote);
  EXPECT_FALSE(request.transfer);
  EXPECT_EQ(request.term, Term{4});
  EXPECT_EQ(request.last_log_index, Index{2});
  EXPECT_EQ(request.last_log_term, Term{3});
  EXPECT_EQ(s.deadline(), s.now() + kElectionTimeout);
}

TEST(PreVote, OfAMajorityStartsTheElection) {
  Server s = pre_candidate(3, 5);
  s.receive(kS2, pre_vote(4, 3));
  EXPECT_EQ(s.role(), Role::pre_candidate);
  const Output out = s.receive(kS3, pre_vote(4, 3));
  EXPECT_EQ(s.role(), Role::candidate);
  EXPECT_EQ(s.term(), 4u);
  EXPECT_EQ(noted<RoleChanged>(out).at(0).votes, (std::vector<NodeId>{kS1, kS2, kS3}));
  EXPECT_FALSE(sent<RequestVote>(out, kS2).at(0).pre_vote);
}

TEST(PreVote, ThatArrivesTwiceCountsOnce) {
  Server s = pre_candidate(3, 5);
  s.receive(kS2, pre_vote(4, 3));
  s.receive(kS2, pre_vote(4, 3));
  EXPECT_EQ(s.role(), Role::pre_candidate);
}

TEST(PreVote, IsNoVoteAndAVoteIsNone) {
  Server asking = pre_candidate(3);
  asking.receive(kS2, RequestVoteReply{Term{3}, Term{4}, true, false});
  EXPECT_EQ(asking.role(), Role::pre_candidate);
  Server standing = candidate({.term = 4, .settings = kPreVote});
  standing.receive(kS2, pre_vote(4, 4));
  EXPECT_EQ(standing.role(), Role::candidate);
}

TEST(PreVote, ForAnotherTermDoesNotCount) {
  Server s = pre_candidate(3);
  s.receive(kS2, pre_vote(3, 3));
  s.receive(kS2, pre_vote(5, 3));
  EXPECT_EQ(s.role(), Role::pre_candidate);
}

TEST(PreVote, OfAServerThatIsNoVoterDoesNotCount) {
  Server s({.term = 3, .configuration = {{kS1, kS2, kS3}, {}, {kS4}}, .settings = kPreVote});
  s.wake();
  s.receive(kS4, pre_vote(4, 3));
  EXPECT_EQ(s.role(), Role::pre_candidate);
}

TEST(PreVote, OfTheOnlyVoterIsItsOwn) {
  Server s({.members = 1, .settings = kPreVote});
  s.wake();
  EXPECT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s.term(), 1u);
}

TEST(PreVote, IsAskedForAnewWhenTheTimerEnds) {
  Server s = pre_candidate(3, 5);
  s.receive(kS2, pre_vote(4, 3));
  const Output out = s.wake();
  EXPECT_EQ(noted<TimedOut>(out).at(0).role, Role::pre_candidate);
  EXPECT_EQ(sent<RequestVote>(out).size(), 4u);
  s.receive(kS3, pre_vote(4, 3));
  EXPECT_EQ(s.role(), Role::pre_candidate) << "what was granted before the timer ended is over";
  EXPECT_EQ(s.term(), 3u);
}

TEST(PreVote, IsOverWhenALeaderIsHeard) {
  Server s = pre_candidate(3);
  s.receive(kS3, append({.term = 3}));
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s->leader(), kS3);
  s.receive(kS2, pre_vote(4, 3));
  EXPECT_EQ(s.role(), Role::follower);
}

TEST(PreVote, IsOverWhenANewerTermIsHeard) {
  Server s = pre_candidate(3);
  RequestVoteReply reply = pre_vote(4, 5);
  reply.vote_granted = false;
  s.receive(kS2, reply);
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 5u);
}

TEST(PreVote, IsGivenWithoutAPromise) {
  Server s({.term = 3, .sync = Sync::when_told});
  const std::string before = s.state();
  for (NodeId asks : {kS2, kS3}) {
    const Output out = s.receive(asks, ask_first(4, {0, 0}), MessageId{6});
    const auto reply = only<RequestVoteReply>(out);
    EXPECT_TRUE(reply.vote_granted);
    EXPECT_TRUE(reply.pre_vote);
    EXPECT_EQ(reply.asked_in, Term{4});
    EXPECT_EQ(reply.term, Term{3});
    EXPECT_EQ(out.messages.at(0).reply_to, MessageId{6});
    EXPECT_FALSE(out.write);
    EXPECT_TRUE(noted<VoteGranted>(out).at(0).pre_vote);
  }
  s.pass(kElectionTimeout / 2);
  s.receive(kS2, ask_first(9, {0, 0}));
  EXPECT_EQ(s.state(), before) << "term, vote and timer";
}

TEST(PreVote, IsDeniedForAnOldTermWhichTheDenialNames) {
  Server s({.term = 5});
  const auto reply = only<RequestVoteReply>(s.receive(kS2, ask_first(4, {0, 0})));
  EXPECT_FALSE(reply.vote_granted);
  EXPECT_EQ(reply.term, Term{5});
}

TEST(PreVote, IsDeniedToALogThatIsBehind) {
  Server s({.term = 3, .log = {1, 2}});
  EXPECT_FALSE(granted(s, kS2, ask_first(4, {1, 2})));
  EXPECT_TRUE(granted(s, kS2, ask_first(4, {2, 2})));
}

// Of a term that has begun here the vote may be given away; of a later one it is not.
TEST(PreVote, IsDeniedWhereTheVoteOfThatTermIsGiven) {
  Server s({.term = 4, .voted_for = 3});
  EXPECT_FALSE(granted(s, kS2, ask_first(4, {0, 0})));
  EXPECT_TRUE(granted(s, kS3, ask_first(4, {0, 0})));
  EXPECT_TRUE(granted(s, kS2, ask_first(5, {0, 0})));
}

TEST(PreVote, IsDeniedWithinTheShortestTimeoutOfHearingALeader) {
  Server s({.term = 3, .election_timeout_max = 2 * kElectionTimeout});
  s.receive(kS3, append({.term = 3}));
  s.pass(kElectionTimeout - Duration{1});
  const Output out = s.receive(kS2, ask_first(4, {0, 0}));
  EXPECT_FALSE(only<RequestVoteReply>(out).vote_granted);
  EXPECT_EQ(noted<VoteDenied>(out).at(0).reason, VoteDenied::Reason::leader_alive);
  s.pass(Duration{1});
  EXPECT_TRUE(granted(s, kS2, ask_first(4, {0, 0})));
}

TEST(PreVote, IsDeniedByALeader) {
  Server s = leader({.term = 3});
  EXPECT_FALSE(granted(s, kS2, ask_first(4, {0, 0})));
  EXPECT_EQ(s.role(), Role::leader);
}

// Golden: availability/deposed_leader_may_ask.
TEST(PreVote, IsGivenToTheLeaderThatWasHeardItself) {
  Server s({.term = 3});
  s.receive(kS3, append({.term = 3}));
  EXPECT_TRUE(granted(s, kS3, ask_first(4, {0, 0})));
}

// "if a server receives a RequestVote request within the minimum election timeout of hearing from a
// current leader, it does not update its term or grant its vote" (4.2.3).
class Stickiness : public testing::Test {
 protected:
  static inline const Settings kSticky = {.leader_stickiness = true};

  // A follower of S3 in term 3, which it heard just now.
  static Server follower(const Settings& settings = kSticky) {
    Server s({.term = 3, .settings = settings, .election_timeout_max = 2 * kElectionTimeout});
    s.receive(kS3, append({.term = 3}));
    return s;
  }
};

TEST_F(Stickiness, DeniesAndKeepsItsTerm) {
  Server s = follower();
  const std::string before = s.state();
  s.pass(kElectionTimeout - Duration{1});
  const Output out = s.receive(kS2, ask(9, {0, 0}));
  const auto reply = only<RequestVoteReply>(out);
  EXPECT_FALSE(reply.vote_granted);
  EXPECT_EQ(reply.term, Term{3});
  EXPECT_EQ(reply.asked_in, Term{9});
  EXPECT_EQ(s.state(), before);
  EXPECT_EQ(noted<VoteDenied>(out).at(0).reason, VoteDenied::Reason::leader_alive);
}

TEST_F(Stickiness, EndsWithTheShortestElectionTimeout) {
  Server s = follower();
  s.pass(kElectionTimeout);
  EXPECT_TRUE(granted(s, kS2, ask(4, {0, 0})));
}

TEST_F(Stickiness, DoesNotHoldWhereItIsOff) {
  Server s = follower({});
  EXPECT_TRUE(granted(s, kS2, ask(4, {0, 0})));
}

TEST_F(Stickiness, DoesNotBlockTheDeposedLeader) {
  Server s = follower();
  EXPECT_TRUE(granted(s, kS3, ask(4, {0, 0})));
}

TEST_F(Stickiness, DoesNotBlockATransfer) {
  Server s = follower();
  RequestVote request = ask(4, {0, 0});
  request.transfer = true;
  EXPECT_TRUE(granted(s, kS2, request));
}

TEST_F(Stickiness, OutlivesANewTerm) {
  Server s = follower();
  s.receive(kS2, denial(3, 4));
  ASSERT_EQ(s.term(), 4u);
  EXPECT_FALSE(granted(s, kS2, ask(5, {0, 0}))) << "the leader of term 3 may trust its lease";
}

TEST_F(Stickiness, RestsOnEachMessageOfTheLeader) {
  Server s = follower();
  s.pass(kElectionTimeout / 2);
  s.receive(kS3, append({.term = 3, .prev = {7, 3}}));
  s.pass(kElectionTimeout / 2);
  EXPECT_FALSE(granted(s, kS2, ask(4, {0, 0}))) << "a refused AppendEntries is one";
  s.receive(kS3, chunk({.term = 3, .last = {5, 2}, .data = "some", .size = 9}));
  s.pass(kElectionTimeout / 2);
  EXPECT_FALSE(granted(s, kS2, ask(4, {0, 0}))) << "a chunk is one";
}

TEST_F(Stickiness, DoesNotRestOnAnOldLeader) {
  Server s = follower();
  s.pass(kElectionTimeout);
  s.receive(kS2, append({.term = 2}));
  EXPECT_TRUE(granted(s, kS2, ask(4, {0, 0})));
}

// Each switch does one thing.
TEST_F(Stickiness, IsNotWhatCheckQuorumTurnsOn) {
  Server follows = follower({.check_quorum = true});
  EXPECT_TRUE(granted(follows, kS2, ask(4, {0, 0})));
  Server leads = leader({.term = 3, .settings = {.check_quorum = true}});
  EXPECT_TRUE(granted(leads, kS2, ask(4, {0, 0})));
}

// "within the minimum election timeout of hearing from a current leader": a leader hears from
// itself as long as a quorum hears from it; beyond that it must give way, else it would lead for
// ever.
TEST_F(Stickiness, OfALeaderLastsAsLongAsAQuorumHearsIt) {
  Server s = leader({.term = 3, .settings = kSticky});
  s.pass(kElectionTimeout - Duration{1});
  EXPECT_FALSE(granted(s, kS2, ask(4, {0, 0})));
  EXPECT_EQ(s.role(), Role::leader);
  s.pass(Duration{1});
  EXPECT_TRUE(sent<RequestVoteReply>(s.receive(kS2, ask(4, {0, 0}))).at(0).vote_granted);
}

// Before the restart it may have answered a leader that trusts its lease.
TEST_F(Stickiness, AfterARestartIsToAnyLeaderThatMayHaveALease) {
  Settings lease = {.noop_on_election = true, .leader_stickiness = true, .reads = Reads::lease};
  Server s({.term = 3, .settings = lease, .election_timeout_max = 2 * kElectionTimeout});
  s.pass(kElectionTimeout - Duration{1});
  EXPECT_FALSE(granted(s, kS2, ask(4, {0, 0})));
  s.pass(Duration{1});
  EXPECT_TRUE(granted(s, kS2, ask(4, {0, 0})));
  Server fresh({.settings = lease});
  EXPECT_TRUE(granted(fresh, kS2, ask(1, {0, 0}))) << "in no term was there a leader yet";
  Server reads_index({.term = 3, .settings = kSticky});
  EXPECT_TRUE(granted(reads_index, kS2, ask(4, {0, 0})));
}

}  // namespace
}  // namespace raft::test
