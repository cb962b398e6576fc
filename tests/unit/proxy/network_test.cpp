// SPDX-License-Identifier: Apache-2.0
#include "proxy/network.h"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace proxy {
namespace {

using std::chrono::milliseconds;

constexpr Address kN1{1};
constexpr Address kN2{2};
constexpr std::uint64_t kBytes = 100;

class NetworkTest : public testing::Test {
 protected:
  explicit NetworkTest(bool deliver_stale = false)
      : network_({.seed = 1, .nodes = 3, .deliver_stale = deliver_stale}, log_) {
    for (std::uint32_t node = 1; node <= 3; ++node)
      must(NodeUp{Address{node}, Incarnation{1}});
  }

  void must(const Change& change) { ASSERT_EQ(network_.apply(change, Time(0)), std::nullopt); }

  static Envelope message(Address src, Address dst, Incarnation src_incarnation = Incarnation{1},
                          Incarnation dst_incarnation = Incarnation::unknown) {
    return {.type = MessageType::append_entries,
            .kind = MessageKind::request,
            .src = src,
            .src_incarnation = src_incarnation,
            .dst = dst,
            .dst_incarnation = dst_incarnation,
            .id = 1};
  }
  Decision send(const Envelope& envelope, Time now = Time(0)) {
    return network_.on_message(envelope, kBytes, now);
  }
  void delay_all(Duration latency) { must(AddRule{{"slow", {}, Delay{.latency = latency}}}); }
  void cut(Address src, Address dst) { must(AddRule{{"cut", {}, Partition{{{src, dst}}}}}); }

  Count dropped(DropReason reason) const {
    return network_.sums().total().dropped[static_cast<std::size_t>(reason)];
  }

