// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scenario {
namespace {

using raft::NodeId;
using raft::Role;

node::Status status(std::uint64_t node, Role role, std::uint64_t term, std::uint32_t inc = 1,
                    std::uint64_t id = 0) {
  return {.id = id,
          .node = {node},
          .incarnation = inc,
          .role = role,
          .term = {term},
          .leader = {},
          .log_index = {},
          .commit_index = {},
          .applied_index = {term},
          .digest = 0,
          .state_digest = 0,
          .snapshot_index = {},
          .configuration = {},
          .configuration_index = {}};
}

class ViewTest : public testing::Test {
 protected:
  ViewTest() {
    for (NodeId node : view_.all()) {
      view_.started(node, 1);
      view_.became_ready(node);
    }
  }
  View view_{3, {{{1}, {2}, {3}}, {}, {}}};
};

TEST_F(ViewTest, a_new_leader_is_told_once) {
  EXPECT_FALSE(view_.heard(status(1, Role::candidate, 1)));
  EXPECT_TRUE(view_.heard(status(1, Role::leader, 1)));
  EXPECT_FALSE(view_.heard(status(1, Role::leader, 1)));
  EXPECT_TRUE(view_.heard(status(2, Role::leader, 2)));
  EXPECT_EQ(view_.leader(), NodeId{2});
  EXPECT_FALSE(view_.two_leaders());
}

TEST_F(ViewTest, what_a_dead_incarnation_said_is_evidence_but_no_longer_its_state) {
  view_.ended({1});
  view_.started({1}, 2);
  EXPECT_TRUE(view_.heard(status(1, Role::leader, 4, 1)));
  EXPECT_FALSE(view_.leader());
  EXPECT_EQ(view_.leaders().at({4}), NodeId{1});
  EXPECT_EQ(view_.at({1}).applied.value, 4u);
  view_.heard(status(2, Role::leader, 4));
  EXPECT_TRUE(view_.two_leaders());
}

TEST_F(ViewTest, a_leader_that_is_down_or_isolated_does_not_count) {
  view_.heard(status(3, Role::leader, 5));
  view_.isolate("cut", {{3}});
  EXPECT_FALSE(view_.leader());
  view_.heal("cut");
  EXPECT_EQ(view_.leader(), NodeId{3});
  view_.ended({3});
  EXPECT_FALSE(view_.leader());
  EXPECT_THAT(view_.connected(), testing::ElementsAre(NodeId{1}, NodeId{2}));
}

TEST_F(ViewTest, an_answer_is_not_replaced_by_what_nobody_asked_for) {
  view_.heard(status(1, Role::follower, 1, 1, 7));
  view_.heard(status(1, Role::follower, 2));
  EXPECT_EQ(view_.at({1}).answer->term.value, 1u);
  EXPECT_EQ(view_.at({1}).status->term.value, 2u);
}

TEST_F(ViewTest, the_members_are_those_of_the_latest_committed_configuration) {
  const raft::Configuration joint{{{1}, {2}}, {{1}, {2}, {3}}, {}};
  const raft::Configuration left{{{1}, {2}}, {}, {{4}}};
  node::Status said = status(1, Role::leader, 1);
  said.configuration = joint;
  said.configuration_index = {7};
  said.commit_index = {6};
  view_.heard(said);
  EXPECT_EQ(view_.configuration().voters.size(), 3u) << "not committed";
  said.commit_index = {7};
  view_.heard(said);
  EXPECT_EQ(view_.configuration(), joint);
  said.configuration = left;
  said.configuration_index = said.commit_index = {9};
  view_.heard(said);
  said.configuration = joint;
  said.configuration_index = {7};
  said.commit_index = {8};
  view_.heard(said);
  EXPECT_EQ(view_.configuration(), left) << "who is behind says nothing new";
  EXPECT_EQ(view_.configuration_index().value, 9u);
}

TEST_F(ViewTest, a_pre_candidate_has_started_no_election) {
  view_.heard(status(1, Role::pre_candidate, 4));
  EXPECT_FALSE(view_.first_candidate({4}));
}

TEST_F(ViewTest, acknowledgements_are_counted_from_a_time_on) {
  for (int at : {10, 20, 30})
    view_.acknowledged({2}, raft::Time(at));
  EXPECT_EQ(view_.acknowledged_since({2}, raft::Time(20)), 2u);
  EXPECT_EQ(view_.acknowledged_since({2}, raft::Time(31)), 0u);
  EXPECT_EQ(view_.acknowledged_since({1}, raft::Time(0)), 0u);
}

}  // namespace
}  // namespace scenario
