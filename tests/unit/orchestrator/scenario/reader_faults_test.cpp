// SPDX-License-Identifier: Apache-2.0
// What the faults and their ids say, and what they refuse.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/scenario/texts.h"

namespace scenario {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = Target::Kind;

TEST(ReaderFaults, ReadsPartitions) {
  const auto isolate = action<FaultStep>(
      "{name: cut, fault: partition, id: cut, isolate: leader, direction: from, duration: 4s}");
  EXPECT_EQ(isolate,
            (FaultStep{.fault = PartitionFault{.isolate = Target{.kind = Kind::leader},
                                               .groups = {},
                                               .direction = PartitionFault::Direction::from},
                       .id = "cut",
                       .duration = milliseconds(4000)}));
  const auto groups =
      action<FaultStep>("{fault: partition, groups: [[n1, n2], n5], may_not_match: true}");
  EXPECT_EQ(groups.id, "fault-1");
  EXPECT_TRUE(groups.may_not_match);
  EXPECT_THAT(std::get<PartitionFault>(groups.fault).groups, SizeIs(2));
  EXPECT_FALSE(std::get<PartitionFault>(groups.fault).isolate.has_value());
}

TEST(ReaderFaults, RefusesPartitionsThatCutNothingOrTwice) {
  EXPECT_THAT(step_errors({"{fault: partition}"}),
              ElementsAre("5:5: a partition has one of 'isolate' and 'groups'"));
  EXPECT_THAT(step_errors({"{fault: partition, isolate: n1, groups: [n2]}"}),
              ElementsAre("5:24: a partition has one of 'isolate' and 'groups'"));
  EXPECT_THAT(step_errors({"{fault: partition, groups: [[n1, n2], [n2, n3]]}"}),
              ElementsAre("5:24: a node is in two groups"));
  EXPECT_THAT(step_errors({"{fault: partition, groups: []}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"{fault: partition, isolate: n1, direction: bot}"}),
              ElementsAre("5:48: expected one of both, to, from, found 'bot'; did you mean "
                          "'both'?"));
}

TEST(ReaderFaults, ReadsDelayLossAndKill) {
  const auto delay = action<FaultStep>(
      "{fault: delay, src: majority, dst: n3, latency: 80ms, jitter: 40ms, distribution: normal,"
      " messages: [append_entries, request_vote]}");
  EXPECT_EQ(std::get<DelayFault>(delay.fault),
            (DelayFault{.link = {.src = Target{.kind = Kind::majority},
                                 .dst = Target{.kind = Kind::nodes, .nodes = {raft::NodeId{3}}},
                                 .messages = {proxy::MessageType::append_entries,
                                              proxy::MessageType::request_vote}},
                        .latency = milliseconds(80),
                        .jitter = milliseconds(40),
                        .distribution = DelayFault::Distribution::normal}));
  const auto loss = action<FaultStep>("{fault: loss, percent: 12.5}");
  EXPECT_EQ(std::get<LossFault>(loss.fault), (LossFault{.link = {}, .percent = 12.5}));
  const auto kill = action<FaultStep>("{fault: kill, target: leader, restart_after: 1500ms}");
  EXPECT_EQ(std::get<KillFault>(kill.fault),
            (KillFault{.target = {.kind = Kind::leader}, .restart_after = milliseconds(1500)}));
}

TEST(ReaderFaults, ReadsFaultsOfMachines) {
  const auto pause = action<FaultStep>("{fault: pause, target: leader, duration: 2s}");
  EXPECT_EQ(std::get<PauseFault>(pause.fault), (PauseFault{.target = {.kind = Kind::leader}}));
  EXPECT_EQ(pause.duration, milliseconds(2000));
  const auto slow = action<FaultStep>("{fault: slow, target: leader, per_event: 2ms}");
  EXPECT_EQ(std::get<SlowFault>(slow.fault),
            (SlowFault{.target = {.kind = Kind::leader}, .per_event = milliseconds(2)}));
  const auto clock = action<FaultStep>("{fault: clock, target: leader, rate: 1.1, jump: -2s}");
  EXPECT_EQ(
      std::get<ClockFault>(clock.fault),
      (ClockFault{.target = {.kind = Kind::leader}, .rate = 1.1, .jump = milliseconds(-2000)}));
  EXPECT_THAT(step_errors({"{fault: clock, id: skew, target: n1, jump: 1s}", "heal: skew",
                           "{fault: pause, target: skew}"}),
              SizeIs(0));
}

TEST(ReaderFaults, RefusesFaultsOfMachinesThatDoNothing) {
  EXPECT_THAT(step_errors({"{fault: clock, target: n1}"}),
              ElementsAre("5:20: a clock fault has a 'rate' or a 'jump'"));
  EXPECT_THAT(step_errors({"{fault: clock, target: n1, rate: 0}"}),
              ElementsAre(HasSubstr("expected a number from 0.1 to 10")));
  EXPECT_THAT(step_errors({"{fault: clock, target: n1, jump: -25h}"}),
              ElementsAre(HasSubstr("expected a duration from -24h to 24h")));
  EXPECT_THAT(step_errors({"{fault: clock, target: n1, jump: --2s}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"{fault: slow, target: n1}"}),
              ElementsAre("5:5: fault: slow needs 'per_event'"));
  EXPECT_THAT(step_errors({"{fault: slow, target: n1, per_event: -2ms}"}), SizeIs(1));
}

TEST(ReaderFaults, RefusesFaultsThatMakeNoSense) {
  EXPECT_THAT(step_errors({"{fault: kil, target: leader}"}),
              ElementsAre("5:13: expected one of partition, delay, loss, kill, pause, slow, clock, "
                          "found 'kil'; did you mean 'kill'?"));
  EXPECT_THAT(step_errors({"{fault: [kill]}"}),
              ElementsAre("5:13: expected one of partition, delay, loss, kill, pause, slow, clock, "
                          "found a list"));
  EXPECT_THAT(step_errors({"{fault: drop, percent: 5}"}),
              ElementsAre(HasSubstr("did you mean 'loss'?")));
  EXPECT_THAT(step_errors({"{action: kill, target: leader}"}),
              ElementsAre("5:6: unknown key 'action' in a step; did you mean 'fault'?"));
  EXPECT_THAT(step_errors({"{fault: kill}"}), ElementsAre("5:5: fault: kill needs 'target'"));
  EXPECT_THAT(step_errors({"{fault: kill, node: n1}"}),
              ElementsAre("5:19: unknown key 'node' in fault: kill; did you mean 'target'?"));
  EXPECT_THAT(step_errors({"{fault: kill, target: n1, duration: 1s}"}),
              ElementsAre("5:31: unknown key 'duration' in fault: kill"));
  EXPECT_THAT(step_errors({"{fault: delay, jitter: 5ms}"}),
              ElementsAre("5:5: fault: delay needs 'latency'"));
  EXPECT_THAT(step_errors({"{fault: delay, latency: 0ms}"}),
              ElementsAre(HasSubstr("expected a duration from 1us to 1h")));
  EXPECT_THAT(step_errors({"{fault: delay, latency: 5ms, jitter: 1ms, distribution: constant}"}),
              ElementsAre("5:34: a constant delay has no jitter"));
  EXPECT_THAT(step_errors({"{fault: loss, percent: 5, messages: [append]}"}),
              ElementsAre(HasSubstr("expected one of request_vote, append_entries")));
}

TEST(ReaderFaults, RefusesPercentagesThatAreNone) {
  const auto error = [](std::string_view value) {
    const auto errors = step_errors({fmt::format("{{fault: loss, percent: {}}}", value)});
    return errors.size() == 1 ? errors.front() : fmt::format("{} errors", errors.size());
  };
  const std::string expected = "5:28: expected a percentage from 0 to 100, found ";
  EXPECT_EQ(error("0.15"), expected + "'0.15' which looks like a probability: write 15");
  EXPECT_EQ(error("100.5"), expected + "'100.5'");
  EXPECT_EQ(error("-1"), expected + "'-1'");
  EXPECT_EQ(error("15%"), expected + "'15%': write it without the sign");
  EXPECT_EQ(error("'15'"), expected + "'15': a number has no quotes");
  EXPECT_EQ(error("100"), "0 errors");
  EXPECT_EQ(error("0"), "0 errors");
  EXPECT_EQ(error("1"), "0 errors");
}

TEST(ReaderFaults, GivesEachFaultAnId) {
  const Scenario s = good(with_steps(
      "  - {fault: kill, target: n1}\n  - {fault: kill, id: b, target: n2}\n"
      "  - repeat: {times: 2, steps: [{fault: kill, target: n3}]}\n  - {fault: kill, target: n4}"));
  const auto id = [](const Step& step) { return std::get<FaultStep>(step.action).id; };
  EXPECT_EQ(id(s.steps[0]), "fault-1");
  EXPECT_EQ(id(s.steps[1]), "b");
  EXPECT_EQ(id(std::get<RepeatStep>(s.steps[2].action).steps[0]), "fault-3");
  EXPECT_EQ(id(s.steps[3]), "fault-4");
}

TEST(ReaderFaults, RefusesIdsThatAreTakenOrMeanSomethingElse) {
  const auto error = [](std::string_view id) {
    const auto errors = step_errors({"{fault: kill, id: first, target: n1}",
                                     fmt::format("{{fault: kill, id: {}, target: n1}}", id)});
    return errors.size() == 1 ? errors.front() : fmt::format("{} errors", errors.size());
  };
  EXPECT_EQ(error("first"), "6:23: id 'first' a second time");
  for (const char* word : {"leader", "all", "none", "random", "majority", "n1", "n77"}) {
    EXPECT_THAT(error(word), HasSubstr("means something else already")) << word;
  }
  for (const char* word : {"A", "1a", "a+b", "'a b'", "''", "ä", "[a]"}) {
    EXPECT_THAT(error(word), HasSubstr("expected an id (a letter, then")) << word;
  }
  EXPECT_THAT(error("fault-1"), HasSubstr("this would be 'fault-2'"));
  EXPECT_EQ(error("fault-2"), "0 errors");
  EXPECT_EQ(error(std::string(64, 'a')), "0 errors");
  EXPECT_EQ(error(std::string(65, 'a')).substr(0, 20), "6:23: expected an id");
}

TEST(ReaderFaults, RefusesIdsBeforeTheyAreGiven) {
  EXPECT_THAT(step_errors({"heal: cut", "{fault: partition, id: cut, isolate: cut}"}),
              ElementsAre(HasSubstr("5:11: expected all, or the id of a fault before that lasts, "
                                    "found 'cut'"),
                          HasSubstr("6:42: unknown target 'cut'")));
}

TEST(ReaderFaults, HealsOnlyWhatLasts) {
  EXPECT_EQ(action<HealStep>("heal: all"), HealStep{});
  const Scenario s = good(with_steps("  - {fault: loss, id: bad, percent: 5}\n  - heal: bad\n"));
  EXPECT_EQ(std::get<HealStep>(s.steps[1].action), HealStep{.id = "bad"});
  EXPECT_THAT(step_errors({"{fault: kill, id: dead, target: n1}", "heal: dead"}),
              ElementsAre(HasSubstr("6:11: expected all, or the id of a fault before that lasts")));
  EXPECT_THAT(step_errors({"{fault: loss, id: bad, percent: 5}", "heal: bda"}),
              ElementsAre(HasSubstr("did you mean 'bad'?")));
  EXPECT_THAT(step_errors({"heal: [a]"}), SizeIs(1));
}

}  // namespace
}  // namespace scenario
