// SPDX-License-Identifier: Apache-2.0
#include "proxy/rules.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace proxy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Link kLink12 = {Address{1}, Address{2}};
constexpr Link kLink21 = {Address{2}, Address{1}};
constexpr Link kLink13 = {Address{1}, Address{3}};
constexpr auto kVote = MessageType::request_vote;
constexpr auto kAppend = MessageType::append_entries;

RuleSet five_nodes(std::uint64_t seed = 1) {
  return {seed, 5};
}

Rule loss(std::string id, double percent, Match match = {}) {
  return {std::move(id), std::move(match), Loss{percent}};
}

Rule delay(std::string id, microseconds latency, Match match = {}) {
  return {std::move(id), std::move(match), Delay{.latency = latency}};
}

Rule partition(std::string id, std::vector<Link> cut, Match match = {}) {
  return {std::move(id), std::move(match), Partition{std::move(cut)}};
}

bool drops(RuleSet& rules, Link link, MessageType type = kAppend) {
  return rules.judge(link, type).dropped.has_value();
}

/// Which of a link's messages a rule set loses.
std::vector<bool> losses(RuleSet& rules, Link link, int messages) {
  std::vector<bool> lost;
  for (int i = 0; i < messages; ++i)
    lost.push_back(drops(rules, link));
  return lost;
}

TEST(rules, without_any_everything_passes) {
  RuleSet rules = five_nodes();
  const auto effect = rules.judge(kLink12, kAppend);
  EXPECT_FALSE(effect.dropped);
  EXPECT_EQ(effect.delay, microseconds(0));
  EXPECT_TRUE(effect.rule.empty());
}

TEST(loss_rule, loses_its_share) {
  for (const double percent : {1.0, 15.0, 50.0, 90.0}) {
    RuleSet rules = five_nodes();
    ASSERT_EQ(rules.add(loss("lossy", percent)), std::nullopt);
    constexpr int kMessages = 100'000;
    int lost = 0;
    for (int i = 0; i < kMessages; ++i)
      lost += drops(rules, kLink12) ? 1 : 0;
    const double share = percent / 100;
    const double standard_error = std::sqrt(share * (1 - share) / kMessages);
    EXPECT_NEAR(static_cast<double>(lost) / kMessages, share, 5 * standard_error);
  }
}

TEST(loss_rule, of_0_loses_nothing_and_of_100_everything) {
  RuleSet none = five_nodes();
  ASSERT_EQ(none.add(loss("none", 0)), std::nullopt);
  RuleSet all = five_nodes();
  ASSERT_EQ(all.add(loss("all", 100)), std::nullopt);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(drops(none, kLink12));
    ASSERT_TRUE(drops(all, kLink12));
  }
}

TEST(loss_rule, a_seed_fixes_what_is_lost) {
  const auto run = [](std::uint64_t seed) {
    RuleSet rules = five_nodes(seed);
    EXPECT_EQ(rules.add(loss("lossy", 50)), std::nullopt);
    return losses(rules, kLink12, 200);
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(loss_rule, other_links_traffic_shifts_nothing) {
  RuleSet alone = five_nodes();
  RuleSet busy = five_nodes();
  for (RuleSet* rules : {&alone, &busy})
    ASSERT_EQ(rules->add(loss("lossy", 50)), std::nullopt);
  const auto expected = losses(alone, kLink12, 200);
  for (const bool lost : expected) {
    losses(busy, kLink21, 3);
    losses(busy, kLink13, 1);
    ASSERT_EQ(drops(busy, kLink12), lost);
  }
}

TEST(loss_rule, other_rules_shift_nothing) {
  RuleSet alone = five_nodes();
  RuleSet busy = five_nodes();
  ASSERT_EQ(busy.add(loss("another", 0)), std::nullopt);
  ASSERT_EQ(busy.add(delay("slow", milliseconds(1))), std::nullopt);
  for (RuleSet* rules : {&alone, &busy})
    ASSERT_EQ(rules->add(loss("lossy", 50)), std::nullopt);
  EXPECT_EQ(losses(alone, kLink12, 200), losses(busy, kLink12, 200));
}

TEST(loss_rule, links_have_streams_of_their_own) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(loss("lossy", 50)), std::nullopt);
  const auto there = losses(rules, kLink12, 200);
  EXPECT_NE(there, losses(rules, kLink21, 200));
  EXPECT_NE(there, losses(rules, kLink13, 200));
}

