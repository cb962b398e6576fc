// SPDX-License-Identifier: Apache-2.0
// Steps that look: wait_for and expect, condition by condition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using Kind = LeaderCondition::Kind;
using raft::Role;

Step pause() {
  return step(SleepStep{ms(100'000)});
}

TEST(Waits, a_wait_ends_when_the_condition_holds) {
  ScriptedCluster cluster(three_nodes({step(wait_for(leader())), pause()}));
  cluster.boot();
  cluster.pass(ms(1000));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(1));
  cluster.lead(2, 1);
  cluster.pass(ms(25));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.said<Expectation>().front().observed, "n2 leads term 1");
  EXPECT_EQ(cluster.said<LeaderSeen>().front().node, n(2));
}

TEST(Waits, a_wait_in_vain_fails_with_its_line_and_what_was_seen) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(1)}), step(wait_for(leader()), 17)}));
  cluster.boot();
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().number, 2);
  EXPECT_EQ(cluster.not_met().line, 17);
  EXPECT_EQ(cluster.not_met().text, "a leader within 5s");
  EXPECT_EQ(cluster.not_met().observed, "no node among those connected leads");
  EXPECT_EQ(cluster.not_met().about, Expectation::About::time);
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::expectation_failed);
  EXPECT_GE(cluster.now(), ms(1000 + 5000));
  EXPECT_LE(cluster.now(), ms(1000 + 5100));
}

TEST(Waits, an_expectation_looks_once_at_answers_asked_for_now) {
  ScriptedCluster cluster(
      three_nodes({step(SleepStep{ms(10)}), step(expect(leader(Kind::stable))), pause()}));
  cluster.boot();
  cluster.lead(1, 3);
  cluster.pass(ms(20));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);

  ScriptedCluster other(three_nodes({step(expect(leader())), pause()}));
  other.boot();
  other.pass(ms(5));
  EXPECT_FALSE(other.not_met().met);
}

TEST(Waits, stable_asks_that_all_connected_follow_in_its_term) {
  ScriptedCluster cluster(three_nodes({step(wait_for(leader(Kind::stable), ms(500))), pause()}));
  cluster.boot();
  cluster.say(1, Role::leader, 2, 1);
  cluster.say(2, Role::follower, 2, 1);
  cluster.say(3, Role::follower, 1, 0);
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.said<Expectation>(), SizeIs(0));
  cluster.say(3, Role::follower, 2, 1);
  cluster.pass(ms(25));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TEST(Waits, the_leader_of_the_highest_term_counts) {
  ScriptedCluster cluster(
      three_nodes({step(SleepStep{ms(5)}), step(wait_for(leader(), ms(100), "found")), pause()}));
  cluster.boot();
  cluster.say(1, Role::leader, 2, 1);
  cluster.say(3, Role::leader, 5, 3);
  cluster.pass(ms(20));
  EXPECT_THAT(cluster.said<Expectation>().front().observed, HasSubstr("n3 leads term 5"));
  EXPECT_EQ(cluster.interpreter().view().leader(), n(3));
}

TEST(Waits, who_leads_can_be_asked_for) {
  LeaderCondition is = leader();
  is.is = node_target(2);
  LeaderCondition is_not = leader();
  is_not.is_not = remembered("first");
  LeaderCondition of_term = leader();
  of_term.term = raft::Term{7};
  ScriptedCluster cluster(three_nodes({step(wait_for(leader(), ms(100), "first")), step(expect(is)),
                                       step(expect(is_not), 4), pause()}));
  cluster.boot();
  cluster.lead(2, 1);
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.said<Expectation>(), SizeIs(3));
  EXPECT_TRUE(cluster.said<Expectation>()[1].met);
  EXPECT_EQ(cluster.not_met().line, 4);

  ScriptedCluster other(three_nodes({step(wait_for(of_term, ms(100)))}));
  other.boot();
  other.lead(2, 6);
  other.pass_until_over();
  EXPECT_FALSE(other.not_met().met);
}

TEST(Waits, an_isolated_leader_is_not_asked) {
  ScriptedCluster cluster(three_nodes(
      {step(isolate(target(Target::Kind::leader))), step(expect(leader(Kind::none))), pause()}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(50));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TEST(Waits, a_leader_where_none_was_expected_fails) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(5)}), step(expect(leader(Kind::none)))}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(50));
  EXPECT_EQ(cluster.not_met().observed, "n1 leads term 1");
}

TEST(Waits, a_node_that_gives_no_answer_is_not_taken_for_one_that_agrees) {
  ScriptedCluster cluster(three_nodes({step(expect(leader(Kind::none)))}));
  cluster.silence(3);
  cluster.boot();
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().observed, "n3 gave no answer");
  EXPECT_EQ(cluster.not_met().about, Expectation::About::time);
}

