// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "Rules for Servers": all servers, followers, candidates, leaders.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(TermRule, IsAppliedBeforeTheMessageIsHandled) {
  Server s = leader({.term = 2, .log = {1}});
  const Output out = s.receive(kS2, ask(3, {1, 1}));
  EXPECT_TRUE(sent<RequestVoteReply>(out, kS2).at(0).vote_granted);
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 3u);

  Server appended = leader({.term = 2, .log = {1}});
  EXPECT_TRUE(only<AppendEntriesReply>(
                  appended.receive(kS2, append({.term = 3, .prev = {1, 1}, .entries = {3}})))
                  .success);
  EXPECT_EQ(appended->leader(), kS2);
}

TEST(TermRule, HoldsForEveryRequestAndReply) {
  const std::vector<Message> of_term_7 = {ask(7, {0, 0}), denial(3, 7), append({.term = 7}),
                                          refused({.asked_in = 3, .term = 7})};
  for (const Message& message : of_term_7) {
    for (Server s : {Server({.term = 3}), candidate({.term = 3}), leader({.term = 3})}) {
      const Output out = s.receive(kS2, message);
      EXPECT_EQ(s.term(), 7u) << name_of(message);
      EXPECT_EQ(s.role(), Role::follower) << name_of(message);
      EXPECT_EQ(noted<TermAdvanced>(out).size(), 1u) << name_of(message);
    }
  }
}

TEST(TermRule, HoldsThoughTheVoteIsDenied) {
  Server s = leader({.term = 3, .log = {2}});
  EXPECT_FALSE(only<RequestVoteReply>(s.receive(kS2, ask(5, {1, 1}))).vote_granted);
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 5u);
  EXPECT_EQ(s.voted_for(), NodeId{});
}

TEST(TermRule, AnOldTermChangesNoRole) {
  for (Server s : {candidate({.term = 3}), leader({.term = 3})}) {
    const std::string before = s.state();
    s.receive(kS2, append({.term = 2}));
    s.receive(kS2, ask(2, {0, 0}));
    s.receive(kS2, denial(2));
    EXPECT_EQ(s.state(), before);
  }
}

TEST(TermRule, ANewTermHasNoLeaderYet) {
  Server s({.term = 2});
  s.receive(kS2, append({.term = 2}));
  ASSERT_EQ(s->leader(), kS2);
  s.receive(kS3, ask(3, {0, 0}));
  EXPECT_EQ(s->leader(), NodeId{});
}

TEST(Apply, IsInOrderAndOnce) {
  Server s({.term = 1});
  Index expected{1};
  const auto applies = [&](std::uint64_t up_to, const Output& out) {
    EXPECT_EQ(out.apply.first, expected);
    EXPECT_EQ(out.apply.last, Index{up_to});
    expected = Index{up_to + 1};
  };
  EXPECT_TRUE(s.receive(kS2, append({.term = 1, .entries = {1, 1, 1, 1}})).apply.empty());
  applies(1, s.receive(kS2, append({.term = 1, .prev = {4, 1}, .commit = 1})));
  EXPECT_TRUE(s.receive(kS2, append({.term = 1, .prev = {4, 1}, .commit = 1})).apply.empty());
  applies(4, s.receive(kS2, append({.term = 1, .prev = {4, 1}, .commit = 4})));
  EXPECT_TRUE(s.receive(kS2, append({.term = 1, .prev = {4, 1}, .commit = 2})).apply.empty());
  EXPECT_EQ(s->last_applied(), Index{4});
}

TEST(Apply, WaitsForTheOwnDisk) {
  Server s({.term = 1, .sync = Sync::when_told});
  const Output out = s.receive(kS2, append({.term = 1, .entries = {1, 1}, .commit = 2}));
  EXPECT_EQ(s.commit(), 2u);
  EXPECT_TRUE(out.apply.empty());
  EXPECT_EQ(s.persisted().apply.last, Index{2});
}

TEST(Apply, ReachesNoFurtherThanTheCommitIndex) {
  Server s = leader({.term = 1});
  s.propose({"a", "b"});
  const Output out = s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(out.apply.last, Index{1});
}

