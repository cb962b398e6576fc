// SPDX-License-Identifier: Apache-2.0
// agree and start: the lab's one() and Start().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

AgreeStep agree(unsigned nodes, bool retry = true) {
  AgreeStep step;
  step.nodes = nodes;
  step.retry = retry;
  return step;
}

std::size_t count(const ScriptedCluster& cluster, workload::EventKind kind) {
  std::size_t number = 0;
  for (const workload::Event& event : cluster.history())
    number += event.kind == kind ? 1 : 0;
  return number;
}

TEST(Agree, ends_when_so_many_nodes_applied_the_command) {
  ScriptedCluster cluster(three_nodes({step(agree(3)), step(SleepStep{ms(1000)})}));
  cluster.apply = {n(1), n(2)};
  cluster.boot();
  cluster.lead(2, 1);
  cluster.pass(ms(500));
  EXPECT_THAT(cluster.said<Expectation>(), SizeIs(0));
  cluster.apply_at(3, 1);
  cluster.pass(ms(5));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
}

TEST(Agree, waits_for_a_leader_and_asks_those_in_touch_in_turn) {
  ScriptedCluster cluster(three_nodes({step(agree(3)), step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.pass(ms(1000));
  EXPECT_GT(count(cluster, workload::EventKind::fail), 3u);
  EXPECT_LT(count(cluster, workload::EventKind::fail), 100u);
  cluster.lead(3, 1);
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(count(cluster, workload::EventKind::ok), 1u);
}

TEST(Agree, several_commands_stand_at_consecutive_indexes) {
  AgreeStep three = agree(3, false);
  three.times = 3;
  three.log_index = raft::Index{1};
  ScriptedCluster cluster(three_nodes({step(three), step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(200));
  EXPECT_EQ(cluster.said<Expectation>().front().observed, "up to index 3");
}

TEST(Agree, another_index_than_expected_fails) {
  AgreeStep at_two = agree(3);
  at_two.log_index = raft::Index{2};
  ScriptedCluster cluster(three_nodes({step(at_two, 9)}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().line, 9);
  EXPECT_EQ(cluster.not_met().observed, "it stands at index 1");
}

TEST(Agree, without_retry_one_accepted_try_must_do) {
  ScriptedCluster cluster(three_nodes({step(agree(3, false))}));
  cluster.apply = {n(1)};
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().observed, "1 of 3 nodes applied it in 2s");
  EXPECT_NEAR(static_cast<double>((cluster.now() - ms(1000)).count()), 2e6, 1e5);
}

TEST(Agree, with_retry_it_tries_for_ten_seconds) {
  ScriptedCluster cluster(three_nodes({step(agree(3))}));
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_THAT(cluster.not_met().observed, HasSubstr("no agreement in 10s"));
  EXPECT_NEAR(static_cast<double>((cluster.now() - ms(1000)).count()), 10e6, 1e5);
  // Each try is an operation whose outcome is not known.
  EXPECT_EQ(count(cluster, workload::EventKind::info), 5u);
  EXPECT_EQ(count(cluster, workload::EventKind::ok), 0u);
}

TEST(Agree, an_isolated_leader_is_not_asked) {
  ScriptedCluster cluster(three_nodes(
      {step(isolate(target(Target::Kind::leader))), step(agree(2)), step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(100));
  for (const workload::Event& event : cluster.history())
    EXPECT_NE(event.kind, workload::EventKind::ok);
  cluster.lead(2, 2);
  cluster.pass(ms(100));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(cluster.history().back().node, n(2));
}

StartStep start(Target target, unsigned count = 1) {
  StartStep step;
  step.target = std::move(target);
  step.count = count;
  return step;
}

TEST(Start, hands_commands_over_and_does_not_wait_for_them) {
  StartStep three = start(target(Target::Kind::leader), 3);
  three.accepted = true;
  three.log_index = {{1}, {2}};
  ScriptedCluster cluster(three_nodes({step(three), step(SleepStep{ms(1000)})}));
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(50));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_THAT(cluster.said<StepFired>(), SizeIs(2));
  EXPECT_EQ(count(cluster, workload::EventKind::invoke), 3u);
  // Each is a client of its own, with one operation.
  for (const workload::Event& event : cluster.history())
    EXPECT_EQ(event.request, 1u);
}

TEST(Start, refused_where_accepted_was_expected_fails) {
  StartStep at_follower = start(node_target(2));
  at_follower.accepted = true;
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(5)}), step(at_follower)}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().observed, "n2 refused");
}

TEST(Start, another_index_than_expected_fails) {
  StartStep at_four = start(node_target(1));
  at_four.log_index = {{4}};
  ScriptedCluster cluster(three_nodes({step(SleepStep{ms(5)}), step(at_four)}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.not_met().observed, "n1 accepted at index 1");
}

TEST(Start, all_nodes_can_be_handed_one) {
  ScriptedCluster cluster(three_nodes(
      {step(SleepStep{ms(5)}), step(start(target(Target::Kind::all))), step(SleepStep{ms(1000)})}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(50));
  EXPECT_TRUE(cluster.said<Expectation>().front().met);
  EXPECT_EQ(count(cluster, workload::EventKind::ok), 1u);
  EXPECT_EQ(count(cluster, workload::EventKind::fail), 2u);
}

TEST(Start, a_node_that_says_nothing_has_not_accepted) {
  StartStep silent = start(node_target(1));
  silent.accepted = true;
  ScriptedCluster cluster(three_nodes({step(silent)}));
  cluster.silence(1);
  cluster.boot();
  cluster.pass_until_over();
  EXPECT_FALSE(cluster.not_met().met);
}

}  // namespace
}  // namespace scenario
