// SPDX-License-Identifier: Apache-2.0
// Faults of the machines that nodes run on: pause, slow, clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

namespace scenario {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

FaultStep pause(Target target, const std::string& id, std::optional<Duration> duration = {}) {
  return {PauseFault{std::move(target)}, id, duration, false};
}

TEST(MachineFaults, a_paused_node_is_as_far_away_as_an_isolated_one_until_it_goes_on) {
  ScriptedCluster cluster(
      three_nodes({step(pause(node_target(1), "still", ms(100))), step(SleepStep{ms(500)})}));
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(5));
  EXPECT_THAT(cluster.paused, ElementsAre(n(1)));
  EXPECT_TRUE(cluster.interpreter().view().is_isolated(n(1)));
  EXPECT_THAT(cluster.changes(), IsEmpty()) << "the network has nothing to do with it";
  EXPECT_EQ(cluster.said<FaultStarted>().front().fault, "pause");
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.paused, IsEmpty());
  EXPECT_FALSE(cluster.interpreter().view().is_isolated(n(1)));
  EXPECT_EQ(cluster.said<FaultEnded>().front().id, "still");
}

TEST(MachineFaults, a_node_that_two_faults_pause_goes_on_when_both_are_over) {
  ScriptedCluster cluster(three_nodes(
      {step(pause(node_target(1), "a")), step(pause(node_target(1), "b")), step(HealStep{"a"}),
       step(SleepStep{ms(100)}), step(HealStep{}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(50));
  EXPECT_THAT(cluster.paused, ElementsAre(n(1)));
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.paused, IsEmpty());
}

TEST(MachineFaults, a_pause_ends_with_the_process) {
  ScriptedCluster cluster(
      three_nodes({step(pause(node_target(1), "still")), step(kill(node_target(1), ms(10))),
                   step(SleepStep{ms(100)}), step(HealStep{}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(50));
  EXPECT_FALSE(cluster.interpreter().view().is_isolated(n(1)));
  EXPECT_TRUE(cluster.interpreter().view().at(n(1)).ready);
  cluster.paused.clear();
  cluster.pass(ms(100));
  EXPECT_THAT(cluster.said<FaultEnded>(), SizeIs(1));
}

TEST(MachineFaults, a_slow_processor_and_a_wrong_clock_are_the_next_process_s_too) {
  const node::SetClock clock{1'100'000, Duration(-2'000'000)};
  ScriptedCluster cluster(
      three_nodes({step(FaultStep{SlowFault{node_target(1), ms(2)}, "slow", {}, false}),
                   step(FaultStep{ClockFault{node_target(1), 1.1, clock.jump}, "clock", {}, false}),
                   step(kill(node_target(1), ms(10))), step(SleepStep{ms(100)}),
                   step(HealStep{"clock"}), step(HealStep{}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(300));
  EXPECT_THAT(cluster.asked<node::SetClock>(),
              ElementsAre(Pair(n(1), clock), Pair(n(1), clock), Pair(n(1), node::SetClock{})));
  EXPECT_THAT(cluster.asked<node::SlowDown>(),
              ElementsAre(Pair(n(1), node::SlowDown{ms(2)}), Pair(n(1), node::SlowDown{ms(2)}),
                          Pair(n(1), node::SlowDown{})));
  EXPECT_FALSE(cluster.interpreter().view().is_isolated(n(1)));
}

TEST(MachineFaults, the_later_of_two_counts) {
  const auto slow = [](const std::string& id, Duration cost) {
    return step(FaultStep{SlowFault{node_target(1), cost}, id, {}, false});
  };
  ScriptedCluster cluster(three_nodes({slow("a", ms(2)), slow("b", ms(5)), step(HealStep{"b"}),
                                       step(HealStep{"a"}), step(SleepStep{ms(100)})}));
  cluster.boot();
  cluster.pass(ms(50));
  EXPECT_THAT(cluster.asked<node::SlowDown>(),
              ElementsAre(Pair(n(1), node::SlowDown{ms(2)}), Pair(n(1), node::SlowDown{ms(5)}),
                          Pair(n(1), node::SlowDown{ms(2)}), Pair(n(1), node::SlowDown{})));
}

}  // namespace
}  // namespace scenario
