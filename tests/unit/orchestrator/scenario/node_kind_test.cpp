// SPDX-License-Identifier: Apache-2.0
// What a scenario says of a node is what the node is started with, and no scenario that can be read
// says what no node can be set to.
#include "orchestrator/cluster/node_kind.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "node/settings_text.h"
#include "tests/unit/orchestrator/scenario/random_scenario.h"
#include "tests/unit/orchestrator/scenario/texts.h"

namespace cluster {
namespace {

constexpr NodeId kSecond{2};

TEST(NodeKind, EveryScenarioSetsNodesThatCanBe) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const scenario::Scenario scenario = scenario::random_scenario(seed);
    for (NodeId node{1}; node.value <= scenario.cluster.nodes; ++node) {
      const node::ServerSettings settings = server_settings(scenario, node, 1);
      const char* invalid = raft::why_invalid(settings.raft);
      ASSERT_EQ(invalid, nullptr) << "seed " << seed << ": " << invalid;
    }
  }
}

TEST(NodeKind, EachNodeHasItsOwnSettingsAndAllTheSameMembers) {
  const scenario::Scenario scenario = scenario::good(scenario::with_lines(
      "cluster: {nodes: 4, voters: [n1, n2], learners: [n4], max_sessions: 9,\n"
      "  node_settings: {n2: {snapshot_threshold: 5, pre_vote: false}}}"));
  const raft::Configuration members{{{1}, {2}}, {}, {{4}}};
  for (NodeId node{1}; node.value <= 4; ++node) {
    const node::ServerSettings settings = server_settings(scenario, node, 3);
    EXPECT_EQ(settings.raft.self, node);
    EXPECT_EQ(settings.raft.first_configuration, members);
    EXPECT_EQ(settings.incarnation, 3U);
    EXPECT_EQ(settings.max_sessions, 9U);
    EXPECT_EQ(settings.snapshot_threshold, node == kSecond ? 5U : 10'000U);
    EXPECT_EQ(settings.raft.pre_vote, node != kSecond);
  }
}

TEST(NodeKind, TheCommandLineSaysItAll) {
  const scenario::Scenario scenario = scenario::random_scenario(3);
  const node::ServerSettings settings = server_settings(scenario, NodeId{1}, 2);
  const std::vector<std::string> argv =
      node_command("/bin", settings, {"ipc://network", "ipc://control"}, RunFolder{"/run"});
  const auto option = std::find(argv.begin(), argv.end(), "--settings");
  ASSERT_LT(option + 1, argv.end());
  node::ServerSettings read;
  std::string why;
  ASSERT_TRUE(node::read_settings(*(option + 1), read, why)) << why;
  EXPECT_EQ(read.snapshot_threshold, settings.snapshot_threshold);
  EXPECT_EQ(read.max_sessions, settings.max_sessions);
  read.raft.self = settings.raft.self;
  EXPECT_EQ(read.raft, settings.raft);
}

}  // namespace
}  // namespace cluster
