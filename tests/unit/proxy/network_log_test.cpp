// SPDX-License-Identifier: Apache-2.0
#include "proxy/network_log.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "proxy/network.h"

namespace proxy {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kWallOffset = seconds(1'795'219'314);  // 2026-11-21T00:01:54Z
const Envelope kEnvelope = {.type = MessageType::request_vote,
                            .kind = MessageKind::request,
                            .src = Address{1},
                            .src_incarnation = Incarnation{3},
                            .dst = Address{2},
                            .id = 17};

std::vector<Json> parsed(const std::string& lines) {
  std::vector<Json> all;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);)
    all.push_back(Json::parse(line));
  return all;
}

std::vector<std::string> events(const std::string& lines) {
  std::vector<std::string> all;
  for (const Json& line : parsed(lines))
    all.push_back(line.at("event"));
  return all;
}

TEST(network_log, a_dropped_message_is_named_with_reason_and_rule) {
  NetworkLog log({.wall_offset = kWallOffset});
  log.dropped(kEnvelope, 99, DropReason::loss, "lossy", Time(1'000'002));
  EXPECT_EQ(log.lines(),
            R"({"time":"2026-11-21T00:01:55.000002Z","mono_us":1000002,"event":"dropped",)"
            R"("src":"n1","src_inc":3,"msg_id":17,"dst":"n2","type":"request_vote",)"
            R"("kind":"request","bytes":99,"reason":"loss","rule":"lossy"})"
            "\n");
}

TEST(network_log, a_drop_by_no_rule_names_none) {
  NetworkLog log({});
  log.dropped(kEnvelope, 99, DropReason::peer_down, {}, Time(1));
  EXPECT_FALSE(parsed(log.lines()).at(0).contains("rule"));
}

TEST(network_log, a_delay_says_how_long) {
  NetworkLog log({});
  log.delayed(kEnvelope, 99, milliseconds(80), "slow", Time(1));
  const Json line = parsed(log.lines()).at(0);
  EXPECT_EQ(line.at("event"), "delayed");
  EXPECT_EQ(line.at("latency_us"), 80'000);
  EXPECT_EQ(line.at("rule"), "slow");
}

TEST(network_log, rubbish_is_told_without_being_trusted) {
  NetworkLog log({});
  log.malformed(std::string("\0\xFF\"", 3), "too_short", 3, Time(1));
  const Json line = parsed(log.lines()).at(0);
  EXPECT_EQ(line.at("event"), "dropped");
  EXPECT_EQ(line.at("reason"), "malformed");
  EXPECT_EQ(line.at("what"), "too_short");
  EXPECT_EQ(line.at("peer"), std::string("\0\xEF\xBF\xBD\"", 5));
}

TEST(network_log, untouched_messages_have_lines_up_to_the_cap) {
  NetworkLog sizing({});
  sizing.forwarded(kEnvelope, 99, Time(1));
  const std::size_t one = sizing.lines().size();

  NetworkLog log({.cap_bytes = 2 * one});
  for (int i = 0; i < 5; ++i)
    log.forwarded(kEnvelope, 99, Time(1));
  log.dropped(kEnvelope, 99, DropReason::loss, "lossy", Time(1));
  EXPECT_EQ(events(log.lines()),
            (std::vector<std::string>{"forwarded", "forwarded", "capped", "dropped"}));
}

TEST(network_log, the_cap_holds_over_all_writes) {
  NetworkLog log({.cap_bytes = 1000});
  std::size_t bytes = 0;
  int capped = 0;
  for (int i = 0; i < 100; ++i) {
    log.forwarded(kEnvelope, 99, Time(1));
    for (const std::string& event : events(log.lines()))
      capped += event == "capped" ? 1 : 0;
    bytes += capped == 0 ? log.lines().size() : 0;
    log.lines().clear();
  }
  EXPECT_EQ(capped, 1);
  EXPECT_LE(bytes, 1000U);
  EXPECT_GT(bytes, 700U);
}

TEST(network_log, a_flood_of_rubbish_is_capped_alone) {
  NetworkLog log({});
  for (int i = 0; i < 20'000; ++i)
    log.malformed("n1", "too_short", 3, Time(1));
  EXPECT_LT(log.lines().size(), (std::size_t{1} << 20) + 200);
  log.lines().clear();
  log.forwarded(kEnvelope, 99, Time(1));
  EXPECT_EQ(events(log.lines()), std::vector<std::string>{"forwarded"});
}

TEST(network_log, a_networks_life_is_told_in_order) {
  NetworkLog log({});
  Network network({.seed = 1, .nodes = 2}, log);
  network.apply(NodeUp{Address{1}, Incarnation{3}}, Time(1));
  network.apply(NodeUp{Address{2}, Incarnation{1}}, Time(2));
  network.apply(AddRule{{"slow", {}, Delay{.latency = milliseconds(1)}}}, Time(3));
  const Decision slow = network.on_message(kEnvelope, 99, Time(4));
  network.apply(RemoveRule{"slow"}, Time(5));
  network.apply(AddRule{{"cut", {}, Partition{{{Address{1}, Address{2}}}}}}, Time(6));
  EXPECT_TRUE(network.may_deliver(slow.flight, slow.due));
  network.apply(HealAll{}, Time(2000));
  const Decision plain = network.on_message(kEnvelope, 99, Time(2001));
  network.dropped(plain.flight, DropReason::backpressure, Time(2001));
  network.apply(NodeDown{Address{2}}, Time(2002));
  log.stalled(milliseconds(20), Time(2003));
  log.totals(network.sums(), Time(2004));

  EXPECT_EQ(events(log.lines()),
            (std::vector<std::string>{"node_up", "node_up", "rule_added", "delayed", "rule_removed",
                                      "rule_added", "dropped", "healed", "forwarded", "dropped",
                                      "node_down", "stalled", "link_total", "type_total",
                                      "rule_total", "rule_total", "network_total"}));
  const auto lines = parsed(log.lines());
  EXPECT_EQ(lines.at(6).at("reason"), "partition");
  EXPECT_EQ(lines.at(6).at("rule"), "cut");
  const Json& link = lines.at(12);
  EXPECT_EQ(link.at("sent"), (Json{{"messages", 2}, {"bytes", 198}}));
  EXPECT_EQ(link.at("delivered").at("messages"), 0);
  EXPECT_EQ(link.at("in_flight").at("messages"), 0);
  EXPECT_EQ(link.at("dropped").at("partition").at("messages"), 1);
  EXPECT_EQ(link.at("dropped").at("backpressure").at("messages"), 1);
  EXPECT_EQ(lines.at(14).at("matched"), 1);
  EXPECT_EQ(lines.at(16).at("balanced"), true);
}

}  // namespace
}  // namespace proxy
