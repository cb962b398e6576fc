// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/proxy/relay_fixture.h"

namespace proxy {
namespace {

using std::chrono::milliseconds;
using Json = nlohmann::json;

Rule cut(Address src, Address dst) {
  return {"cut", {}, Partition{{{src, dst}}}};
}
Rule slow(Duration latency) {
  return {"slow", {}, Delay{.latency = latency}};
}

Outcomes link(const Sums& sums, Address src, Address dst) {
  for (const LinkSum& one : sums.links)
    if (one.src == src && one.dst == dst) return one.outcomes;
  return {};
}

std::uint64_t dropped(const Outcomes& outcomes, DropReason reason) {
  return outcomes.dropped[static_cast<std::size_t>(reason)].messages;
}

std::vector<Json> lines_with(const std::string& log, const std::string& event) {
  std::vector<Json> found;
  std::istringstream stream(log);
  for (std::string line; std::getline(stream, line);) {
    Json json = Json::parse(line);
    if (json.at("event") == event) found.push_back(std::move(json));
  }
  return found;
}

TEST_F(RelayTest, forwards_both_ways_and_unharmed) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  const std::string large(1 << 20, 'x');
  n1->send(kN2, "there");
  n1->send(kN2, large);
  EXPECT_EQ(n2->receive(), "there");
  EXPECT_EQ(n2->receive(), large);
  n2->send(kN1, "and back");
  EXPECT_EQ(n1->receive(), "and back");

  const Sums sums = stop();
  EXPECT_TRUE(sums.balanced());
  EXPECT_EQ(link(sums, kN1, kN2).delivered.messages, 2U);
  EXPECT_EQ(link(sums, kN1, kN2).delivered.bytes, 2 * kEnvelopeSize + 5 + large.size());
  EXPECT_EQ(link(sums, kN2, kN1).delivered.messages, 1U);
}

TEST_F(RelayTest, keeps_the_order_of_a_link) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  for (int i = 0; i < 500; ++i)
    n1->send(kN2, std::to_string(i));
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(n2->receive(), std::to_string(i));
}

TEST_F(RelayTest, a_partition_cuts_one_way_until_it_heals) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  controller_->must(AddRule{cut(kN1, kN2)});
  n1->send(kN2, "lost");
  n2->send(kN1, "the other way");
  EXPECT_EQ(n1->receive(), "the other way");
  controller_->await([&](const Sums& sums) { return link(sums, kN1, kN2).sent.messages > 0; });
  controller_->must(RemoveRule{"cut"});
  n1->send(kN2, "healed");
  EXPECT_EQ(n2->receive(), "healed");

  const Sums sums = stop();
  EXPECT_EQ(dropped(link(sums, kN1, kN2), DropReason::partition), 1U);
  EXPECT_EQ(sums.rules, (std::vector<RuleSum>{{"cut", 1, 1}}));
}

TEST_F(RelayTest, a_delayed_message_comes_late_and_others_overtake_it) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  controller_->must(AddRule{slow(milliseconds(60))});
  const auto sent_at = std::chrono::steady_clock::now();
  n1->send(kN2, "slow");
  controller_->await([&](const Sums& sums) { return link(sums, kN1, kN2).in_flight.messages > 0; });
  controller_->must(HealAll{});
  n1->send(kN2, "fast");
  EXPECT_EQ(n2->receive(), "fast");
  EXPECT_EQ(n2->receive(), "slow");
  EXPECT_GE(std::chrono::steady_clock::now() - sent_at, milliseconds(60));

  stop();
  const auto delayed = lines_with(log(), "delayed");
  ASSERT_EQ(delayed.size(), 1U);
  EXPECT_EQ(delayed[0].at("latency_us"), 60'000);
  const auto forwarded = lines_with(log(), "forwarded");
  ASSERT_EQ(forwarded.size(), 2U);
  EXPECT_EQ(forwarded[1].at("msg_id"), delayed[0].at("msg_id"));
  EXPECT_GE(forwarded[1].at("mono_us").get<std::int64_t>(),
            delayed[0].at("mono_us").get<std::int64_t>() + 60'000);
}

TEST_F(RelayTest, a_partition_cuts_what_is_held) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  controller_->must(AddRule{slow(milliseconds(30))});
  n1->send(kN2, "held");
  controller_->await([&](const Sums& sums) { return link(sums, kN1, kN2).in_flight.messages > 0; });
  controller_->must(AddRule{cut(kN1, kN2)});
  controller_->await(
      [&](const Sums& sums) { return dropped(link(sums, kN1, kN2), DropReason::partition) > 0; });
  EXPECT_EQ(link(stop(), kN1, kN2).delivered.messages, 0U);
}