TEST(Waits, two_leaders_in_a_term_fail_at_once) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.say(1, Role::leader, 4, 1);
  cluster.say(2, Role::leader, 4, 2);
  cluster.pass(ms(5));
  EXPECT_TRUE(cluster.over());
  EXPECT_EQ(cluster.not_met().observed, "n1 and n2 both lead term 4");
  EXPECT_EQ(cluster.not_met().about, Expectation::About::safety);
}

TEST(Waits, terms_are_equal_or_not) {
  ScriptedCluster cluster(
      three_nodes({step(SleepStep{ms(5)}), step(expect(TermsEqualCondition{})),
                   step(SleepStep{ms(50)}), step(expect(TermsEqualCondition{}))}));
  cluster.boot();
  cluster.lead(1, 3);
  cluster.pass(ms(30));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  cluster.say(2, Role::candidate, 4, 0);
  cluster.pass(ms(100));
  EXPECT_EQ(cluster.not_met().observed, "n1 in term 3, n2 in term 4, n3 in term 3");
}

TEST(Waits, applied_counts_nodes_that_are_down_too) {
  ScriptedCluster cluster(three_nodes(
      {step(wait_for(AppliedCondition{{4}, 2, {}}, ms(1000))), step(kill(node_target(1))),
       step(expect(AppliedCondition{{4}, 0, 2})), step(expect(AppliedCondition{{4}, 0, 1}))}));
  cluster.boot();
  cluster.apply_at(1, 4);
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.said<Expectation>(), SizeIs(0));
  cluster.apply_at(2, 5);
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>()[1].met);
  EXPECT_EQ(cluster.not_met().observed, "applied by 2 nodes");
}

TEST(Waits, too_few_applied_is_about_time) {
  ScriptedCluster cluster(three_nodes({step(expect(AppliedCondition{{1}, 3, {}}))}));
  cluster.boot();
  cluster.pass(ms(10));
  EXPECT_EQ(cluster.not_met().about, Expectation::About::time);
}

TEST(Waits, converged_holds_the_clients_back_until_all_are_equal) {
  Scenario scenario =
      three_nodes({step(SleepStep{ms(500)}), step(wait_for(ConvergedCondition{}, ms(5000))),
                   step(SleepStep{ms(500)})});
  scenario.workload = WorkloadSpec{};
  ScriptedCluster cluster(scenario);
  cluster.boot();
  cluster.lead(1, 1);
  cluster.apply = {n(1), n(2)};
  cluster.pass(ms(600));
  const std::size_t held = cluster.history().size();
  EXPECT_GT(held, 20u);
  cluster.pass(ms(300));
  EXPECT_EQ(cluster.history().size(), held);
  cluster.apply_at(3, cluster.interpreter().view().at(n(1)).applied.value);
  cluster.pass(ms(30));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  cluster.pass(ms(300));
  EXPECT_GT(cluster.history().size(), held + 10);
}

TEST(Waits, the_first_candidate_of_a_term_is_remembered) {
  ScriptedCluster cluster(
      three_nodes({step(wait_for(StartedElectionCondition{node_target(1), {1}}, ms(500))),
                   step(expect(StartedElectionCondition{node_target(2), {1}}))}));
  cluster.boot();
  cluster.say(1, Role::candidate, 1, 0);
  cluster.pass(ms(2));
  cluster.say(2, Role::candidate, 1, 0);
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.not_met().observed, "n1 was the first candidate of term 1");
}

TEST(Waits, what_a_node_acknowledged_since_it_was_cut_off) {
  const auto scenario = [] {
    Scenario s =
        three_nodes({step(isolate(target(Target::Kind::leader))), step(SleepStep{ms(500)}),
                     step(expect(AcknowledgedCondition{remembered("cut"), "cut", ms(100), 0, 0}))});
    return s;
  };
  const cluster::NodeMessage ok{n(1), 1,
                                node::ClientReply{.client = "c1",
                                                  .request = 1,
                                                  .outcome = node::OpResult{},
                                                  .log_index = {},
                                                  .term = {},
                                                  .leader = {}}};

  ScriptedCluster good(scenario());
  good.boot();
  good.lead(1, 1);
  good.pass(ms(50));
  good.deliver(ok);  // on its way when it was cut off
  good.pass(ms(500));
  EXPECT_TRUE(good.said<Expectation>().front().met);

  ScriptedCluster bad(scenario());
  bad.boot();
  bad.lead(1, 1);
  bad.pass(ms(200));
  bad.deliver(ok);
  bad.pass(ms(500));
  EXPECT_EQ(bad.not_met().observed, "1 acknowledged by n1");

  Scenario wanted = scenario();
  wanted.steps.back() =
      step(expect(AcknowledgedCondition{remembered("cut"), "cut", ms(100), 2, std::nullopt}));
  ScriptedCluster too_few(wanted);
  too_few.boot();
  too_few.lead(1, 1);
  too_few.pass(ms(200));
  too_few.deliver(ok);
  too_few.pass(ms(500));
  EXPECT_EQ(too_few.not_met().text, "at least 2 acknowledged by cut since cut");
}