TEST(loss_rule, goes_on_with_its_stream_when_it_comes_back) {
  RuleSet whole = five_nodes();
  ASSERT_EQ(whole.add(loss("lossy", 50)), std::nullopt);
  const auto expected = losses(whole, kLink12, 200);

  RuleSet paused = five_nodes();
  ASSERT_EQ(paused.add(loss("lossy", 50)), std::nullopt);
  auto lost = losses(paused, kLink12, 100);
  ASSERT_EQ(paused.remove("lossy"), std::nullopt);
  losses(paused, kLink12, 100);
  ASSERT_EQ(paused.add(loss("lossy", 50)), std::nullopt);
  for (const bool one : losses(paused, kLink12, 100))
    lost.push_back(one);
  EXPECT_EQ(lost, expected);
}

TEST(match, picks_links_and_types) {
  RuleSet rules = five_nodes();
  const Match match = {.src = {Address{1}}, .dst = {Address{2}, Address{3}}, .messages = {kAppend}};
  ASSERT_EQ(rules.add(loss("some", 100, match)), std::nullopt);
  EXPECT_TRUE(drops(rules, kLink12));
  EXPECT_TRUE(drops(rules, kLink13));
  EXPECT_FALSE(drops(rules, {Address{1}, Address{4}}));
  EXPECT_FALSE(drops(rules, kLink21));
  EXPECT_FALSE(drops(rules, kLink12, kVote));
  EXPECT_FALSE(drops(rules, kLink12, MessageType::absent));
}

TEST(match, of_nothing_in_particular_is_all_even_messages_without_a_type) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(loss("all", 100)), std::nullopt);
  EXPECT_TRUE(drops(rules, kLink12, MessageType::absent));
}

TEST(delay_rule, constant_is_exact) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(delay("slow", milliseconds(80))), std::nullopt);
  for (int i = 0; i < 100; ++i) {
    const auto effect = rules.judge(kLink12, kAppend);
    ASSERT_EQ(effect.delay, milliseconds(80));
    ASSERT_EQ(effect.rule, "slow");
    ASSERT_FALSE(effect.dropped);
  }
}

struct Moments {
  double mean = 0;
  double deviation = 0;
  microseconds least = microseconds::max();
  microseconds most = microseconds::min();
};

Moments measure(const Delay& fault, int messages) {
  RuleSet rules = five_nodes();
  EXPECT_EQ(rules.add({"slow", {}, fault}), std::nullopt);
  Moments moments;
  double squares = 0;
  for (int i = 0; i < messages; ++i) {
    const microseconds delay = rules.judge(kLink12, kAppend).delay;
    const auto value = static_cast<double>(delay.count());
    moments.mean += value / messages;
    squares += value * value / messages;
    moments.least = std::min(moments.least, delay);
    moments.most = std::max(moments.most, delay);
  }
  moments.deviation = std::sqrt(squares - moments.mean * moments.mean);
  return moments;
}