  NetworkLog log_{{}};
  Network network_;
};

TEST_F(NetworkTest, hands_over_at_once_what_nothing_touches) {
  const Decision decision = send(message(kN1, kN2), Time(5));
  EXPECT_EQ(decision.dropped, std::nullopt);
  EXPECT_EQ(decision.due, Time(5));
  EXPECT_EQ(network_.in_flight(), 1U);
  network_.delivered(decision.flight);
  EXPECT_EQ(network_.in_flight(), 0U);
  const Sums sums = network_.sums();
  ASSERT_EQ(sums.links.size(), 1U);
  EXPECT_EQ(sums.links[0].src, kN1);
  EXPECT_EQ(sums.links[0].dst, kN2);
  EXPECT_EQ(sums.links[0].outcomes.sent, (Count{1, kBytes}));
  EXPECT_EQ(sums.links[0].outcomes.delivered, (Count{1, kBytes}));
  ASSERT_EQ(sums.types.size(), 1U);
  EXPECT_EQ(sums.types[0].type, MessageType::append_entries);
  EXPECT_EQ(sums.types[0].kind, MessageKind::request);
  EXPECT_TRUE(sums.balanced());
}

TEST_F(NetworkTest, holds_what_is_delayed) {
  delay_all(milliseconds(80));
  const Decision decision = send(message(kN1, kN2), Time(5));
  EXPECT_EQ(decision.due, Time(5) + milliseconds(80));
  EXPECT_EQ(network_.may_deliver(decision.flight, decision.due), std::nullopt);
  EXPECT_EQ(network_.in_flight(), 1U) << "its outcome is known when it was handed over";
}

TEST_F(NetworkTest, counts_what_rules_drop) {
  must(AddRule{{"lossy", {}, Loss{100}}});
  EXPECT_EQ(send(message(kN1, kN2)).dropped, DropReason::loss);
  EXPECT_EQ(dropped(DropReason::loss), (Count{1, kBytes}));
  EXPECT_EQ(network_.in_flight(), 0U);
}

TEST_F(NetworkTest, a_partition_cuts_what_is_in_flight) {
  delay_all(milliseconds(80));
  const Decision there = send(message(kN1, kN2));
  const Decision back = send(message(kN2, kN1));
  cut(kN1, kN2);
  EXPECT_EQ(network_.may_deliver(there.flight, there.due), DropReason::partition);
  EXPECT_EQ(network_.may_deliver(back.flight, back.due), std::nullopt);
  EXPECT_EQ(dropped(DropReason::partition), (Count{1, kBytes}));
}

TEST_F(NetworkTest, heal_ends_all_rules_and_hastens_nothing) {
  delay_all(milliseconds(80));
  const Decision held = send(message(kN1, kN2));
  cut(kN1, kN2);
  must(HealAll{});
  EXPECT_EQ(network_.may_deliver(held.flight, held.due), std::nullopt);
  EXPECT_EQ(send(message(kN1, kN2), Time(7)).due, Time(7));
}

TEST_F(NetworkTest, a_node_that_is_down_receives_nothing) {
  must(NodeDown{kN2});
  EXPECT_EQ(send(message(kN1, kN2)).dropped, DropReason::peer_down);
}

TEST_F(NetworkTest, rules_do_not_match_what_could_not_arrive_anyway) {
  must(AddRule{{"lossy", {}, Loss{100}}});
  must(NodeDown{kN2});
  send(message(kN1, kN2));
  EXPECT_EQ(network_.sums().rules, (std::vector<RuleSum>{{"lossy", 0, 0}}));
}

TEST_F(NetworkTest, a_node_that_goes_down_does_not_receive_what_is_in_flight) {
  delay_all(milliseconds(80));
  const Decision held = send(message(kN1, kN2));
  must(NodeDown{kN2});
  EXPECT_EQ(network_.may_deliver(held.flight, held.due), DropReason::peer_down);
}

TEST_F(NetworkTest, a_restarted_node_does_not_receive_what_its_past_life_was_sent) {
  delay_all(milliseconds(80));
  const Decision held = send(message(kN1, kN2));
  must(NodeDown{kN2});
  must(NodeUp{kN2, Incarnation{2}});
  EXPECT_EQ(network_.may_deliver(held.flight, held.due), DropReason::stale_incarnation);
}

TEST_F(NetworkTest, nothing_arrives_from_a_past_life) {
  delay_all(milliseconds(80));
  const Decision held = send(message(kN1, kN2));
  must(NodeDown{kN1});
  EXPECT_EQ(network_.may_deliver(held.flight, held.due), DropReason::stale_incarnation);
  EXPECT_EQ(send(message(kN1, kN2)).dropped, DropReason::stale_incarnation);
  must(NodeUp{kN1, Incarnation{2}});
  EXPECT_EQ(send(message(kN1, kN2)).dropped, DropReason::stale_incarnation);
  EXPECT_EQ(send(message(kN1, kN2, Incarnation{2})).dropped, std::nullopt);
}

TEST_F(NetworkTest, a_message_may_name_the_incarnation_that_it_is_for) {
  EXPECT_EQ(send(message(kN1, kN2, Incarnation{1}, Incarnation{1})).dropped, std::nullopt);
  must(NodeUp{kN2, Incarnation{2}});
  EXPECT_EQ(send(message(kN1, kN2, Incarnation{1}, Incarnation{1})).dropped,
            DropReason::stale_incarnation);
  EXPECT_EQ(send(message(kN1, kN2, Incarnation{1}, Incarnation{2})).dropped, std::nullopt);
}

class StaleNetworkTest : public NetworkTest {
 protected:
  StaleNetworkTest() : NetworkTest(true) {}
};

TEST_F(StaleNetworkTest, delivers_across_restarts_where_asked_to) {
  delay_all(milliseconds(80));
  const Decision held = send(message(kN1, kN2));
  must(NodeDown{kN1});
  must(NodeDown{kN2});
  must(NodeUp{kN2, Incarnation{2}});
  EXPECT_EQ(network_.may_deliver(held.flight, held.due), std::nullopt);
  must(NodeDown{kN2});
  EXPECT_EQ(send(message(kN1, kN2)).dropped, DropReason::peer_down);
}

TEST_F(NetworkTest, a_message_that_is_not_between_two_nodes_is_malformed) {
  EXPECT_EQ(send(message(kN1, Address{4})).dropped, DropReason::malformed);
  EXPECT_EQ(send(message(Address{4}, kN1)).dropped, DropReason::malformed);
  EXPECT_EQ(send(message(kN1, kN1)).dropped, DropReason::malformed);
  network_.malformed("n1", "too_short", 3, Time(0));
  const Sums sums = network_.sums();
  EXPECT_EQ(sums.malformed, (Count{4, 3 * kBytes + 3}));
  EXPECT_TRUE(sums.links.empty());
  EXPECT_TRUE(sums.total().balanced());
}

TEST_F(NetworkTest, an_outcome_counts_once) {
  const Decision decision = send(message(kN1, kN2));
  network_.delivered(decision.flight);
  EXPECT_THROW(network_.delivered(decision.flight), std::logic_error);
}

TEST_F(NetworkTest, incarnations_only_rise) {
  EXPECT_TRUE(network_.apply(NodeUp{kN1, Incarnation{1}}, Time(0)).has_value());
  EXPECT_TRUE(network_.apply(NodeUp{kN1, Incarnation::unknown}, Time(0)).has_value());
  must(NodeUp{kN1, Incarnation{5}});
  EXPECT_TRUE(network_.apply(NodeUp{kN1, Incarnation{4}}, Time(0)).has_value());
  EXPECT_EQ(send(message(kN1, kN2, Incarnation{5})).dropped, std::nullopt);
}

TEST_F(NetworkTest, changes_of_what_is_not_there_are_refused) {
  EXPECT_TRUE(network_.apply(NodeUp{Address{4}, Incarnation{1}}, Time(0)).has_value());
  EXPECT_TRUE(network_.apply(NodeDown{Address{0}}, Time(0)).has_value());
  must(NodeDown{kN1});
  EXPECT_TRUE(network_.apply(NodeDown{kN1}, Time(0)).has_value());
  EXPECT_TRUE(network_.apply(RemoveRule{"none"}, Time(0)).has_value());
}

}  // namespace
}  // namespace proxy
