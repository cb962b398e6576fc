// SPDX-License-Identifier: Apache-2.0
// Leadership transfer (dissertation, 3.10).
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

using Refusal = Proposal::Refusal;
using Phase = TransferChanged::Phase;

// "1. The prior leader stops accepting new client requests."
TEST(Transfer, TakesNoProposalsMeanwhile) {
  Server s = settled_leader({.term = 2, .settings = {.noop_on_election = true}});
  EXPECT_TRUE(s.transfer_to(kS2).proposal->accepted());
  const std::string before = s.state();
  EXPECT_EQ(s.propose({"a"}).proposal->refusal, Refusal::transferring);
  EXPECT_EQ(s.change_members({kS1, kS2}).proposal->refusal, Refusal::transferring);
  EXPECT_EQ(s.transfer_to(kS3).proposal->refusal, Refusal::transferring);
  EXPECT_EQ(s.state(), before);
}

// "2. The prior leader fully updates the target server's log to match its own. [...] 3. The prior
// leader sends a TimeoutNow request to the target server."
TEST(Transfer, WaitsUntilTheTargetHasTheWholeLog) {
  Server s = settled_leader({.term = 2, .settings = {.max_append_entries = 1}});
  s.propose({"a", "b"});
  const Output started = s.transfer_to(kS2);
  EXPECT_TRUE(started.messages.empty());
  EXPECT_EQ(noted<TransferChanged>(started).at(0).phase, Phase::started);
  EXPECT_TRUE(sent<TimeoutNow>(s.receive(kS3, accepted({.asked_in = 2, .match = 2}))).empty());
  EXPECT_TRUE(sent<TimeoutNow>(s.receive(kS2, accepted({.asked_in = 2, .match = 1}))).empty());
  const Output out = s.receive(kS2, accepted({.asked_in = 2, .match = 2}));
  EXPECT_EQ(sent<TimeoutNow>(out, kS2).at(0).term, Term{2});
  EXPECT_EQ(noted<TransferChanged>(out).at(0).phase, Phase::sent_timeout_now);
  EXPECT_TRUE(sent<TimeoutNow>(s.receive(kS2, accepted({.asked_in = 2, .match = 2}))).empty())
      << "once";
}

TEST(Transfer, ToAServerThatHasItIsImmediate) {
  Server s = settled_leader({.term = 2});
  const Output out = s.transfer_to(kS3);
  EXPECT_EQ(sent<TimeoutNow>(out, kS3).size(), 1u);
  EXPECT_EQ(out.messages.size(), 1u);
  EXPECT_EQ(s.role(), Role::leader) << "until a newer term comes";
}

// "If leadership transfer does not complete after about an election timeout, the prior leader
// aborts the transfer and resumes accepting client requests."
TEST(Transfer, IsAbortedAtItsDeadline) {
  Server s = settled_leader({.term = 2, .election_timeout_max = kElectionTimeout + Duration{7}});
  s.propose({"a"});
  s.transfer_to(kS2);
  const Time deadline = s.now() + kElectionTimeout + Duration{7};
  s.pass(kElectionTimeout + Duration{6});
  s.tick();
  EXPECT_EQ(s.propose({"b"}).proposal->refusal, Refusal::transferring);
  EXPECT_EQ(s.deadline(), deadline);
  const Output out = s.wake();
  EXPECT_EQ(noted<TransferChanged>(out).at(0).phase, Phase::deadline_passed);
  EXPECT_EQ(noted<TransferChanged>(out).at(0).target, kS2);
  EXPECT_TRUE(s.propose({"b"}).proposal->accepted());
  EXPECT_TRUE(sent<TimeoutNow>(s.receive(kS2, accepted({.asked_in = 2, .match = 2}))).empty())
      << "the target is up to date too late";
  EXPECT_TRUE(s.transfer_to(kS2).proposal->accepted()) << "and may be asked again";
}

