// SPDX-License-Identifier: Apache-2.0
// Cluster membership changes: section 6, with learners (dissertation, 4.2.1).
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

using Refusal = Proposal::Refusal;
using Nodes = std::vector<NodeId>;

const Configuration kThree{{kS1, kS2, kS3}, {}, {}};

Server settled(const Configuration& configuration = kThree, std::uint64_t self = 1) {
  return settled_leader({.term = 2,
                         .configuration = configuration,
                         .settings = {.noop_on_election = true},
                         .self = self});
}

// All of `members` accept all that there is.
void replicate_to(Server& s, const Nodes& members) {
  const std::uint64_t last = s->log().last_index().value;
  for (NodeId member : members)
    s.receive(member, accepted({.asked_in = s.term(), .prev = last, .match = last}));
}

Configuration latest_entry(const Server& s) {
  return decode_configuration(commands_of(s->log()).back()).value();
}

TEST(Membership, IsRefusedByWhoDoesNotLead) {
  Server s({.term = 2});
  s.receive(kS2, append({.term = 2}));
  const Output out = s.change_members({kS1, kS2});
  EXPECT_EQ(out.proposal->refusal, Refusal::not_leader);
  EXPECT_EQ(out.proposal->leader, kS2);
}

TEST(Membership, IsRefusedWhereItIsNone) {
  Server s = settled();
  const std::string before = s.state();
  for (const auto& [voters, learners] : std::vector<std::pair<Nodes, Nodes>>{
           {{}, {}},
           {{}, {kS1}},
           {{kS2, kS1}, {}},
           {{kS1, kS1}, {}},
           {{NodeId{}, kS1}, {}},
           {{kS1}, {kS3, kS2}},
           {{kS1}, {kS2, kS2}},
           {{kS1}, {NodeId{}}},
           {{kS1, kS2}, {kS2}},
       }) {
    EXPECT_EQ(s.change_members(voters, learners).proposal->refusal, Refusal::invalid);
  }
  EXPECT_EQ(s.state(), before);
  EXPECT_EQ(s.change_members({kS1, kS2, kS3}).proposal->refusal, Refusal::no_change);
}

// Ongaro's erratum (raft-dev, 2015-07-10).
TEST(Membership, IsRefusedUntilTheLeaderHasCommittedInItsOwnTerm) {
  Server s = leader({.term = 2, .log = {1}});
  EXPECT_EQ(s.change_members({kS1, kS2}).proposal->refusal, Refusal::term_too_young);
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 1}));
  EXPECT_EQ(s.change_members({kS1, kS2}).proposal->refusal, Refusal::term_too_young);
  s.propose({"a"});
  s.accept(kS2);
  ASSERT_EQ(s.commit(), 2u);
  EXPECT_TRUE(s.change_members({kS1, kS2}).proposal->accepted());
}

TEST(Membership, OneChangeAtATime) {
  Server s = settled();
  EXPECT_TRUE(s.change_members({kS1, kS2, kS3}, {kS4}).proposal->accepted());
  EXPECT_EQ(s.change_members({kS1, kS2}).proposal->refusal, Refusal::change_under_way)
      << "the learner is not committed";
  replicate_to(s, {kS2});
  EXPECT_TRUE(s.change_members({kS1, kS2}).proposal->accepted());
  ASSERT_TRUE(s->configuration().joint());
  EXPECT_EQ(s.change_members({kS1}).proposal->refusal, Refusal::change_under_way);
  replicate_to(s, {kS2});
  ASSERT_FALSE(s->configuration().joint());
  EXPECT_EQ(s.change_members({kS1}).proposal->refusal, Refusal::change_under_way)
      << "C_new is not committed";
  replicate_to(s, {kS2});
  EXPECT_TRUE(s.change_members({kS1}).proposal->accepted());
}