TEST_F(RelayTest, rubbish_is_counted_and_harms_nobody) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  const std::uint64_t before = controller_->totals().malformed.messages;
  const Envelope envelope = {.src = kN1, .src_incarnation = Incarnation{1}, .dst = kN2, .id = 1};
  Envelope other_src = envelope;
  other_src.src = kN3;
  Envelope nobody = envelope;
  nobody.dst = Address{9};
  std::string wrong_version = encode(envelope, "x");
  wrong_version[1] = 9;
  std::string oversized = encode(envelope, "x");
  oversized.replace(20, 4, "\xFF\xFF\xFF\xFF");
  const std::vector<std::vector<std::string>> rubbish = {
      {""},
      {std::string(kEnvelopeSize - 1, '\0')},
      {std::string(kEnvelopeSize, '\xFF')},
      {encode(envelope, "x") + "y"},
      {wrong_version},
      {oversized},
      {encode(other_src, "x")},
      {encode(nobody, "x")},
      {encode(envelope, "x"), "more"},
      {"", "", encode(envelope, "x")},
      {std::string(kMaxFrame + 1, 'x')},
  };
  for (const auto& frames : rubbish)
    n1->send_raw(frames);
  n1->send(kN2, "good");
  EXPECT_EQ(n2->receive(), "good");

  const Sums sums = stop();
  EXPECT_EQ(sums.malformed.messages - before, rubbish.size());
  EXPECT_EQ(link(sums, kN1, kN2).sent.messages, 1U);
  EXPECT_TRUE(sums.balanced());
  EXPECT_EQ(lines_with(log(), "dropped").size(), sums.malformed.messages);
  EXPECT_FALSE(warnings_.empty());
  EXPECT_LT(warnings_.size(), rubbish.size()) << "warnings are few";
}

TEST_F(RelayTest, a_connection_that_ends_for_a_monstrous_frame_comes_back) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  n1->send_raw({std::string(kMaxFrame + (1 << 20), 'x')});
  n2->send(kN3, "still alive");
  controller_->await([&](const Sums& sums) { return link(sums, kN2, kN3).sent.messages > 0; });
}

TEST_F(RelayTest, a_restarted_node_is_heard_and_its_past_is_not) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  n2->send(kN1, "first life");
  EXPECT_EQ(n1->receive(), "first life");
  controller_->must(NodeDown{kN2});
  auto restarted = join(kN2, Incarnation{2});  // while the old socket is still connected
  restarted->send(kN1, "second life");
  EXPECT_EQ(n1->receive(), "second life");
  n1->send(kN2, "hello again");
  EXPECT_EQ(restarted->receive(), "hello again");
  n2->send(kN1, "a ghost");
  n2.reset();

  const Envelope ghost = {.src = kN2, .src_incarnation = Incarnation{1}, .dst = kN1, .id = 50};
  restarted->send_raw({encode(ghost, "")});
  controller_->await([&](const Sums& sums) {
    return dropped(link(sums, kN2, kN1), DropReason::stale_incarnation) > 0;
  });
  EXPECT_EQ(link(stop(), kN2, kN1).delivered.messages, 2U);
}

TEST_F(RelayTest, a_node_that_never_connected_is_down) {
  start();
  auto n1 = join(kN1);
  controller_->must(NodeUp{kN3, Incarnation{1}});
  n1->send(kN3, "anybody?");
  controller_->await(
      [&](const Sums& sums) { return dropped(link(sums, kN1, kN3), DropReason::peer_down) > 0; });
  stop();
  std::vector<std::string> reasons;
  for (const Json& line : lines_with(log(), "dropped"))
    reasons.push_back(line.at("reason"));
  EXPECT_THAT(reasons, testing::Contains("peer_down"));
}

