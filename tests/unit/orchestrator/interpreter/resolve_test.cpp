// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/resolve.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scenario {
namespace {

using raft::NodeId;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Target::Kind;
using Nodes = std::vector<NodeId>;

class ResolveTest : public testing::Test {
 protected:
  ResolveTest() {
    for (NodeId node : view_.all()) {
      view_.started(node, 1);
      view_.became_ready(node);
    }
  }
  void lead(std::uint64_t node) {
    node::Status status;
    status.node = {node};
    status.incarnation = 1;
    status.role = raft::Role::leader;
    status.term = {1};
    view_.heard(status);
  }
  Nodes resolve(Kind kind, unsigned number = 0, Nodes nodes = {}, const std::string& id = "") {
    return scenario::resolve({kind, std::move(nodes), number, id}, view_, remembered_, random_);
  }

  View view_{5, {{{1}, {2}, {3}, {4}, {5}}, {}, {}}};
  Remembered remembered_;
  raft::Random random_{1};
};

TEST_F(ResolveTest, names_are_themselves_in_order) {
  EXPECT_THAT(resolve(Kind::nodes, 0, {{4}, {2}}), ElementsAre(NodeId{2}, NodeId{4}));
  EXPECT_EQ(resolve(Kind::all).size(), 5u);
}

TEST_F(ResolveTest, without_a_leader_nobody_is_meant) {
  for (Kind kind : {Kind::leader, Kind::leader_plus, Kind::follower, Kind::followers}) {
    EXPECT_THAT(resolve(kind), IsEmpty());
    EXPECT_TRUE(needs_leader({kind, {}, 0, ""}));
  }
  EXPECT_FALSE(needs_leader({Kind::one, {}, 0, ""}));
}

TEST_F(ResolveTest, counts_round_from_the_leader) {
  lead(4);
  EXPECT_THAT(resolve(Kind::leader), ElementsAre(NodeId{4}));
  EXPECT_THAT(resolve(Kind::leader_plus, 1), ElementsAre(NodeId{5}));
  EXPECT_THAT(resolve(Kind::leader_plus, 2), ElementsAre(NodeId{1}));
}

TEST_F(ResolveTest, followers_are_the_others_in_touch) {
  lead(4);
  view_.isolate("cut", {{1}});
  view_.ended({2});
  EXPECT_THAT(resolve(Kind::followers), ElementsAre(NodeId{3}, NodeId{5}));
  std::set<NodeId> drawn;
  for (int i = 0; i < 50; ++i) {
    const Nodes one = resolve(Kind::follower);
    ASSERT_EQ(one.size(), 1u);
    drawn.insert(one.front());
  }
  EXPECT_THAT(drawn, ElementsAre(NodeId{3}, NodeId{5}));
}

TEST_F(ResolveTest, majority_is_the_smallest_and_minority_the_largest) {
  std::set<Nodes> majorities;
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(resolve(Kind::minority).size(), 2u);
    majorities.insert(resolve(Kind::majority));
  }
  EXPECT_EQ(majorities.size(), 10u) << "each of them, at random";
  for (const Nodes& nodes : majorities)
    EXPECT_EQ(nodes.size(), 3u);
}

TEST_F(ResolveTest, random_draws_may_coincide) {
  std::set<std::size_t> sizes;
  for (int i = 0; i < 200; ++i)
    sizes.insert(resolve(Kind::random, 3).size());
  EXPECT_THAT(sizes, ElementsAre(1u, 2u, 3u));
}

TEST_F(ResolveTest, what_was_remembered_and_the_nodes_after_it) {
  remembered_["first"] = {{5}};
  EXPECT_THAT(resolve(Kind::remembered, 0, {}, "first"), ElementsAre(NodeId{5}));
  EXPECT_THAT(resolve(Kind::remembered, 2, {}, "first"), ElementsAre(NodeId{2}));
  EXPECT_THAT(resolve(Kind::remembered, 0, {}, "second"), IsEmpty());
}

// n2, n3 and n5 vote, n4 learns, n1 waits.
class ResolveMembersTest : public ResolveTest {
 protected:
  ResolveMembersTest() {
    node::Status status;
    status.node = {3};
    status.incarnation = 1;
    status.role = raft::Role::leader;
    status.term = {1};
    status.configuration = {{{2}, {3}, {5}}, {}, {{4}}};
    status.configuration_index = status.commit_index = {9};
    view_.heard(status);
  }
};