TEST(delay_rule, uniform_fills_latency_plus_minus_jitter) {
  const auto moments =
      measure({milliseconds(80), milliseconds(40), Distribution::uniform}, 100'000);
  EXPECT_NEAR(moments.mean, 80'000, 400);
  EXPECT_NEAR(moments.deviation, 40'000 / std::sqrt(3.0), 400);
  EXPECT_GE(moments.least, milliseconds(40));
  EXPECT_LE(moments.most, milliseconds(120));
  EXPECT_LT(moments.least, milliseconds(41));
  EXPECT_GT(moments.most, milliseconds(119));
}

TEST(delay_rule, normal_has_its_mean_and_deviation) {
  const auto moments = measure({milliseconds(80), milliseconds(10), Distribution::normal}, 100'000);
  EXPECT_NEAR(moments.mean, 80'000, 200);
  EXPECT_NEAR(moments.deviation, 10'000, 200);
  EXPECT_GT(moments.most, milliseconds(110)) << "a normal distribution has tails";
}

TEST(delay_rule, is_never_negative) {
  for (const auto distribution : {Distribution::uniform, Distribution::normal}) {
    const auto moments = measure({milliseconds(1), milliseconds(50), distribution}, 10'000);
    EXPECT_EQ(moments.least, microseconds(0));
  }
}

TEST(delay_rule, delays_add_up_and_the_first_is_named) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(delay("a", milliseconds(10))), std::nullopt);
  ASSERT_EQ(rules.add(delay("b", milliseconds(5))), std::nullopt);
  const auto effect = rules.judge(kLink12, kAppend);
  EXPECT_EQ(effect.delay, milliseconds(15));
  EXPECT_EQ(effect.rule, "a");
}

TEST(partition_rule, one_way_cuts_one_direction) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(partition("cut", {kLink12})), std::nullopt);
  EXPECT_EQ(rules.judge(kLink12, kAppend).dropped, DropReason::partition);
  EXPECT_FALSE(drops(rules, kLink21));
  EXPECT_FALSE(drops(rules, kLink13));
}

TEST(partition_rule, two_ways_cut_both) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(partition("cut", {kLink12, kLink21})), std::nullopt);
  EXPECT_TRUE(drops(rules, kLink12));
  EXPECT_TRUE(drops(rules, kLink21));
  ASSERT_EQ(rules.remove("cut"), std::nullopt);
  EXPECT_FALSE(drops(rules, kLink12));
  EXPECT_FALSE(drops(rules, kLink21));
}

TEST(partition_rule, cuts_what_is_in_flight) {
  RuleSet rules = five_nodes();
  EXPECT_EQ(rules.cut(kLink12, kAppend), "");
  ASSERT_EQ(rules.add(loss("lossy", 100)), std::nullopt);
  EXPECT_EQ(rules.cut(kLink12, kAppend), "") << "only partitions do";
  ASSERT_EQ(rules.add(partition("cut", {kLink12}, {.src = {}, .dst = {}, .messages = {kAppend}})),
            std::nullopt);
  EXPECT_EQ(rules.cut(kLink12, kAppend), "cut");
  EXPECT_EQ(rules.cut(kLink12, kVote), "");
  EXPECT_EQ(rules.cut(kLink21, kAppend), "");
}

TEST(rule_sums, count_matches_and_name_who_decided) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(delay("slow", milliseconds(1))), std::nullopt);
  ASSERT_EQ(rules.add(partition("cut", {kLink12})), std::nullopt);
  ASSERT_EQ(rules.add(loss("all", 100)), std::nullopt);
  ASSERT_EQ(rules.add(loss("idle", 100, {.src = {Address{5}}, .dst = {}, .messages = {}})),
            std::nullopt);
  EXPECT_EQ(rules.judge(kLink12, kAppend).rule, "cut") << "the first drop decides";
  EXPECT_EQ(rules.judge(kLink12, kAppend).rule, "cut");
  EXPECT_EQ(rules.judge(kLink21, kAppend).rule, "all");
  ASSERT_EQ(rules.remove("all"), std::nullopt);
  EXPECT_EQ(rules.judge(kLink21, kAppend).rule, "slow");
  EXPECT_EQ(rules.cut(kLink12, kAppend), "cut");
  const std::vector<RuleSum> expected = {
      {"slow", 4, 1}, {"cut", 3, 3}, {"all", 3, 1}, {"idle", 0, 0}};
  EXPECT_EQ(rules.sums(), expected);
}

TEST(rule_set, refuses_what_makes_no_sense) {
  RuleSet rules = five_nodes();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Rule> wrong = {
      loss("", 10),
      loss(std::string(65, 'x'), 10),
      loss("a", -1),
      loss("a", 100.1),
      loss("a", kNan),
      loss("a", 1, {.src = {Address{6}}, .dst = {}, .messages = {}}),
      loss("a", 1, {.src = {}, .dst = {Address{0}}, .messages = {}}),
      delay("a", microseconds(-1)),
      delay("a", std::chrono::hours(2)),
      {"a", {}, Delay{milliseconds(5), milliseconds(1), Distribution::constant}},
      {"a", {}, Delay{milliseconds(5), milliseconds(-1), Distribution::normal}},
      partition("a", {}),
      partition("a", {{Address{1}, Address{6}}}),
  };
  for (const Rule& rule : wrong)
    EXPECT_TRUE(rules.add(rule).has_value()) << rule.fault.index();
  EXPECT_TRUE(rules.sums().empty()) << "a refused rule leaves no trace";
}

TEST(rule_set, an_id_is_in_force_once) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(loss("a", 100)), std::nullopt);
  EXPECT_TRUE(rules.add(loss("a", 0)).has_value());
  EXPECT_TRUE(drops(rules, kLink12)) << "the refused one replaced nothing";
  EXPECT_TRUE(rules.remove("b").has_value());
  ASSERT_EQ(rules.remove("a"), std::nullopt);
  EXPECT_TRUE(rules.remove("a").has_value());
  EXPECT_FALSE(drops(rules, kLink12));
}

TEST(rule_set, clear_ends_all) {
  RuleSet rules = five_nodes();
  ASSERT_EQ(rules.add(loss("a", 100)), std::nullopt);
  ASSERT_EQ(rules.add(partition("b", {kLink12})), std::nullopt);
  rules.clear();
  EXPECT_FALSE(drops(rules, kLink12));
}

}  // namespace
}  // namespace proxy