TEST_F(RelayTest, a_node_that_reads_nothing_pushes_back_and_no_message_is_lost_uncounted) {
  start();
  auto n1 = join(kN1);
  controller_->must(NodeUp{kN2, Incarnation{1}});
  TestNode idle(*context_, network_, kN2, Incarnation{1}, /*receive_queue=*/1);
  idle.send(kN1, "here");
  EXPECT_EQ(n1->receive(), "here");
  constexpr std::uint64_t kMessages = 3000;
  const std::string payload(16 << 10, 'x');
  for (std::uint64_t i = 0; i < kMessages; ++i)
    n1->send(kN2, payload);
  controller_->await(
      [&](const Sums& sums) { return link(sums, kN1, kN2).sent.messages >= kMessages; });
  const Outcomes outcomes = link(controller_->totals(), kN1, kN2);
  EXPECT_GT(dropped(outcomes, DropReason::backpressure), 0U);
  EXPECT_EQ(outcomes.delivered.messages + dropped(outcomes, DropReason::backpressure), kMessages);
  for (std::uint64_t i = 0; i < outcomes.delivered.messages; ++i)
    ASSERT_EQ(idle.receive().size(), payload.size()) << "message " << i;
}

TEST_F(RelayTest, holds_no_more_than_it_may) {
  RelaySettings settings;
  settings.max_in_flight = 10;
  start(settings);
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  controller_->must(AddRule{slow(std::chrono::minutes(10))});
  for (int i = 0; i < 25; ++i)
    n1->send(kN2, "held");
  controller_->await([&](const Sums& sums) { return link(sums, kN1, kN2).sent.messages >= 25; });
  const Outcomes outcomes = link(stop(), kN1, kN2);
  EXPECT_EQ(dropped(outcomes, DropReason::queue_full), 15U);
  EXPECT_EQ(dropped(outcomes, DropReason::shutdown), 10U);
}

TEST_F(RelayTest, stopping_accounts_for_everything) {
  start();
  auto n1 = join(kN1);
  auto n2 = join(kN2);
  controller_->must(AddRule{slow(std::chrono::minutes(10))});
  for (int i = 0; i < 5; ++i)
    n1->send(kN2, "held");
  controller_->await(
      [&](const Sums& sums) { return link(sums, kN1, kN2).in_flight.messages >= 5; });
  const Sums sums = stop();
  EXPECT_TRUE(sums.balanced());
  EXPECT_EQ(sums.total().in_flight, Count{});
  EXPECT_EQ(dropped(link(sums, kN1, kN2), DropReason::shutdown), 5U);
  const auto total = lines_with(log(), "network_total");
  ASSERT_EQ(total.size(), 1U);
  EXPECT_EQ(total[0].at("balanced"), true);
  EXPECT_EQ(total[0].at("in_flight").at("messages"), 0);
  EXPECT_EQ(lines_with(log(), "rule_total").at(0).at("matched"), 5);
}

TEST_F(RelayTest, a_readable_descriptor_stops_it_too) {
  const int stop_fd = ::eventfd(0, EFD_NONBLOCK);
  RelaySettings settings;
  settings.stop_fd = stop_fd;
  start(settings);
  ASSERT_EQ(::eventfd_write(stop_fd, 1), 0);
  relay_.get();
  EXPECT_EQ(lines_with(log(), "network_total").size(), 1U);
  ::close(stop_fd);
}

TEST_F(RelayTest, malformed_commands_are_answered_and_change_nothing) {
  start();
  controller_->send("{");
  EXPECT_EQ(controller_->receive(), Report((Refused{{}, "not JSON"})));
  controller_->send(R"({"type":"node_up","id":77,"node":"n9","incarnation":1})");
  EXPECT_EQ(controller_->receive(), Report((Refused{77, "no node n9"})));
  controller_->send(R"({"type":"heal_all","id":78,"gently":true})");
  EXPECT_EQ(controller_->receive(), Report((Refused{78, "unknown field 'gently'"})));
  EXPECT_EQ(controller_->totals(), Sums{});
}

TEST_F(RelayTest, reports_wait_for_a_controller_that_is_not_there_yet) {
  settings_.network_endpoint = network_;
  settings_.control_endpoint = control_;
  settings_.log_path = directory_.path() + "/network.jsonl";
  settings_.network = {.seed = 1, .nodes = kNodes};
  settings_.warn = [this](const std::string& text) { warnings_.push_back(text); };
  relay_ = std::async(std::launch::async, [this] { run_relay(settings_); });
  TestNode n1(*context_, network_, kN1, Incarnation{1});
  n1.send_raw({"the relay runs when this is taken"});
  controller_.emplace(*context_, control_);
  EXPECT_EQ(controller_->receive(), Report(Ready{network_}));
}

}  // namespace
}  // namespace proxy
