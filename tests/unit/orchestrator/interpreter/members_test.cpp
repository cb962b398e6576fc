// SPDX-License-Identifier: Apache-2.0
// Steps that ask the leader: other members, another leader.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

namespace scenario {
namespace {

using raft::NodeId;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Change = MembersStep::Change;
using Refusal = raft::Proposal::Refusal;

MembersStep change(Change what, Target nodes, Duration timeout = ms(2000)) {
  return {.change = what, .nodes = std::move(nodes), .replacing = {}, .timeout = timeout};
}

// n1 to n3 vote, n4 waits.
Scenario four_nodes(std::vector<Step> steps) {
  Scenario scenario = three_nodes(std::move(steps));
  scenario.cluster.nodes = 4;
  scenario.cluster.voters = {n(1), n(2), n(3)};
  return scenario;
}

TEST(Members, the_leader_is_asked_and_the_step_ends_when_the_change_is_committed) {
  ScriptedCluster cluster(four_nodes({step(change(Change::add, node_target(4)))}));
  cluster.boot();
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.asked<node::ChangeMembers>(), IsEmpty()) << "nobody leads";
  cluster.lead(2, 1);
  cluster.pass(ms(60));
  const auto asked = cluster.asked<node::ChangeMembers>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].first, n(2));
  EXPECT_THAT(asked[0].second.voters, ElementsAre(n(4)));
  EXPECT_THAT(asked[0].second.learners, IsEmpty());
  EXPECT_THAT(asked[0].second.remove, IsEmpty());
  ASSERT_THAT(cluster.said<Expectation>(), SizeIs(1));
  EXPECT_TRUE(cluster.said<Expectation>()[0].met);
  EXPECT_EQ(cluster.said<Expectation>()[0].text, "n4 voting within 2s");
  EXPECT_THAT(cluster.said<Expectation>()[0].observed, HasSubstr("voters n1 n2 n3 n4"));
}

TEST(Members, each_verb_says_what_becomes_of_the_nodes) {
  MembersStep replace = change(Change::add, node_target(4));
  replace.replacing = target(Target::Kind::leader);
  ScriptedCluster cluster(four_nodes(
      {step(change(Change::add_learner, node_target(4))),
       step(change(Change::promote, node_target(4))), step(change(Change::demote, node_target(4))),
       step(change(Change::remove, node_target(4))), step(replace)}));
  cluster.boot();
  cluster.lead(2, 1);
  cluster.pass(ms(300));
  const auto asked = cluster.asked<node::ChangeMembers>();
  ASSERT_THAT(asked, SizeIs(5));
  EXPECT_THAT(asked[0].second.learners, ElementsAre(n(4)));
  EXPECT_THAT(asked[1].second.voters, ElementsAre(n(4)));
  EXPECT_THAT(asked[2].second.learners, ElementsAre(n(4)));
  EXPECT_THAT(asked[3].second.remove, ElementsAre(n(4)));
  EXPECT_THAT(asked[4].second.voters, ElementsAre(n(4)));
  EXPECT_THAT(asked[4].second.remove, ElementsAre(n(2))) << "in the same change";
}

TEST(Members, refusals_that_pass_are_asked_again_and_what_is_so_already_is_done) {
  ScriptedCluster cluster(four_nodes({step(change(Change::add, node_target(4)))}));
  cluster.refusals = {Refusal::term_too_young, Refusal::change_under_way, Refusal::transferring,
                      Refusal::not_leader, Refusal::no_change};
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(150));
  EXPECT_THAT(cluster.said<Expectation>(), IsEmpty());
  cluster.pass(ms(150));
  EXPECT_THAT(cluster.asked<node::ChangeMembers>(), SizeIs(5));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TEST(Members, who_does_not_answer_is_asked_again_and_so_is_the_next_leader) {
  ScriptedCluster cluster(four_nodes({step(change(Change::add, node_target(4)))}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.silence(1);
  cluster.pass(ms(100));
  cluster.lead(3, 2);
  cluster.pass(ms(600));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.asked<node::ChangeMembers>().back().first, n(3));
}

TEST(Members, a_change_that_was_begun_is_not_one_that_is_committed) {
  ScriptedCluster cluster(four_nodes({step(change(Change::add, node_target(4)), 7)}));
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(3000));
  EXPECT_EQ(cluster.not_met().line, 7);
  EXPECT_EQ(cluster.not_met().observed, "voters n1 n2 n3; n1 answered: begun");
  EXPECT_EQ(cluster.not_met().about, Expectation::About::time);
  EXPECT_EQ(cluster.asked<node::ChangeMembers>().size(), 4u) << "what was begun may be lost";
}