// "The leader [...] stores the configuration for joint consensus (C_old,new) as a log entry"
TEST(Membership, OfTheVotersGoesThroughAJointConfiguration) {
  Server s = settled();
  const Output out = s.change_members({kS1, kS4, kS5}, {kS2});
  EXPECT_EQ(out.proposal->first_index, Index{2});
  EXPECT_EQ(out.proposal->term, Term{2});
  const Configuration joint{{kS1, kS4, kS5}, {kS1, kS2, kS3}, {kS2}};
  EXPECT_EQ(s->configuration(), joint) << "effective when it is appended";
  EXPECT_EQ(s->configuration_index(), Index{2});
  EXPECT_EQ(latest_entry(s), joint);
  EXPECT_EQ(noted<ConfigurationChanged>(out).at(0).index, Index{2});
  EXPECT_EQ(sent<AppendEntries>(out).size(), 4u) << "all of both";
}

TEST(Membership, OfLearnersOnlyIsOneEntry) {
  Server s = settled();
  s.change_members({kS1, kS2, kS3}, {kS4});
  EXPECT_FALSE(s->configuration().joint());
  replicate_to(s, {kS2});
  EXPECT_EQ(s.commit(), 2u);
  EXPECT_EQ(s->log().last_index(), Index{2});
}

TEST(Membership, OfAJointConfigurationCommitsWithBothMajorities) {
  Server s = settled();
  s.change_members({kS1, kS4, kS5});
  replicate_to(s, {kS2, kS3});
  EXPECT_EQ(s.commit(), 1u) << "only of C_old";
  replicate_to(s, {kS4});
  EXPECT_EQ(s.commit(), 2u);
  Server t = settled();
  t.change_members({kS1, kS4, kS5});
  replicate_to(t, {kS4, kS5});
  EXPECT_EQ(t.commit(), 1u) << "only of C_new";
  replicate_to(t, {kS3});
  EXPECT_EQ(t.commit(), 2u);
}

// "Once C_old,new has been committed, [...] it is now safe for the leader to create a log entry
// describing C_new and replicate it to the cluster."
TEST(Membership, LeavesTheJointConfigurationByItself) {
  Server s = settled();
  s.change_members({kS1, kS2}, {kS3});
  EXPECT_TRUE(s->configuration().joint());
  replicate_to(s, {kS2});
  const Configuration last{{kS1, kS2}, {}, {kS3}};
  EXPECT_EQ(s->configuration(), last);
  EXPECT_EQ(s->configuration_index(), Index{3});
  EXPECT_EQ(latest_entry(s), last);
  replicate_to(s, {kS2});
  EXPECT_EQ(s.commit(), 3u);
  EXPECT_EQ(s->log().last_index(), Index{3}) << "once";
}

// What is committed before it changes nothing.
TEST(Membership, DoesNotLeaveTheJointConfigurationBeforeItIsCommitted) {
  Server s = settled();
  s.propose({"a"});
  s.change_members({kS1, kS2});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  ASSERT_EQ(s.commit(), 2u);
  EXPECT_TRUE(s->configuration().joint());
  EXPECT_EQ(s->log().last_index(), Index{3});
}

