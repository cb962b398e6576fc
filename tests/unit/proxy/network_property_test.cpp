// SPDX-License-Identifier: Apache-2.0
// Random operations against a Network, beside a naive account of the same messages.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/network.h"

namespace proxy {
namespace {

constexpr std::uint32_t kNodes = 4;

/// Keeps each message on a list until its outcome is known, and every outcome on another.
class Account {
 public:
  explicit Account(std::uint64_t seed)
      : random_(seed),
        network_({.seed = seed, .nodes = kNodes, .deliver_stale = seed % 5 == 0}, log_) {}

  void step() {
    now_ += Duration(pick(2000));
    switch (pick(10)) {
      case 0:
        return change_a_node();
      case 1:
        return change_a_rule();
      case 2:
      case 3:
      case 4:
        return settle_what_is_due();
      default:
        return send();
    }
  }

  void finish() {
    for (const auto& [due, flight] : held_) {
      network_.dropped(flight, DropReason::shutdown, now_);
      record(flight, DropReason::shutdown);
    }
    held_.clear();
  }

  void check() const {
    const Sums sums = network_.sums();
    ASSERT_TRUE(sums.balanced());
    ASSERT_EQ(network_.in_flight(), held_.size());
    std::uint64_t in_flight = 0;
    std::set<std::pair<Address, Address>> links;
    for (const LinkSum& link : sums.links) {
      in_flight += link.outcomes.in_flight.messages;
      links.insert({link.src, link.dst});
      for (std::size_t reason = 0; reason <= kDropReasons; ++reason) {
        const auto found = outcomes_.find({link.src, link.dst, reason});
        const Count expected = found == outcomes_.end() ? Count{} : found->second;
        const Count counted =
            reason < kDropReasons ? link.outcomes.dropped[reason] : link.outcomes.delivered;
        ASSERT_EQ(counted, expected);
      }
    }
    ASSERT_EQ(in_flight, held_.size());
    for (const auto& [key, count] : outcomes_)
      ASSERT_TRUE(links.count({std::get<0>(key), std::get<1>(key)}));
  }

  std::uint64_t reasons_seen() const {
    std::set<std::size_t> reasons;
    for (const auto& [key, count] : outcomes_)
      reasons.insert(std::get<2>(key));
    return reasons.size();
  }

 private:
  // The last of the reasons' indexes stands for "delivered".
  using Key = std::tuple<Address, Address, std::size_t>;

  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  Address any_node() { return Address{1 + pick(kNodes)}; }

  /// The present one mostly.
  Incarnation any_life_of(Address node) {
    const std::uint32_t now = std::max(incarnations_[node], 1U);
    return Incarnation{now > 1 && pick(8) == 0 ? now - 1 : now};
  }

  void record(const Flight& flight, std::optional<DropReason> reason) {
    const std::size_t index = reason ? static_cast<std::size_t>(*reason) : kDropReasons;
    outcomes_[{flight.envelope.src, flight.envelope.dst, index}].add(flight.bytes);
  }

  void change_a_node() {
    const Address node = any_node();
    if (pick(3) == 0) {
      network_.apply(NodeDown{node}, now_);
    } else {
      network_.apply(NodeUp{node, Incarnation{++incarnations_[node]}}, now_);
    }
  }

  void change_a_rule() {
    const std::string id(1, static_cast<char>('a' + pick(4)));
    switch (pick(5)) {
      case 0:
        network_.apply(AddRule{{id, {}, Loss{static_cast<double>(pick(101))}}}, now_);
        return;
      case 1:
        network_.apply(AddRule{{id, {}, Partition{{{any_node(), any_node()}}}}}, now_);
        return;
      case 2:
        network_.apply(
            AddRule{
                {id, {}, Delay{Duration(pick(5000)), Duration(pick(5000)), Distribution::normal}}},
            now_);
        return;
      case 3:
        network_.apply(RemoveRule{id}, now_);
        return;
      default:
        network_.apply(HealAll{}, now_);
    }
  }

  void send() {
    const Address src = any_node();
    const Address dst = any_node();
    const Envelope envelope = {
        .type = static_cast<MessageType>(pick(kMessageTypes)),
        .kind = static_cast<MessageKind>(pick(kMessageKinds)),
        .src = src,
        .src_incarnation = any_life_of(src),
        .dst = dst,
        .dst_incarnation = pick(2) == 0 ? Incarnation::unknown : any_life_of(dst),
        .id = ++messages_};
    const std::uint64_t bytes = 44 + pick(1000);
    const Decision decision = network_.on_message(envelope, bytes, now_);
    if (src == dst) {
      ASSERT_EQ(decision.dropped, DropReason::malformed);
      return;
    }
    if (decision.dropped) return record({envelope, bytes, {}}, decision.dropped);
    if (decision.due <= now_) return hand_over(decision.flight);
    held_.emplace(decision.due, decision.flight);
  }

  void settle_what_is_due() {
    while (!held_.empty() && held_.begin()->first <= now_) {
      const Flight flight = held_.begin()->second;
      held_.erase(held_.begin());
      if (const auto reason = network_.may_deliver(flight, now_)) {
        record(flight, reason);
      } else {
        hand_over(flight);
      }
    }
  }

  void hand_over(const Flight& flight) {
    if (pick(10) == 0) {
      const auto reason = pick(2) == 0 ? DropReason::backpressure : DropReason::peer_down;
      network_.dropped(flight, reason, now_);
      return record(flight, reason);
    }
    network_.delivered(flight);
    record(flight, std::nullopt);
  }

  std::mt19937_64 random_;
  NetworkLog log_{{}};
  Network network_;
  Time now_{};
  std::uint64_t messages_ = 0;
  std::map<Address, std::uint32_t> incarnations_;
  std::multimap<Time, Flight> held_;
  std::map<Key, Count> outcomes_;
};

TEST(network_property, every_message_has_exactly_one_outcome) {
  std::uint64_t most_reasons = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Account account(seed);
    for (int step = 0; step < 300; ++step) {
      account.step();
      account.check();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
    account.finish();
    account.check();
    most_reasons = std::max(most_reasons, account.reasons_seen());
  }
  EXPECT_GE(most_reasons, 6U) << "the runs are too tame to say anything";
}

}  // namespace
}  // namespace proxy