TEST(Members, without_wait_it_is_enough_that_it_was_begun) {
  MembersStep begun = change(Change::add, node_target(4));
  begun.wait = false;
  ScriptedCluster cluster(four_nodes({step(begun), step(SleepStep{ms(10)})}));
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(60));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TEST(Members, what_can_not_be_done_fails_at_once) {
  ScriptedCluster cluster(four_nodes({step(change(Change::remove, target(Target::Kind::all)))}));
  cluster.refusals = {Refusal::invalid};
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(60));
  EXPECT_EQ(cluster.not_met().observed, "it can't be done; n1 answered: invalid");
}

TEST(Members, a_change_that_may_fail_fails_nothing) {
  MembersStep hopeless = change(Change::remove, target(Target::Kind::leader), ms(300));
  hopeless.may_fail = true;
  ScriptedCluster cluster(four_nodes({step(hopeless), step(SleepStep{ms(10)})}));
  cluster.boot();
  cluster.pass(ms(301));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_THAT(cluster.said<Expectation>(), IsEmpty());
}

TEST(Members, a_word_for_nodes_is_resolved_once_somebody_leads) {
  ScriptedCluster cluster(four_nodes({step(change(Change::remove, target(Target::Kind::leader)))}));
  cluster.boot();
  cluster.pass(ms(200));
  cluster.lead(3, 1);
  cluster.pass(ms(60));
  EXPECT_THAT(cluster.asked<node::ChangeMembers>().front().second.remove, ElementsAre(n(3)));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TransferStep transfer(Target to, Duration timeout = ms(2000)) {
  return {.to = std::move(to), .timeout = timeout};
}

TEST(Transfer, is_over_when_the_target_leads_a_newer_term) {
  ScriptedCluster cluster(three_nodes({step(transfer(node_target(3)))}));
  cluster.boot();
  cluster.lead(1, 4);
  cluster.pass(ms(60));
  ASSERT_THAT(cluster.asked<node::TransferLeadership>(), SizeIs(1));
  EXPECT_EQ(cluster.asked<node::TransferLeadership>()[0].first, n(1));
  EXPECT_EQ(cluster.asked<node::TransferLeadership>()[0].second.target, n(3));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_THAT(cluster.said<Expectation>().front().observed, HasSubstr("n3 leads term 5"));
}

TEST(Transfer, is_asked_for_again_when_the_leader_has_given_it_up) {
  ScriptedCluster cluster(three_nodes({step(transfer(node_target(3)))}));
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(340));
  EXPECT_THAT(cluster.asked<node::TransferLeadership>(), SizeIs(1));
  cluster.takes_commands = true;
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.asked<node::TransferLeadership>(), SizeIs(2));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TEST(Transfer, to_who_does_not_get_there_is_not_met) {
  ScriptedCluster cluster(three_nodes({step(transfer(node_target(3), ms(500)))}));
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(600));
  EXPECT_EQ(cluster.not_met().text, "n3 leads a newer term within 500ms");
  EXPECT_THAT(cluster.not_met().observed, HasSubstr("n1 leads term 1"));
}

TEST(Transfer, to_the_leader_is_done) {
  ScriptedCluster cluster(three_nodes({step(transfer(target(Target::Kind::leader)))}));
  cluster.refusals = {Refusal::no_change};
  cluster.boot();
  cluster.lead(2, 1);
  cluster.pass(ms(60));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

}  // namespace
}  // namespace scenario
