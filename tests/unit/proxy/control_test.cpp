// SPDX-License-Identifier: Apache-2.0
#include "proxy/control.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace proxy {
namespace {

using std::chrono::microseconds;

const Match kSome = {.src = {Address{1}},
                     .dst = {Address{2}, Address{3}},
                     .messages = {MessageType::append_entries, MessageType::request_vote}};

std::vector<Command> commands() {
  return {
      {1, NodeUp{Address{1}, Incarnation{4}}},
      {2, NodeDown{Address{5}}},
      {3, AddRule{{"lossy", kSome, Loss{12.5}}}},
      {4,
       AddRule{
           {"slow \"\n", {}, Delay{microseconds(80'000), microseconds(4), Distribution::normal}}}},
      {5, AddRule{{"cut", {}, Partition{{{Address{1}, Address{2}}, {Address{2}, Address{1}}}}}}},
      {6, RemoveRule{"cut"}},
      {7, HealAll{}},
      {8, AskTotals{}},
      {~std::uint64_t{0}, Stop{}},
  };
}

std::vector<Report> reports() {
  Outcomes outcomes{.sent = {9, 900}, .delivered = {5, 500}, .in_flight = {1, 100}};
  outcomes.dropped[0] = {2, 200};
  outcomes.dropped[7] = {1, 100};
  Sums sums{.links = {{Address{1}, Address{2}, outcomes}, {Address{2}, Address{1}, outcomes}},
            .types = {{MessageType::pre_vote, MessageKind::reply, outcomes}},
            .rules = {{"cut", 7, 3}},
            .malformed = {1, 2}};
  return {Ready{"ipc:///run/net"}, Done{3}, Totals{4, sums}, Totals{5, {}}, Refused{6, "no node"},
          Refused{{}, "not JSON"}};
}

TEST(control, commands_come_back) {
  for (const Command& command : commands()) {
    const auto decoded = decode_command(encode(command));
    ASSERT_TRUE(std::holds_alternative<Command>(decoded))
        << encode(command) << std::get<Refused>(decoded).what;
    EXPECT_EQ(std::get<Command>(decoded), command) << encode(command);
  }
}

TEST(control, reports_come_back) {
  for (const Report& report : reports()) {
    const auto decoded = decode_report(encode(report));
    ASSERT_TRUE(std::holds_alternative<Report>(decoded))
        << encode(report) << std::get<std::string>(decoded);
    EXPECT_EQ(std::get<Report>(decoded), report) << encode(report);
  }
}

TEST(control, reads_what_the_header_documents) {
  const auto decoded = decode_command(
      R"({"type":"add_rule","id":3,"rule":{"id":"slow","fault":"delay","src":["n1"],
          "messages":["append_entries"],"latency_us":80000}})");
  ASSERT_TRUE(std::holds_alternative<Command>(decoded));
  const Rule expected = {
      "slow",
      {.src = {Address{1}}, .dst = {}, .messages = {MessageType::append_entries}},
      Delay{.latency = microseconds(80'000)}};
  EXPECT_EQ(std::get<Command>(decoded), (Command{3, AddRule{expected}}));
}

Refused refusal(const std::string& text) {
  const auto decoded = decode_command(text);
  if (const auto* refused = std::get_if<Refused>(&decoded)) return *refused;
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

TEST(control, says_what_is_wrong_and_with_which_command) {
  EXPECT_EQ(refusal("").what, "not JSON");
  EXPECT_EQ(refusal("[1]").what, "not an object");
  EXPECT_EQ(refusal(R"({"id":4})"), (Refused{4, "'type' is missing"}));
  EXPECT_EQ(refusal(R"({"type":"stop"})"), (Refused{{}, "'id' is missing"}));
  EXPECT_EQ(refusal(R"({"type":"dance","id":4})"), (Refused{4, "no command 'dance'"}));
  EXPECT_EQ(refusal(R"({"type":"stop","id":4,"now":1})"), (Refused{4, "unknown field 'now'"}));
}

TEST(control, refuses_wrong_values) {
  const auto rule = [](const std::string& fields) {
    return R"({"type":"add_rule","id":4,"rule":{"id":"a",)" + fields + "}}";
  };
  for (const std::string& text : {
           std::string(R"({"type":"stop","id":-1})"),
           std::string(R"({"type":"stop","id":1.5})"),
           std::string(R"({"type":"stop","id":"1"})"),
           std::string(R"({"type":"stop","id":18446744073709551616})"),
           std::string(R"({"type":7,"id":1})"),
           std::string(R"({"type":"node_up","id":1,"node":"n1","incarnation":4294967296})"),
           std::string(R"({"type":"node_up","id":1,"node":1,"incarnation":1})"),
           std::string(R"({"type":"node_down","id":1,"node":"n0"})"),
           std::string(R"({"type":"add_rule","id":1,"rule":[]})"),
           rule(R"("fault":"fire")"),
           rule(R"("fault":"loss")"),
           rule(R"("fault":"loss","percent":"15")"),
           rule(R"("fault":"loss","percent":15,"latency_us":1)"),
           rule(R"("fault":"delay","latency_us":-1)"),
           rule(R"("fault":"delay","latency_us":1e3)"),
           rule(R"("fault":"delay","latency_us":1,"distribution":"cauchy")"),
           rule(R"("fault":"partition","links":[["n1"]])"),
           rule(R"("fault":"partition","links":[["n1","n2","n3"]])"),
           rule(R"("fault":"partition","links":["n1","n2"])"),
           rule(R"("fault":"partition","links":{"n1":"n2"})"),
           rule(R"("fault":"loss","percent":1,"src":"n1")"),
           rule(R"("fault":"loss","percent":1,"messages":["absent_minded"])"),
       })
    EXPECT_FALSE(refusal(text).what.empty()) << text;
}

TEST(control, survives_any_damage) {
  std::mt19937 generator(6);
  std::vector<std::string> texts;
  for (const Command& command : commands())
    texts.push_back(encode(command));
  for (const Report& report : reports())
    texts.push_back(encode(report));
  for (int round = 0; round < 20'000; ++round) {
    std::string text = texts[generator() % texts.size()];
    for (std::size_t changes = 1 + generator() % 3; changes > 0; --changes) {
      const std::size_t at = generator() % text.size();
      switch (generator() % 3) {
        case 0:
          text[at] = static_cast<char>(generator());
          break;
        case 1:
          text.erase(at, 1 + generator() % 5);
          break;
        default:
          text.insert(at, texts[generator() % texts.size()].substr(0, 1 + generator() % 9));
      }
      if (text.empty()) text = "x";
    }
    decode_command(text);
    decode_report(text);
  }
}

TEST(control, survives_depth_and_length) {
  EXPECT_EQ(refusal(std::string(kMaxControlMessage + 1, ' ')).what, "too long");
  EXPECT_EQ(refusal(std::string(1'000'000, '[')).what, "not JSON");
  EXPECT_EQ(refusal(std::string(1'000'000, '[') + std::string(1'000'000, ']')).what,
            "not an object");
}

}  // namespace
}  // namespace proxy