TEST(Transfer, IsRefusedWhereItMakesNoSense) {
  Server follower({.term = 2});
  follower.receive(kS3, append({.term = 2}));
  const Output out = follower.transfer_to(kS2);
  EXPECT_EQ(out.proposal->refusal, Refusal::not_leader);
  EXPECT_EQ(out.proposal->leader, kS3);
  Server s = settled_leader({.term = 2, .configuration = {{kS1, kS2, kS3}, {}, {kS4}}});
  EXPECT_EQ(s.transfer_to(kS1).proposal->refusal, Refusal::no_change);
  EXPECT_EQ(s.transfer_to(kS4).proposal->refusal, Refusal::invalid) << "a learner";
  EXPECT_EQ(s.transfer_to(kS5).proposal->refusal, Refusal::invalid) << "no member";
  EXPECT_TRUE(s.propose({"a"}).proposal->accepted()) << "none has begun";
}

TEST(Transfer, IsOverWithTheLeadership) {
  Server s = settled_leader({.term = 2});
  s.transfer_to(kS2);
  s.receive(kS3, denial(2, 3));
  s.wake();
  s.receive(kS3, vote(4));
  ASSERT_EQ(s.role(), Role::leader);
  EXPECT_TRUE(s.propose({"a"}).proposal->accepted());
}

// "This has the same effect as the target server's election timer firing": but it asks nobody
// first, and its requests say that the leader wants it.
TEST(TimeoutNow, StartsAnElectionAtOnce) {
  Server s({.term = 2, .settings = {.pre_vote = true, .leader_stickiness = true}});
  s.receive(kS2, append({.term = 2}));
  s.pass(Duration{1'000});
  const Output out = s.receive(kS2, TimeoutNow{Term{2}});
  EXPECT_EQ(s.role(), Role::candidate);
  EXPECT_EQ(s.term(), 3u);
  EXPECT_EQ(s.voted_for(), kS1);
  const RequestVote request = sent<RequestVote>(out, kS3).at(0);
  EXPECT_FALSE(request.pre_vote);
  EXPECT_TRUE(request.transfer);
  EXPECT_EQ(noted<RoleChanged>(out).at(0).reason, RoleChanged::Reason::transfer);
  EXPECT_TRUE(noted<TimedOut>(out).empty());
  EXPECT_EQ(s.deadline(), s.now() + kElectionTimeout);
}

TEST(TimeoutNow, IsNotWhatALaterCandidacyRestsOn) {
  Server s({.term = 2});
  s.receive(kS2, TimeoutNow{Term{2}});
  EXPECT_FALSE(sent<RequestVote>(s.wake(), kS3).at(0).transfer);
}

TEST(TimeoutNow, OfAnOldTermIsIgnored) {
  Server s({.term = 3});
  EXPECT_TRUE(s.receive(kS2, TimeoutNow{Term{2}}).messages.empty());
  EXPECT_EQ(s.role(), Role::follower);
}

TEST(TimeoutNow, OfANewerTermBringsThatTerm) {
  Server s({.term = 1});
  s.receive(kS2, TimeoutNow{Term{4}});
  EXPECT_EQ(s.role(), Role::candidate);
  EXPECT_EQ(s.term(), 5u);
}

TEST(TimeoutNow, IsNotForALearner) {
  Server s({.term = 2, .configuration = {{kS2, kS3}, {}, {kS1}}});
  EXPECT_TRUE(s.receive(kS2, TimeoutNow{Term{2}}).messages.empty());
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 2u);
}

TEST(TimeoutNow, WaitsForTheOwnVoteLikeAnyElection) {
  Server s({.term = 2, .sync = Sync::when_told});
  EXPECT_TRUE(s.receive(kS2, TimeoutNow{Term{2}}).messages.empty());
  EXPECT_EQ(sent<RequestVote>(s.persisted()).size(), 2u);
}

}  // namespace
}  // namespace raft::test