TEST(Waits, the_members_as_nodes_tell_of_them) {
  const MembersCondition left{{n(1), n(2)}, {n(3)}};
  ScriptedCluster cluster(
      three_nodes({step(wait_for(left)), step(expect(MembersCondition{{n(1), n(2)}, {}}))}));
  cluster.boot();
  cluster.pass(ms(50));
  EXPECT_THAT(cluster.said<Expectation>(), testing::IsEmpty());
  cluster.configuration = {{n(1), n(2)}, {}, {n(3)}};
  cluster.configuration_index = {0};
  cluster.pass(ms(50));
  EXPECT_THAT(cluster.said<Expectation>(), testing::IsEmpty()) << "that is the first one's place";
  cluster.configuration_index = {1};
  cluster.apply_at(1, 1);
  cluster.pass(ms(50));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.not_met().observed, "voters n1 n2, learners n3");
}

TEST(Waits, a_snapshot_of_each_of_those_that_are_meant) {
  const SnapshotCondition of_two{{Target::Kind::nodes, {n(1), n(2)}, 0, ""}, {40}};
  ScriptedCluster cluster(three_nodes({step(wait_for(of_two, ms(200)))}));
  cluster.boot();
  cluster.snapshot_at(1, 50);
  cluster.snapshot_at(2, 39);
  cluster.pass(ms(300));
  EXPECT_EQ(cluster.not_met().observed, "the newest of n1 is at 50, the newest of n2 is at 39");

  ScriptedCluster good(three_nodes({step(wait_for(of_two, ms(200)))}));
  good.boot();
  good.snapshot_at(1, 50);
  good.snapshot_at(2, 40);
  good.pass(ms(100));
  EXPECT_TRUE(good.said<Expectation>().front().met);
}

TEST(Waits, a_term_that_runs_away) {
  ScriptedCluster cluster(
      three_nodes({step(SleepStep{ms(50)}), step(expect(TermAtMostCondition{{6}})),
                   step(expect(TermAtMostCondition{{5}}))}));
  cluster.boot();
  cluster.lead(1, 4);
  cluster.say(3, Role::candidate, 6, 0);
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.not_met().observed, "term 6");
}

proxy::TypeSum delivered(proxy::MessageType type, proxy::MessageKind kind, std::uint64_t messages) {
  proxy::TypeSum sum{type, kind, {}};
  sum.outcomes.sent = {messages + 5, 0};
  sum.outcomes.delivered = {messages, 0};
  return sum;
}

TEST(Waits, messages_are_those_that_the_network_delivered_replies_apart) {
  using proxy::MessageKind;
  using proxy::MessageType;
  const MessagesCondition many{MessageType::install_snapshot, 3, {}};
  ScriptedCluster cluster(
      three_nodes({step(wait_for(many, ms(500))),
                   step(expect(MessagesCondition{MessageType::install_snapshot, 0, 3})),
                   step(expect(MessagesCondition{MessageType::install_snapshot, 0, 2}))}));
  cluster.boot();
  cluster.sums.types = {delivered(MessageType::append_entries, MessageKind::request, 9),
                        delivered(MessageType::install_snapshot, MessageKind::request, 2),
                        delivered(MessageType::install_snapshot, MessageKind::reply, 2)};
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.said<Expectation>(), SizeIs(0));
  cluster.sums.types[1] = delivered(MessageType::install_snapshot, MessageKind::request, 3);
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>()[0].met);
  EXPECT_TRUE(cluster.said<Expectation>()[1].met);
  EXPECT_EQ(cluster.not_met().text, "at most 2 delivered of install_snapshot");
  EXPECT_EQ(cluster.not_met().observed, "3 delivered");
}

TEST(Waits, a_network_that_does_not_answer_delivered_nothing_that_is_known) {
  ScriptedCluster cluster(
      three_nodes({step(expect(MessagesCondition{proxy::MessageType::append_entries, 0, 100}))}));
  cluster.acknowledges_rules = false;
  cluster.boot();
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().observed, "the network gave no answer");
}

TEST(Waits, errors_are_the_answers_to_clients_of_that_type) {
  using node::ClientError;
  const auto answer = [](ClientError error) {
    return cluster::NodeMessage{n(1), 1,
                                node::ClientReply{.client = "c1",
                                                  .request = 1,
                                                  .outcome = error,
                                                  .log_index = {},
                                                  .term = {},
                                                  .leader = {}}};
  };
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(50)}),
                                       step(expect(ErrorsCondition{ClientError::expired, 2, 2})),
                                       step(expect(ErrorsCondition{ClientError::stale, 1, {}}))}));
  cluster.boot();
  cluster.deliver(answer(ClientError::expired));
  cluster.deliver(answer(ClientError::not_leader));
  cluster.deliver(answer(ClientError::expired));
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.not_met().text, "at least 1 answered stale");
  EXPECT_EQ(cluster.not_met().observed, "0 answered stale");
}

}  // namespace
}  // namespace scenario
