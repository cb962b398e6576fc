// SPDX-License-Identifier: Apache-2.0
// Steps that do something: boot, faults, kill, restart, heal, sleep, repeat; and how a run ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

namespace scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<proxy::Link> links(const proxy::Change& change) {
  return std::get<proxy::Partition>(std::get<proxy::AddRule>(change).rule.fault).cut;
}

proxy::Link link(std::uint32_t src, std::uint32_t dst) {
  return {proxy::Address{src}, proxy::Address{dst}};
}

TEST(Steps, all_nodes_go_at_the_same_time_when_all_are_ready) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(100)})}));
  cluster.boot();
  EXPECT_THAT(cluster.went(1), SizeIs(1));
  EXPECT_EQ(cluster.went(1), cluster.went(3));
  EXPECT_THAT(cluster.said<NodeStarted>(), SizeIs(3));
  EXPECT_EQ(cluster.said<NodeReady>().front().pid, 4711);
  EXPECT_EQ(cluster.said<RunStarted>().front().nodes, 3u);
}

TEST(Steps, one_follows_the_other) {
  ScriptedCluster cluster(
      three_nodes({step(SleepStep{ms(100)}), step(HealStep{"nothing"}), step(SleepStep{ms(50)})}));
  cluster.boot();
  cluster.pass(ms(99));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(1));
  cluster.pass(ms(2));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(3));
  EXPECT_EQ(cluster.said<StepFired>()[2].number, 3);
}

TEST(Steps, repeat_repeats_and_nests) {
  const std::vector<Step> inner = {step(SleepStep{ms(1)})};
  ScriptedCluster cluster(
      three_nodes({step(RepeatStep{3, {step(RepeatStep{2, inner}), step(SleepStep{ms(1)})}})}));
  cluster.boot();
  cluster.pass(ms(50));
  std::vector<int> numbers;
  for (const StepFired& fired : cluster.said<StepFired>())
    numbers.push_back(fired.number);
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 3, 4, 2, 3, 3, 4, 2, 3, 3, 4));
}

TEST(Steps, a_partition_cuts_and_its_duration_heals) {
  ScriptedCluster cluster(
      three_nodes({step(isolate(node_target(2), "cut", ms(100))), step(SleepStep{ms(500)})}));
  cluster.boot();
  cluster.pass(ms(5));
  ASSERT_THAT(cluster.changes(), SizeIs(1));
  EXPECT_THAT(links(cluster.changes()[0]),
              ElementsAre(link(1, 2), link(2, 1), link(2, 3), link(3, 2)));
  EXPECT_TRUE(cluster.interpreter().view().is_isolated(n(2)));
  EXPECT_EQ(cluster.said<FaultStarted>().front().targets, std::vector{n(2)});
  cluster.pass(ms(100));
  ASSERT_THAT(cluster.changes(), SizeIs(2));
  EXPECT_EQ(std::get<proxy::RemoveRule>(cluster.changes()[1]).id, "cut");
  EXPECT_FALSE(cluster.interpreter().view().is_isolated(n(2)));
  EXPECT_EQ(cluster.said<FaultEnded>().front().id, "cut");
}

TEST(Steps, a_fault_is_over_when_the_network_says_that_it_is_in_effect) {
  ScriptedCluster cluster(
      three_nodes({step(isolate(node_target(2))), step(HealStep{}), step(SleepStep{ms(100)})}));
  cluster.acknowledges_rules = false;
  cluster.boot();
  cluster.pass(ms(1000));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(1));
  cluster.deliver(cluster::NetworkReport{proxy::Done{1}});
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_TRUE(std::holds_alternative<proxy::HealAll>(cluster.changes().back()));
}

