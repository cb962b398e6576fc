// SPDX-License-Identifier: Apache-2.0
// What the steps say, and what they refuse.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/scenario/texts.h"

namespace scenario {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = Target::Kind;

// What a kill of this target aims at, after a cut `cut` and a leader remembered as `first`.
Target target_of(std::string_view text) {
  const Scenario s =
      good(with_steps(fmt::format("  - wait_for: {{leader: one, as: first}}\n"
                                  "  - {{fault: partition, id: cut, isolate: leader}}\n"
                                  "  - {{fault: kill, id: dead, target: {}}}\n",
                                  text)));
  if (s.steps.size() != 3) return {};
  return std::get<KillFault>(std::get<FaultStep>(s.steps[2].action).fault).target;
}

std::vector<std::string> target_errors(std::string_view text) {
  return step_errors({"{fault: delay, id: slow, latency: 1ms}",
                      "{fault: partition, id: cut, isolate: leader}",
                      fmt::format("{{fault: kill, target: {}}}", text)});
}

TEST(ReaderSteps, ReadsTargets) {
  EXPECT_EQ(target_of("n5"), (Target{.kind = Kind::nodes, .nodes = {raft::NodeId{5}}}));
  EXPECT_EQ(target_of("[n2, n1]"),
            (Target{.kind = Kind::nodes, .nodes = {raft::NodeId{2}, raft::NodeId{1}}}));
  EXPECT_EQ(target_of("leader"), Target{.kind = Kind::leader});
  EXPECT_EQ(target_of("leader+4"), (Target{.kind = Kind::leader_plus, .number = 4}));
  EXPECT_EQ(target_of("follower"), Target{.kind = Kind::follower});
  EXPECT_EQ(target_of("followers"), Target{.kind = Kind::followers});
  EXPECT_EQ(target_of("one"), Target{.kind = Kind::one});
  EXPECT_EQ(target_of("majority"), Target{.kind = Kind::majority});
  EXPECT_EQ(target_of("minority"), Target{.kind = Kind::minority});
  EXPECT_EQ(target_of("all"), Target{.kind = Kind::all});
  EXPECT_EQ(target_of("{random: 3}"), (Target{.kind = Kind::random, .number = 3}));
  EXPECT_EQ(target_of("cut"), (Target{.kind = Kind::remembered, .id = "cut"}));
  EXPECT_EQ(target_of("first+1"), (Target{.kind = Kind::remembered, .number = 1, .id = "first"}));
}

TEST(ReaderSteps, RefusesTargetsThatNameNobody) {
  EXPECT_THAT(target_errors("n6"), ElementsAre("7:27: no node 'n6': the cluster has n1 to n5"));
  EXPECT_THAT(target_errors("n0"), SizeIs(1));
  EXPECT_THAT(target_errors("n01"), SizeIs(1));
  EXPECT_THAT(target_errors("n99999999999999999999"), SizeIs(1));
  EXPECT_THAT(target_errors("lead"),
              ElementsAre("7:27: unknown target 'lead': no word for nodes and no id of a step "
                          "before; did you mean 'leader'?"));
  EXPECT_THAT(target_errors("cot"), ElementsAre(HasSubstr("did you mean 'cut'?")));
  EXPECT_THAT(target_errors("slow"),
              ElementsAre("7:27: 'slow' stands for no nodes: it is no kill, and it isolates none"));
  EXPECT_THAT(target_errors("leader+0"),
              ElementsAre("7:27: in 'leader+0' a number from 1 to 4 follows the '+'"));
  EXPECT_THAT(target_errors("leader+5"), SizeIs(1));
  EXPECT_THAT(target_errors("leader+"), SizeIs(1));
  EXPECT_THAT(target_errors("cut+1"), ElementsAre(HasSubstr("counts on from a leader")));
  EXPECT_THAT(target_errors("[]"), ElementsAre("7:27: expected a target, found an empty list"));
  EXPECT_THAT(target_errors("[leader]"),
              ElementsAre("7:28: expected a node such as n1, found 'leader'"));
  EXPECT_THAT(target_errors("[n1, n2, n1]"), ElementsAre("7:36: node 'n1' a second time"));
  EXPECT_THAT(target_errors("{random: 6}"),
              ElementsAre("7:36: expected a number from 1 to 5, found '6'"));
  EXPECT_THAT(target_errors("{randm: 2}"),
              ElementsAre("7:28: unknown key 'randm' in a target; did you mean 'random'?"));
  EXPECT_THAT(target_errors("~"), ElementsAre("7:19: expected a target, found nothing"));
}

TEST(ReaderSteps, APartitionStandsForNodesOnlyWhereItHasOneSide) {
  EXPECT_THAT(step_errors({"{fault: partition, id: cut, groups: [minority]}", "restart: cut"}),
              IsEmpty());
  EXPECT_THAT(step_errors({"{fault: partition, id: cut, groups: [n1, n2]}", "restart: cut"}),
              ElementsAre(HasSubstr("6:14: 'cut' stands for no nodes")));
}

TEST(ReaderSteps, RefusesANodeBeyondTheClusterWhereverTheClusterStands) {
  EXPECT_THAT(errors_of("version: 1\nname: x\nsteps: [restart: n3]\ncluster: {nodes: 1}\n"),
              ElementsAre("3:18: no node 'n3': the cluster has n1 alone"));
  EXPECT_THAT(errors_of("version: 1\nname: x\nsteps: [restart: n4]\n"),
              ElementsAre("3:18: no node 'n4': the cluster has n1 to n3"));
  EXPECT_THAT(errors_of("version: 1\nname: x\ncluster: {}\nsteps: [restart: n4]\n"), SizeIs(1));
}

TEST(ReaderSteps, ReadsConditions) {
  EXPECT_EQ(action<WaitForStep>("wait_for: {leader: stable, is: n1, term: 1, as: l1, timeout: 7s}"),
            (WaitForStep{.condition = LeaderCondition{.kind = LeaderCondition::Kind::stable,
                                                      .is = Target{.kind = Kind::nodes,
                                                                   .nodes = {raft::NodeId{1}}},
                                                      .is_not = {},
                                                      .term = raft::Term{1}},
                         .as = "l1",
                         .timeout = milliseconds(7000)}));
  EXPECT_EQ(action<ExpectStep>("expect: {terms: equal}").condition,
            Condition{TermsEqualCondition{}});
  EXPECT_EQ(
      action<WaitForStep>("wait_for: {converged: true}"),
      (WaitForStep{.condition = ConvergedCondition{}, .as = "", .timeout = milliseconds(5000)}));
  EXPECT_EQ(action<ExpectStep>("expect: {applied: {log_index: 4, exactly: 0}}").condition,
            (Condition{AppliedCondition{.log_index = raft::Index{4}, .exactly = 0}}));
  EXPECT_EQ(
      action<ExpectStep>("expect: {applied: {log_index: 4, at_least: 5}}").condition,
      (Condition{AppliedCondition{.log_index = raft::Index{4}, .at_least = 5, .exactly = {}}}));
  EXPECT_EQ(
      action<ExpectStep>("expect: {started_election: leader, term: 3}").condition,
      (Condition{StartedElectionCondition{.node = {.kind = Kind::leader}, .term = raft::Term{3}}}));
  const Scenario s = good(
      with_steps("  - {fault: partition, id: cut, isolate: leader}\n"
                 "  - expect: {acknowledged: {by: cut, since: cut, after: 200ms, at_most: 1}}\n"));
  EXPECT_EQ(std::get<ExpectStep>(s.steps[1].action).condition,
            (Condition{AcknowledgedCondition{.by = {.kind = Kind::remembered, .id = "cut"},
                                             .since = "cut",
                                             .after = milliseconds(200),
                                             .at_most = 1}}));
  EXPECT_EQ(action<ExpectStep>("expect: {voters: [n3, n1], learners: [n2]}").condition,
            (Condition{MembersCondition{.voters = {raft::NodeId{1}, raft::NodeId{3}},
                                        .learners = {raft::NodeId{2}}}}));
  EXPECT_EQ(action<ExpectStep>("expect: {snapshot: {of: n2, log_index: 9}}").condition,
            (Condition{SnapshotCondition{.of = {.kind = Kind::nodes, .nodes = {raft::NodeId{2}}},
                                         .log_index = {9}}}));
  EXPECT_EQ(action<ExpectStep>("expect: {term_at_most: 4}").condition,
            Condition{TermAtMostCondition{raft::Term{4}}});
  EXPECT_EQ(action<WaitForStep>("wait_for: {messages: {type: timeout_now, at_least: 2}}").condition,
            (Condition{MessagesCondition{
                .type = proxy::MessageType::timeout_now, .at_least = 2, .at_most = {}}}));
  EXPECT_EQ(
      action<ExpectStep>("expect: {errors: {type: expired, at_least: 1, at_most: 9}}").condition,
      (Condition{
          ErrorsCondition{.type = node::ClientError::expired, .at_least = 1, .at_most = 9}}));
}

TEST(ReaderSteps, ReadsChangesOfTheMembers) {
  using Change = MembersStep::Change;
  const Target n4{.kind = Kind::nodes, .nodes = {raft::NodeId{4}}};
  EXPECT_EQ(action<MembersStep>("add: n4"), (MembersStep{.change = Change::add, .nodes = n4}));
  EXPECT_EQ(action<MembersStep>("add: {nodes: n4, as: learner, timeout: 1s, wait: false}"),
            (MembersStep{.change = Change::add_learner,
                         .nodes = n4,
                         .timeout = milliseconds(1000),
                         .wait = false}));
  EXPECT_EQ(
      action<MembersStep>("add: {nodes: n4, replacing: leader}"),
      (MembersStep{.change = Change::add, .nodes = n4, .replacing = Target{.kind = Kind::leader}}));
  EXPECT_EQ(action<MembersStep>("remove: {random: 2}"),
            (MembersStep{.change = Change::remove, .nodes = {.kind = Kind::random, .number = 2}}));
  EXPECT_EQ(action<MembersStep>("promote: n4"),
            (MembersStep{.change = Change::promote, .nodes = n4}));
  EXPECT_EQ(action<MembersStep>("demote: {nodes: followers, may_fail: true}"),
            (MembersStep{
                .change = Change::demote, .nodes = {.kind = Kind::followers}, .may_fail = true}));
}

TEST(ReaderSteps, ReadsTransfers) {
  EXPECT_EQ(action<TransferStep>("transfer: follower"),
            TransferStep{.to = {.kind = Kind::follower}});
  EXPECT_EQ(action<TransferStep>("transfer: {to: leader+1, timeout: 300ms, may_fail: true}"),
            (TransferStep{.to = {.kind = Kind::leader_plus, .number = 1},
                          .timeout = milliseconds(300),
                          .may_fail = true}));
}

TEST(ReaderSteps, RefusesChangesThatMakeNoSense) {
  EXPECT_THAT(step_errors({"add: n6"}),
              ElementsAre("5:10: no node 'n6': the cluster has n1 to n5"));
  EXPECT_THAT(step_errors({"add: {as: learner}"}), ElementsAre("5:10: add needs 'nodes'"));
  EXPECT_THAT(step_errors({"add: {nodes: n1, as: observer}"}),
              ElementsAre("5:26: expected one of voter, learner, found 'observer'; did you mean "
                          "'learner'?"));
  EXPECT_THAT(step_errors({"remove: {nodes: n1, replacing: n2}"}),
              ElementsAre("5:25: unknown key 'replacing' in remove"));
  EXPECT_THAT(step_errors({"{add: n1, remove: n2}"}),
              ElementsAre("5:15: a step has one of 'add' and 'remove', not both"));
  EXPECT_THAT(step_errors({"transfer: [n1, n2]"}),
              ElementsAre("5:15: leadership goes to one node"));
  EXPECT_THAT(step_errors({"transfer: {timeout: 1s, to: followers}"}),
              ElementsAre("5:33: leadership goes to one node"));
  EXPECT_THAT(step_errors({"remove: all"}),
              ElementsAre("5:13: these are all nodes, and somebody has to vote"));
  EXPECT_THAT(step_errors({"demote: {nodes: [n1, n2, n3, n4, n5]}"}),
              ElementsAre("5:21: these are all nodes, and somebody has to vote"));
  EXPECT_THAT(step_errors({"remove: [n1, n2, n3, n4]"}), IsEmpty());
  EXPECT_THAT(step_errors({"transfer: followers"}), SizeIs(1));
  EXPECT_THAT(step_errors({"transfer: {timeout: 1s}"}), ElementsAre("5:15: transfer needs 'to'"));
  EXPECT_THAT(step_errors({"step_down: n1"}),
              ElementsAre("5:5: unknown key 'step_down' in a step; did you mean 'transfer'?"));
}

TEST(ReaderSteps, RefusesConditionsThatSayTooLittleOrTooMuch) {
  EXPECT_THAT(
      step_errors({"wait_for: {timeout: 5s}"}),
      ElementsAre("5:15: wait_for needs one of leader, terms, applied, converged, "
                  "started_election, acknowledged, voters, snapshot, term_at_most, messages, "
                  "errors"));
  EXPECT_THAT(step_errors({"wait_for: {leader: one, converged: true}"}),
              ElementsAre("5:29: wait_for has one of 'leader' and 'converged', not both"));
  EXPECT_THAT(step_errors({"wait_for: {leadr: one}"}),
              ElementsAre("5:16: unknown key 'leadr' in wait_for; did you mean 'leader'?"));
  EXPECT_THAT(step_errors({"wait_for: {leader: none, term: 2}"}),
              ElementsAre(HasSubstr("5:30: where no leader is expected")));
  EXPECT_THAT(step_errors({"wait_for: {leader: none, as: l1}"}),
              ElementsAre(HasSubstr("5:30: 'as' remembers a leader")));
  EXPECT_THAT(step_errors({"wait_for: {converged: true, as: l1}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"wait_for: {leader: one, is: follower}"}),
              ElementsAre(HasSubstr("5:33: 'follower' is drawn anew each time")));
  EXPECT_THAT(step_errors({"expect: {leader: one, timeout: 1s}"}),
              ElementsAre("5:27: unknown key 'timeout' in expect"));
  EXPECT_THAT(step_errors({"expect: {leader: one, as: l1}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"expect: {terms: same}"}),
              ElementsAre("5:21: expected equal, found 'same'"));
  EXPECT_THAT(step_errors({"expect: {converged: false}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"expect: {started_election: n1}"}),
              ElementsAre("5:13: expect needs 'term'"));
  EXPECT_THAT(step_errors({"expect: {applied: {log_index: 4}}"}),
              ElementsAre("5:23: applied has one of 'at_least' and 'exactly'"));
  EXPECT_THAT(step_errors({"expect: {applied: {log_index: 4, at_least: 1, exactly: 1}}"}),
              ElementsAre("5:51: applied has one of 'at_least' and 'exactly'"));
  EXPECT_THAT(step_errors({"expect: {applied: {log_index: 4, exactly: 6}}"}),
              ElementsAre("5:38: exactly: 6 nodes, and the cluster has 5"));
  EXPECT_THAT(step_errors({"expect: {acknowledged: {by: n1, since: x}}"}),
              ElementsAre("5:44: expected the id of a fault before, found 'x'"));
  EXPECT_THAT(step_errors({"{fault: kill, id: x, target: n1}",
                           "wait_for: {acknowledged: {by: n1, since: x, at_most: 0}}"}),
              ElementsAre("6:16: 'acknowledged' counts what was: it is for expect"));
  EXPECT_THAT(step_errors({"{fault: kill, id: x, target: n1}",
                           "expect: {acknowledged: {by: n1, since: x}}"}),
              ElementsAre("6:29: acknowledged has 'at_least', 'at_most' or both"));
  EXPECT_THAT(step_errors({"{fault: kill, id: x, target: n1}",
                           "expect: {acknowledged: {by: n1, since: x, at_least: 2, at_most: 1}}"}),
              ElementsAre("6:47: at_least is more than at_most"));
  EXPECT_THAT(step_errors({"expect: {learners: [n1]}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"expect: {messages: {type: install_snapshot}}"}),
              ElementsAre("5:25: messages has 'at_least', 'at_most' or both"));
  EXPECT_THAT(step_errors({"expect: {messages: {type: install_snapshots, at_least: 1}}"}),
              ElementsAre(HasSubstr("did you mean 'install_snapshot'?")));
  EXPECT_THAT(step_errors({"expect: {errors: {type: expired, at_least: 3, at_most: 2}}"}),
              ElementsAre("5:38: at_least is more than at_most"));
  EXPECT_THAT(step_errors({"expect: {errors: {type: lost, at_least: 1}}"}),
              ElementsAre(HasSubstr("5:29: expected one of not_leader, transferring")));
  EXPECT_THAT(step_errors({"expect: {snapshot: {of: follower, log_index: 1}}"}),
              ElementsAre(HasSubstr("5:29: 'follower' is drawn anew each time")));
}

TEST(ReaderSteps, ReadsTheOtherSteps) {
  EXPECT_EQ(action<RestartStep>("restart: all"), RestartStep{.target = {.kind = Kind::all}});
  EXPECT_EQ(action<SleepStep>("sleep: 2m").duration, std::chrono::minutes(2));
  EXPECT_EQ(action<AgreeStep>("agree: {nodes: 3, retry: false, log_index: 1, times: 3}"),
            (AgreeStep{.nodes = 3, .retry = false, .log_index = raft::Index{1}, .times = 3}));
  EXPECT_EQ(action<AgreeStep>("agree: {nodes: 5, timeout: 1s}"),
            (AgreeStep{.nodes = 5, .log_index = {}, .timeout = milliseconds(1000)}));
  EXPECT_EQ(action<StartStep>("start: {target: leader, count: 2, accepted: true,"
                              " log_index: [2, 3]}"),
            (StartStep{.target = {.kind = Kind::leader},
                       .count = 2,
                       .accepted = true,
                       .log_index = {raft::Index{2}, raft::Index{3}}}));
  EXPECT_THAT(action<StartStep>("start: {target: all, log_index: 4}").log_index,
              ElementsAre(raft::Index{4}));
  const auto repeat = action<RepeatStep>("repeat: {times: 9, steps: [sleep: 1s, heal: all]}");
  EXPECT_EQ(repeat.times, 9U);
  EXPECT_THAT(repeat.steps, SizeIs(2));
  EXPECT_EQ(good_step("{name: rest, sleep: 1s}").name, "rest");
  EXPECT_EQ(good_step("{name: rest, sleep: 1s}").line, 5);
}

TEST(ReaderSteps, RefusesTheOtherStepsWhereTheyMakeNoSense) {
  EXPECT_THAT(step_errors({"agree: {nodes: 6}"}),
              ElementsAre("5:13: nodes: 6 nodes, and the cluster has 5"));
  EXPECT_THAT(step_errors({"agree: {retry: true}"}), ElementsAre("5:12: agree needs 'nodes'"));
  EXPECT_THAT(step_errors({"start: {target: n1, accepted: false, log_index: 4}"}),
              ElementsAre("5:42: a command that is not accepted has no log_index"));
  EXPECT_THAT(step_errors({"repeat: {times: 0, steps: [sleep: 1s]}"}), SizeIs(1));
  EXPECT_THAT(step_errors({"repeat: {times: 2}"}), ElementsAre("5:13: repeat needs 'steps'"));
  EXPECT_THAT(step_errors({"sleep: 0ms"}), SizeIs(1));
  EXPECT_THAT(step_errors({"{sleep: 1s, heal: all}"}),
              ElementsAre("5:17: a step has one of 'sleep' and 'heal', not both"));
  EXPECT_THAT(step_errors({"{name: x}"}),
              ElementsAre(HasSubstr("5:5: a step needs one of wait_for, expect, fault")));
  EXPECT_THAT(step_errors({"heal"}), ElementsAre("5:5: expected a map for a step, found 'heal'"));
}

TEST(ReaderSteps, AMistakeIsReportedOnce) {
  EXPECT_THAT(step_errors({"{fault: partition, isolat: n1}"}),
              ElementsAre("5:24: unknown key 'isolat' in fault: partition; did you mean "
                          "'isolate'?"));
  EXPECT_THAT(step_errors({"{fault: partition, isolate: n9}"}), SizeIs(1));
  EXPECT_THAT(errors_of("version: 1\nname: x\ncluster: {nodes: 0}\nsteps: [agree: {nodes: 50}]\n"),
              ElementsAre(HasSubstr("3:18: expected a number from 1 to 101")));
}

TEST(ReaderSteps, StepsNestAsDeepAsYamlMay) {
  std::string text = "sleep: 1s";
  for (int i = 0; i < 5; ++i) {
    text = fmt::format("repeat: {{times: 2, steps: [{}]}}", text);
  }
  EXPECT_THAT(step_errors({text}), IsEmpty());
}

}  // namespace
}  // namespace scenario