TEST(Membership, ALeaderThatIsRemovedLeadsUntilThatIsCommitted) {
  Server s = settled();
  s.change_members({kS2, kS3});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  s.receive(kS3, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  ASSERT_FALSE(s->configuration().joint());
  s.receive(kS2, accepted({.asked_in = 2, .prev = 2, .match = 3}));
  s.receive(kS3, accepted({.asked_in = 2, .prev = 2, .match = 3}));
  ASSERT_EQ(s.commit(), 3u) << "the command, and not C_new after it";
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(Membership, ANewLeaderLeavesTheJointConfigurationThatItFinds) {
  const Configuration joint{{kS1, kS2}, {kS1, kS2, kS3}, {}};
  Server s({.term = 1, .configuration = kThree});
  s.receive(kS3, append({.term = 1}, {configuration_entry(1, joint)}));
  s.receive(kS3, append({.term = 1, .prev = {1, 1}, .commit = 1}));
  ASSERT_EQ(s.commit(), 1u);
  s.wake();
  s.receive(kS2, vote(2));
  ASSERT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s.change_members({kS1}).proposal->refusal, Refusal::change_under_way);
  s.propose({"a"});
  EXPECT_TRUE(s->configuration().joint()) << "nothing of its term is committed yet";
  replicate_to(s, {kS2});
  EXPECT_FALSE(s->configuration().joint());
  EXPECT_EQ(s->configuration().voters, (Nodes{kS1, kS2}));
}

TEST(Membership, ALearnerGetsTheLogAndCountsInNoQuorum) {
  Server s = settled({{kS1, kS2, kS3}, {}, {kS4, kS5}});
  const Output out = s.propose({"a"});
  EXPECT_EQ(sent<AppendEntries>(out, kS4).at(0).entries.size(), 1u);
  replicate_to(s, {kS4, kS5});
  EXPECT_EQ(s.commit(), 1u);
  replicate_to(s, {kS3});
  EXPECT_EQ(s.commit(), 2u);
}

// nextIndex as after an election, where nothing is known yet.
TEST(Membership, ANewMemberIsProbedFromTheEnd) {
  Server s = settled();
  const Output out = s.change_members({kS1, kS2, kS3}, {kS4});
  EXPECT_EQ(s.replication(kS4), Replication::probe);
  EXPECT_EQ(s.match(kS4), 0u);
  const AppendEntries first = sent<AppendEntries>(out, kS4).at(0);
  EXPECT_EQ(first.prev_log_index, Index{2});
  EXPECT_EQ(s.match(kS2), 1u) << "of the others nothing is forgotten";
}

// A configuration is that of the log: it goes when its entry is truncated (dissertation, 4.1).
TEST(Membership, IsRolledBackWithItsEntry) {
  const Configuration joint{{kS1, kS4, kS5}, {kS1, kS2, kS3}, {}};
  const Configuration learner{{kS1, kS2, kS3}, {}, {kS4}};
  Server s({.term = 2, .log = {1}});
  s.receive(kS2, append({.term = 2, .prev = {1, 1}},
                        {configuration_entry(2, learner), configuration_entry(2, joint)}));
  ASSERT_EQ(s->configuration(), joint);
  const Output one = s.receive(kS3, append({.term = 3, .prev = {2, 2}, .entries = {3}}));
  EXPECT_EQ(s->configuration(), learner);
  EXPECT_EQ(s->configuration_index(), Index{2});
  EXPECT_EQ(noted<ConfigurationChanged>(one).at(0).configuration, learner);
  const Output nothing = s.receive(kS4, append({.term = 4, .prev = {2, 2}, .entries = {4}}));
  EXPECT_TRUE(noted<ConfigurationChanged>(nothing).empty()) << "it stands before the conflict";
  s.receive(kS5, append({.term = 5, .prev = {1, 1}, .entries = {5}}));
  EXPECT_EQ(s->configuration(), kThree);
  EXPECT_EQ(s->configuration_index(), Index{});
}

TEST(Membership, TheLastConfigurationOfAMessageIsInForce) {
  const Configuration joint{{kS1, kS2}, {kS1, kS2, kS3}, {}};
  const Configuration two{{kS1, kS2}, {}, {}};
  Server s({.term = 2});
  const Output out = s.receive(
      kS2, append({.term = 2}, {configuration_entry(2, joint), configuration_entry(2, two)}));
  EXPECT_EQ(s->configuration(), two);
  EXPECT_EQ(noted<ConfigurationChanged>(out).size(), 2u);
}

TEST(Membership, ElectionsNeedBothMajoritiesWhileItIsJoint) {
  const Configuration joint{{kS1, kS4, kS5}, {kS1, kS2, kS3}, {}};
  Server s({.term = 1});
  s.receive(kS2, append({.term = 1}, {configuration_entry(1, joint)}));
  EXPECT_EQ(sent<RequestVote>(s.wake()).size(), 4u);
  s.receive(kS4, vote(2));
  s.receive(kS5, vote(2));
  EXPECT_EQ(s.role(), Role::candidate);
  s.receive(kS2, vote(2));
  EXPECT_EQ(s.role(), Role::leader);
}

// "the leader steps down (returns to follower state) once it has committed the C_new log entry.
// [...] there will be a period of time [...] when the leader is managing a cluster that does not
// include itself; it replicates log entries but does not count itself in majorities."
TEST(Membership, ALeaderThatIsRemovedDoesNotCountItself) {
  Server s = settled();
  s.change_members({kS2, kS3});
  replicate_to(s, {kS2, kS3});
  ASSERT_EQ(s->configuration(), (Configuration{{kS2, kS3}, {}, {}}));
  replicate_to(s, {kS2});
  EXPECT_EQ(s.commit(), 2u) << "of two voters it needs both";
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(Membership, ALeaderThatIsRemovedStepsDownWithTheCommitAndNamesASuccessor) {
  Server s = settled({{kS1, kS2, kS3, kS4}, {}, {kS5}});
  s.change_members({kS2, kS3, kS4}, {kS5});
  replicate_to(s, {kS2, kS3, kS5});
  ASSERT_FALSE(s->configuration().joint());
  const std::uint64_t c_new = s->log().last_index().value;
  s.propose({"after"});
  s.receive(kS5, accepted({.asked_in = 2, .prev = c_new, .match = c_new + 1}));
  s.receive(kS4, accepted({.asked_in = 2, .prev = c_new, .match = c_new + 1}));
  ASSERT_EQ(s.role(), Role::leader);
  const Output out = s.receive(kS2, accepted({.asked_in = 2, .prev = c_new, .match = c_new}));
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.commit(), c_new);
  EXPECT_EQ(noted<RoleChanged>(out).at(0).reason, RoleChanged::Reason::removed);
  for (NodeId told : {kS2, kS3, kS4, kS5})
    EXPECT_EQ(sent<AppendEntries>(out, told).back().leader_commit, Index{c_new});
  ASSERT_EQ(sent<TimeoutNow>(out).size(), 1u);
  EXPECT_EQ(sent<TimeoutNow>(out, kS4).size(), 1u) << "the voter that is furthest";
}

TEST(Membership, ALeaderThatBecomesALearnerStepsDownToo) {
  Server s = settled();
  s.change_members({kS2, kS3}, {kS1});
  replicate_to(s, {kS2, kS3});
  replicate_to(s, {kS2, kS3});
  EXPECT_EQ(s.role(), Role::follower);
}

// Who leaves is told of the commit, and sent nothing more.
TEST(Membership, WhoLeavesGetsOneLastMessage) {
  Server s = settled();
  s.change_members({kS1, kS2});
  replicate_to(s, {kS2});
  EXPECT_EQ(s->progress().size(), 2u) << "it stays until it has been told";
  replicate_to(s, {kS2});
  ASSERT_EQ(s.commit(), 3u);
  const AppendEntries last = sent<AppendEntries>(s.wake(), kS3).at(0);
  EXPECT_EQ(last.leader_commit, Index{3});
  EXPECT_EQ(s->progress().size(), 1u);
  EXPECT_TRUE(sent<AppendEntries>(s.wake(), kS3).empty());
  EXPECT_TRUE(s.receive(kS3, accepted(last)).messages.empty());
}

// Of one that never answered, the last message has all that it can: it is its only chance.
TEST(Membership, TheLastMessageToOneThatIsBehindHasItsRemoval) {
  Server s = leader({.term = 2, .settings = {.noop_on_election = true}});
  s.accept(kS2);
  s.change_members({kS1, kS2});
  replicate_to(s, {kS2});
  replicate_to(s, {kS2});
  const AppendEntries last = sent<AppendEntries>(s.wake(), kS3).at(0);
  ASSERT_EQ(last.entries.size(), 3u);
  EXPECT_EQ(last.entries[2].kind, EntryKind::configuration);
}

}  // namespace
}  // namespace raft::test