TEST(Follower, StartsAnElectionWhenItsTimerElapsesAndNotBefore) {
  Server s({.term = 3, .voted_for = 2});
  s.pass(kElectionTimeout - Duration{1});
  s.tick();
  EXPECT_EQ(s.role(), Role::follower);
  s.pass(Duration{1});
  const Output out = s.tick();
  EXPECT_EQ(s.role(), Role::candidate);
  EXPECT_EQ(s.term(), 4u);
  EXPECT_EQ(s.voted_for(), kS1);
  EXPECT_EQ(sent<RequestVote>(out).size(), 2u);
  EXPECT_EQ(noted<TimedOut>(out).at(0).term, Term{3});
}

TEST(Follower, RefusesAProposalAndNamesTheLeader) {
  Server s({.term = 3});
  EXPECT_EQ(s.propose({"a"}).proposal->leader, NodeId{});
  s.receive(kS2, append({.term = 3}));
  const Output out = s.propose({"a"});
  ASSERT_TRUE(out.proposal);
  EXPECT_FALSE(out.proposal->accepted());
  EXPECT_EQ(out.proposal->leader, kS2);
  EXPECT_EQ(s.log(), Terms{});
}

// "If you are a candidate, but the election timer fires, you should start another election"
// (students' guide).
TEST(Candidate, RestartsTheElectionOnTimeout) {
  Server s = candidate({.term = 3, .members = 5});
  s.receive(kS2, vote(3));
  const Output out = s.wake();
  EXPECT_EQ(s.role(), Role::candidate);
  EXPECT_EQ(s.term(), 4u);
  EXPECT_EQ(s.voted_for(), kS1);
  EXPECT_EQ(sent<RequestVote>(out).size(), 4u);
  EXPECT_EQ(noted<TimedOut>(out).at(0).role, Role::candidate);
  s.receive(kS3, vote(4));
  EXPECT_EQ(s.role(), Role::candidate) << "the votes of the election before count no more";
}

TEST(Candidate, ConvertsToFollowerOnAppendEntriesOfANewLeader) {
  Server s = candidate({.term = 3, .log = {1}});
  EXPECT_TRUE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 3, .prev = {1, 1}}))).success);
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s->leader(), kS2);
}

TEST(Candidate, ConvertsToFollowerThoughTheLogsDoNotMatch) {
  Server s = candidate({.term = 3});
  EXPECT_FALSE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 3, .prev = {1, 1}}))).success);
  EXPECT_EQ(s.role(), Role::follower);
}

TEST(Candidate, DoesNotYieldToAppendEntriesOfAnOldTerm) {
  Server s = candidate({.term = 3});
  s.receive(kS2, append({.term = 2}));
  EXPECT_EQ(s.role(), Role::candidate);
}

// "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server".
TEST(Leader, SendsEmptyAppendEntriesUponElection) {
  Server s = candidate({.term = 3, .log = {1, 2}});
  const Output out = s.receive(kS2, vote(3));
  ASSERT_EQ(out.messages.size(), 2u);
  for (NodeId peer : {kS2, kS3}) {
    const AppendEntries heartbeat = sent<AppendEntries>(out, peer).at(0);
    EXPECT_EQ(heartbeat.term, Term{3});
    EXPECT_EQ(heartbeat.prev_log_index, Index{2});
    EXPECT_EQ(heartbeat.prev_log_term, Term{2});
    EXPECT_TRUE(heartbeat.entries.empty());
  }
}

// "... each leader commits a blank no-op entry into the log at the start of its term" (section 8).
TEST(Leader, AppendsANoOpUponElectionWhereThatIsOn) {
  Server s = candidate({.term = 3, .log = {1}, .settings = {.noop_on_election = true}});
  const Output out = s.receive(kS2, vote(3));
  EXPECT_EQ(s.log(), (Terms{1, 3}));
  EXPECT_EQ(s->log().at(Index{2}).kind, EntryKind::noop);
  EXPECT_EQ(sent<AppendEntries>(out, kS2).at(0).entries.size(), 1u);
  s.receive(kS2, accepted({.asked_in = 3, .prev = 1, .match = 2}));
  EXPECT_EQ(s.commit(), 2u);
}

