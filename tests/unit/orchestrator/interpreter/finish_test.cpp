// SPDX-License-Identifier: Apache-2.0
// The end of a scenario: heal, restart, probe, read back, converge.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

namespace scenario {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using workload::EventKind;

Scenario short_run() {
  Scenario scenario = three_nodes({step(SleepStep{ms(300)})});
  scenario.workload = WorkloadSpec{};
  scenario.workload->keys = 3;
  return scenario;
}

TEST(FinishTest, all_is_healed_and_restarted) {
  Scenario scenario = short_run();
  scenario.steps = {step(isolate(node_target(3))), step(kill(node_target(2))),
                    step(SleepStep{ms(50)})};
  ScriptedCluster cluster(scenario);
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(60));
  EXPECT_TRUE(std::holds_alternative<proxy::HealAll>(cluster.changes().back()));
  EXPECT_EQ(cluster.interpreter().view().at(n(2)).incarnation, 2u);
  EXPECT_TRUE(cluster.said<Finishing>().front().converge);
  cluster.apply_at(2, 0);
  cluster.lead(1, 1);
  cluster.pass(ms(500));
  EXPECT_TRUE(cluster.over());
}

TEST(FinishTest, probes_reads_every_key_back_and_sees_all_nodes_equal) {
  ScriptedCluster cluster(short_run());
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::completed);
  ASSERT_THAT(cluster.said<ProbeCommitted>(), SizeIs(1));
  ASSERT_THAT(cluster.said<Converged>(), SizeIs(1));
  const raft::Index probe = cluster.said<ProbeCommitted>()[0].log_index;
  const Converged converged = cluster.said<Converged>()[0];
  EXPECT_EQ(converged.log_index.value, probe.value + 3) << "the three reads stand after it";
  EXPECT_EQ(converged.digest, 100 + converged.log_index.value);

  std::vector<std::string> read;
  bool probed = false;
  for (const workload::Event& event : cluster.history()) {
    probed = probed || event.client == "probe";
    if (probed) {
      EXPECT_THAT(event.client, testing::AnyOf("probe", "final"));
    }
    if (event.client == "final" && event.kind == EventKind::ok) {
      EXPECT_EQ(event.operation.kind, node::OpKind::get);
      read.push_back(event.operation.key);
    }
  }
  EXPECT_THAT(read, testing::ElementsAre("k1", "k2", "k3"));
}

TEST(FinishTest, asks_again_where_a_session_was_forgotten) {
  ScriptedCluster cluster(short_run());
  cluster.forgotten = {"probe", "final"};
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::completed);
  EXPECT_TRUE(cluster.forgotten.empty());
  std::vector<std::string> written;
  std::vector<std::string> read;
  for (const workload::Event& event : cluster.history()) {
    if (event.client == "probe" && event.kind == EventKind::invoke) {
      written.push_back(event.operation.value);
    }
    if (event.client == "final" && event.kind == EventKind::invoke) {
      read.push_back(event.operation.key);
    }
  }
  EXPECT_THAT(written, testing::ElementsAre("probe.1", "probe.2"));
  EXPECT_THAT(read, testing::ElementsAre("k1", "k1", "k2", "k3"));
}

TEST(FinishTest, clients_begin_nothing_new_and_end_what_is_open) {
  ScriptedCluster cluster(short_run());
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(250));
  cluster.takes_commands = false;
  cluster.pass(ms(200));
  EXPECT_THAT(cluster.said<Finishing>(), SizeIs(1));
  EXPECT_FALSE(cluster.over());
  cluster.takes_commands = true;  // their retries go through
  cluster.pass_until_over();
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::completed);
  const raft::Time finishing = ms(1000) + *cluster.when<Finishing>();
  for (const workload::Event& event : cluster.history()) {
    EXPECT_NE(event.kind, EventKind::info) << event.client;
    if (event.kind == EventKind::invoke && event.at > finishing) {
      EXPECT_NE(event.client[0], 'c') << event.client;
    }
  }
}

TEST(FinishTest, no_probe_no_convergence) {
  ScriptedCluster cluster(short_run());
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::expectation_failed);
  EXPECT_EQ(cluster.said<NotConverged>().front().observed, "the probe was not committed");
  EXPECT_EQ(cluster.not_met().text, "all members converge within 10s");
  EXPECT_EQ(cluster.not_met().about, Expectation::About::time);
  // Clients of the scenario give up after 5 s, then the probe after 10.
  EXPECT_LE(cluster.now(), ms(1000 + 300 + 5'000 + 10'000 + 500));
  std::size_t open = 0;
  for (const workload::Event& event : cluster.history()) {
    if (event.kind == EventKind::invoke) ++open;
    if (event.kind == EventKind::info) --open;
  }
  EXPECT_EQ(open, 0u) << "every operation has an outcome in the end";
}

TEST(FinishTest, a_node_that_stays_behind_is_not_converged) {
  ScriptedCluster cluster(short_run());
  cluster.apply = {n(1), n(2)};
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_THAT(cluster.said<NotConverged>().front().observed, HasSubstr("n3 applied 0"));
  EXPECT_THAT(cluster.said<Converged>(), IsEmpty());
}

TEST(FinishTest, who_is_no_member_may_stay_behind) {
  Scenario scenario = short_run();
  scenario.cluster.voters = {n(2), n(3)};
  ScriptedCluster cluster(scenario);
  cluster.apply = {n(2), n(3)};
  cluster.boot();
  cluster.lead(2, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::completed);
}

TEST(FinishTest, a_learner_is_a_member) {
  Scenario scenario = short_run();
  scenario.cluster.learners = {n(1)};
  ScriptedCluster cluster(scenario);
  cluster.apply = {n(2), n(3)};
  cluster.boot();
  cluster.lead(2, 1);
  cluster.pass_until_over();
  EXPECT_THAT(cluster.said<NotConverged>().front().observed, HasSubstr("n1 applied 0"));
}

TEST(FinishTest, a_change_of_the_members_has_to_end) {
  ScriptedCluster cluster(short_run());
  cluster.boot();
  cluster.configuration = {{n(1), n(2)}, {n(1), n(2), n(3)}, {}};
  cluster.configuration_index = {1};
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.said<NotConverged>().front().observed, "a change of the members is under way");
}

TEST(FinishTest, a_scenario_can_do_without) {
  Scenario scenario = short_run();
  scenario.finish.converge = false;
  ScriptedCluster cluster(scenario);
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass(ms(301));
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::completed);
  EXPECT_FALSE(cluster.said<Finishing>().front().converge);
  EXPECT_EQ(cluster.history().back().kind, EventKind::info);
}

TEST(FinishTest, a_run_that_fails_leaves_no_operation_open) {
  Scenario scenario = short_run();
  scenario.steps = {step(wait_for(AppliedCondition{{999'999}, 3, {}}, ms(200)))};
  ScriptedCluster cluster(scenario);
  cluster.takes_commands = false;
  cluster.boot();
  cluster.lead(1, 1);
  cluster.pass_until_over();
  EXPECT_EQ(cluster.ended(), RunEnded::Reason::expectation_failed);
  std::size_t invoked = 0;
  std::size_t ended = 0;
  for (const workload::Event& event : cluster.history())
    ++(event.kind == EventKind::invoke ? invoked : ended);
  EXPECT_GT(invoked, 0u);
  EXPECT_EQ(invoked, ended);
}

}  // namespace
}  // namespace scenario