TEST(Steps, the_same_fault_again_ends_the_first) {
  ScriptedCluster cluster(three_nodes(
      {step(RepeatStep{2, {step(isolate(node_target(1)))}}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(50));
  ASSERT_THAT(cluster.changes(), SizeIs(3));
  EXPECT_TRUE(std::holds_alternative<proxy::RemoveRule>(cluster.changes()[1]));
  EXPECT_THAT(cluster.said<FaultEnded>(), SizeIs(1));
}

TEST(Steps, groups_are_cut_from_each_other_and_those_outside_the_majority_count_as_isolated) {
  PartitionFault fault;
  fault.groups = {node_target(3)};
  ScriptedCluster cluster(
      three_nodes({step(FaultStep{fault, "split", {}, false}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(5));
  EXPECT_THAT(links(cluster.changes()[0]),
              ElementsAre(link(1, 3), link(2, 3), link(3, 1), link(3, 2)));
  EXPECT_THAT(cluster.interpreter().view().connected(), ElementsAre(n(1), n(2)));
}

TEST(Steps, loss_and_delay_become_rules) {
  LossFault loss;
  loss.percent = 15;
  loss.link.messages = {proxy::MessageType::append_entries};
  DelayFault delay;
  delay.latency = ms(80);
  delay.jitter = ms(40);
  delay.distribution = DelayFault::Distribution::normal;
  delay.link.src = node_target(1);
  delay.link.dst = node_target(3);
  ScriptedCluster cluster(
      three_nodes({step(FaultStep{loss, "lossy", {}, true}),
                   step(FaultStep{delay, "slow", {}, false}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(10));
  ASSERT_THAT(cluster.changes(), SizeIs(2));
  const auto& first = std::get<proxy::AddRule>(cluster.changes()[0]).rule;
  EXPECT_EQ(first, (proxy::Rule{
                       "lossy", {{}, {}, {proxy::MessageType::append_entries}}, proxy::Loss{15}}));
  const auto& second = std::get<proxy::AddRule>(cluster.changes()[1]).rule;
  EXPECT_EQ(second, (proxy::Rule{"slow",
                                 {{proxy::Address{1}}, {proxy::Address{3}}, {}},
                                 proxy::Delay{ms(80), ms(40), proxy::Distribution::normal}}));
  EXPECT_TRUE(cluster.said<FaultStarted>()[0].may_not_match);
}

TEST(Steps, kill_waits_for_the_end_and_restart_for_readiness) {
  ScriptedCluster cluster(
      three_nodes({step(kill(node_target(2))), step(RestartStep{target(Target::Kind::all)}),
                   step(SleepStep{ms(100)})}));
  cluster.boot();
  EXPECT_THAT(cluster.said<NodeKilled>(), SizeIs(1));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(1));
  cluster.pass(ms(1));
  EXPECT_THAT(cluster.said<NodeEnded>(), SizeIs(1));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_THAT(cluster.went(2), SizeIs(1));
  cluster.pass(ms(1));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(3));
  EXPECT_EQ(cluster.said<NodeStarted>().back().incarnation, 2u);
  EXPECT_THAT(cluster.went(2), SizeIs(2)) << "it takes part at once";
  EXPECT_THAT(cluster.went(1), SizeIs(1));
}

TEST(Steps, restart_after_comes_in_the_background) {
  ScriptedCluster cluster(
      three_nodes({step(kill(node_target(2), ms(50))), step(SleepStep{ms(200)})}));
  cluster.boot();
  cluster.pass(ms(45));
  EXPECT_FALSE(cluster.interpreter().view().at(n(2)).up);
  cluster.pass(ms(10));
  EXPECT_TRUE(cluster.interpreter().view().at(n(2)).ready);
}

TEST(Steps, a_restart_that_is_due_before_the_end_is_known_comes_at_the_end) {
  ScriptedCluster cluster(
      three_nodes({step(kill(node_target(2), ms(0))), step(SleepStep{ms(200)})}));
  cluster.boot();
  cluster.pass(ms(5));
  EXPECT_EQ(cluster.interpreter().view().at(n(2)).incarnation, 2u);
}

TEST(Steps, a_fault_on_the_leader_waits_for_one) {
  ScriptedCluster cluster(
      three_nodes({step(isolate(target(Target::Kind::leader))), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(300));
  EXPECT_THAT(cluster.changes(), IsEmpty());
  cluster.lead(3, 1);
  cluster.pass(ms(5));
  EXPECT_EQ(cluster.said<FaultStarted>().front().targets, std::vector{n(3)});
  EXPECT_EQ(cluster.said<TargetResolved>().front().word, "leader");
}

TEST(Steps, a_fault_on_nobody_is_not_as_expected) {
  ScriptedCluster cluster(
      three_nodes({step(isolate(target(Target::Kind::leader)), 12), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(6000));
  EXPECT_EQ(cluster.not_met().line, 12);
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::expectation_failed);
}

TEST(Steps, a_fault_that_may_miss_does_not_wait) {
  FaultStep fault = isolate(target(Target::Kind::leader));
  fault.may_not_match = true;
  ScriptedCluster cluster(three_nodes({step(fault), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(5));
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_THAT(cluster.said<FaultStarted>(), IsEmpty());
  EXPECT_THAT(cluster.said<Expectation>(), IsEmpty());
}

TEST(Steps, a_node_that_ends_by_itself_ends_the_run) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.crash(2);
  cluster.pass(ms(5));
  EXPECT_TRUE(cluster.over());
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::node_exited);
  EXPECT_FALSE(cluster.said<NodeEnded>().front().expected);
  EXPECT_EQ(cluster.said<NodeEnded>().front().reason, "assertion failed");
}

TEST(Steps, a_network_that_takes_no_rule_is_a_harness_error) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(1000)})}));
  cluster.boot();
  EXPECT_THROW(cluster.deliver(cluster::NetworkReport{proxy::Refused{1, "no node n9"}}),
               cluster::HarnessError);
}

TEST(Steps, a_node_that_does_not_come_up_is_a_harness_error) {
  const Scenario scenario = three_nodes({step(SleepStep{ms(1000)})});
  Interpreter interpreter(scenario, {"scripted", "", ""});
  interpreter.start(raft::Time(0));
  ASSERT_TRUE(interpreter.wake_at());
  EXPECT_THROW(interpreter.on(cluster::DeadlineReached{}, *interpreter.wake_at()),
               cluster::HarnessError);
}

TEST(Steps, a_run_that_is_cut_short_says_so_once) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(1000)}, 5)}));
  cluster.boot();
  cluster.cut(RunEnded::Reason::time_limit);
  EXPECT_TRUE(cluster.over());
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::time_limit);
  EXPECT_THAT(cluster.not_met().observed, HasSubstr("sleep 1s"));
  EXPECT_EQ(cluster.not_met().about, Expectation::About::time);
}

TEST(Steps, an_interrupt_ends_the_run) {
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.deliver(cluster::Interrupted{2});
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::interrupted);
}

}  // namespace
}  // namespace scenario