// Where there are no no-ops: nobody but a client could end the joint phase else.
TEST(Leader, AppendsANoOpWhereItFindsAJointConfiguration) {
  Server s({.term = 1});
  s.receive(kS3, append({.term = 1}, {configuration_entry(1, {{kS1, kS2}, {kS1, kS2, kS3}, {}})}));
  s.wake();
  s.receive(kS2, vote(2));
  ASSERT_EQ(s.role(), Role::leader);
  ASSERT_EQ(s.log(), (Terms{1, 2}));
  EXPECT_EQ(s->log().at(Index{2}).kind, EntryKind::noop);
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  EXPECT_EQ(s.commit(), 2u);
  EXPECT_FALSE(s->configuration().joint());
}

TEST(Leader, AppendsNoNoOpWhereTheJointConfigurationIsLeft) {
  Server s({.term = 1});
  s.receive(kS3, append({.term = 1}, {configuration_entry(1, {{kS1, kS2}, {kS1, kS2, kS3}, {}}),
                                      configuration_entry(1, {{kS1, kS2}, {}, {}})}));
  s.wake();
  s.receive(kS2, vote(2));
  ASSERT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s.log(), (Terms{1, 1}));
}

TEST(Leader, RepeatsHeartbeatsWhileIdle) {
  Server s = leader({.term = 3});
  s.receive(kS2, accepted({.asked_in = 3}));
  for (int i = 0; i < 3; ++i) {
    const Time before = s.now();
    const Output out = s.wake();
    EXPECT_EQ(s.now() - before, kHeartbeatInterval);
    EXPECT_EQ(sent<AppendEntries>(out, kS2).size(), 1u);
    EXPECT_EQ(sent<AppendEntries>(out, kS3).size(), 1u);
  }
}

TEST(Leader, SendsNoHeartbeatBeforeItIsDue) {
  Server s = leader({.term = 3});
  s.pass(kHeartbeatInterval - Duration{1});
  EXPECT_TRUE(s.tick().messages.empty());
}

TEST(Leader, AppendsCommandsInOrderAndSaysWhere) {
  Server s = leader({.term = 3, .log = {1}});
  const Output out = s.propose({"a", "b"});
  ASSERT_TRUE(out.proposal);
  EXPECT_TRUE(out.proposal->accepted());
  EXPECT_EQ(out.proposal->first_index, Index{2});
  EXPECT_EQ(out.proposal->term, Term{3});
  EXPECT_EQ(out.proposal->leader, kS1);
  EXPECT_EQ(commands_of(s->log()), (std::vector<std::string>{"1.1", "a", "b"}));
}

// "Leader Append-Only: a leader never overwrites or deletes entries in its log" (Figure 3).
TEST(Leader, NeverOverwritesItsLog) {
  Server s = leader({.term = 3, .log = {1, 2}});
  s.receive(kS2, append({.term = 2, .prev = {0, 0}, .entries = {2, 2}}));
  s.receive(kS2, append({.term = 3, .prev = {0, 0}, .entries = {3}}));
  EXPECT_EQ(s.log(), (Terms{1, 2}));
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(SingleMember, ElectsItselfOnceItsVoteIsDurable) {
  Server s({.members = 1, .sync = Sync::when_told});
  EXPECT_TRUE(s.wake().messages.empty());
  EXPECT_EQ(s.role(), Role::candidate);
  s.persisted();
  EXPECT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s.term(), 1u);
}

TEST(SingleMember, CommitsWhatIsDurable) {
  Server s({.members = 1, .sync = Sync::when_told});
  s.wake();
  s.persisted();
  EXPECT_TRUE(s.propose({"a"}).apply.empty());
  EXPECT_EQ(s.commit(), 0u);
  EXPECT_EQ(s.persisted().apply.last, Index{1});
  EXPECT_EQ(s.commit(), 1u);
}

}  // namespace
}  // namespace raft::test