TEST_F(ResolveMembersTest, followers_vote) {
  EXPECT_THAT(resolve(Kind::followers), ElementsAre(NodeId{2}, NodeId{5}));
  EXPECT_EQ(resolve(Kind::all).size(), 5u) << "members or not";
}

TEST_F(ResolveMembersTest, voters_are_counted_round) {
  EXPECT_THAT(resolve(Kind::leader_plus, 1), ElementsAre(NodeId{5}));
  EXPECT_THAT(resolve(Kind::leader_plus, 2), ElementsAre(NodeId{2}));
  EXPECT_THAT(resolve(Kind::leader_plus, 3), ElementsAre(NodeId{3}));
  remembered_["removed"] = {{4}};
  EXPECT_THAT(resolve(Kind::remembered, 1, {}, "removed"), ElementsAre(NodeId{5}));
  EXPECT_THAT(resolve(Kind::remembered, 2, {}, "removed"), ElementsAre(NodeId{2}));
}

TEST_F(ResolveMembersTest, quorums_are_drawn_among_voters_and_the_rest_among_members) {
  std::set<NodeId> of_quorums;
  std::set<NodeId> members;
  for (int i = 0; i < 100; ++i) {
    const Nodes majority = resolve(Kind::majority);
    EXPECT_EQ(majority.size(), 2u);
    of_quorums.insert(majority.begin(), majority.end());
    const Nodes minority = resolve(Kind::minority);
    EXPECT_EQ(minority.size(), 1u);
    of_quorums.insert(minority.begin(), minority.end());
    members.insert(resolve(Kind::one).front());
    members.insert(resolve(Kind::random, 1).front());
  }
  EXPECT_THAT(of_quorums, ElementsAre(NodeId{2}, NodeId{3}, NodeId{5}));
  EXPECT_THAT(members, ElementsAre(NodeId{2}, NodeId{3}, NodeId{4}, NodeId{5}));
}

TEST(Cuts, are_one_way_or_both) {
  using Direction = PartitionFault::Direction;
  const auto link = [](std::uint32_t src, std::uint32_t dst) {
    return proxy::Link{proxy::Address{src}, proxy::Address{dst}};
  };
  EXPECT_THAT(cut_around({{1}}, 3, Direction::to), ElementsAre(link(2, 1), link(3, 1)));
  EXPECT_THAT(cut_around({{1}}, 3, Direction::from), ElementsAre(link(1, 2), link(1, 3)));
  EXPECT_EQ(cut_around({{1}, {2}}, 3, Direction::both).size(), 6u);
  EXPECT_EQ(cut_around({{1}, {2}}, 5, Direction::both).size(), 14u);
  const std::vector<Nodes> sides = {{{1}}, {{2}}, {{3}}};
  EXPECT_EQ(cut_between(sides, Direction::both).size(), 6u);
  EXPECT_THAT(cut_between(sides, Direction::to), ElementsAre(link(2, 1), link(3, 1)));
  EXPECT_THAT(cut_between(sides, Direction::from), ElementsAre(link(1, 2), link(1, 3)));
}

TEST(Sides, a_node_is_on_the_first_that_names_it_and_the_rest_on_the_last) {
  EXPECT_THAT(sides_of({{{1}, {2}}, {{2}, {3}}}, 5),
              ElementsAre(Nodes{{1}, {2}}, Nodes{{3}}, Nodes{{4}, {5}}));
}

TEST(Sides, without_a_majority_nobody_is_outside_one) {
  const Nodes all{{1}, {2}, {3}, {4}, {5}};
  EXPECT_THAT(outside_majority({{{1}, {2}}, {{3}, {4}, {5}}}, all),
              ElementsAre(NodeId{1}, NodeId{2}));
  EXPECT_THAT(outside_majority({{{1}, {2}}, {{3}, {4}}, {{5}}}, all), IsEmpty());
  EXPECT_THAT(outside_majority({{{1}, {2}}, {{3}, {4}, {5}}}, {{1}, {2}, {3}}),
              ElementsAre(NodeId{3}, NodeId{4}, NodeId{5}));
}

}  // namespace
}  // namespace scenario
