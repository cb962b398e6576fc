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

  View view_{5};
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
  EXPECT_THAT(outside_majority({{{1}, {2}}, {{3}, {4}, {5}}}), ElementsAre(NodeId{1}, NodeId{2}));
  EXPECT_THAT(outside_majority({{{1}, {2}}, {{3}, {4}}, {{5}}}), IsEmpty());
}

}  // namespace
}  // namespace scenario
