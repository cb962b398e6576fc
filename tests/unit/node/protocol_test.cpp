// SPDX-License-Identifier: Apache-2.0
#include "node/protocol.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "raft/random.h"
#include "tests/unit/node/allocation_meter.h"

namespace node {
namespace {

// How a message stands on the socket. Decoding its text and encoding that gives the text again.
const std::vector<std::pair<ToNode, std::string>> kToNode{
    {Go{}, R"({"type":"go"})"},
    {Stop{}, R"({"type":"stop"})"},
    {StatusRequest{3}, R"({"type":"status_request","id":3})"},
    {ClientRequest{"c1", 7, {OpKind::get, "k1", "", ""}},
     R"({"type":"request","client":"c1","request":7,"op":"get","key":"k1"})"},
    {ClientRequest{"c1", ~0ull, {OpKind::put, "", "a \"b\"\n\u00e9", ""}},
     "{\"type\":\"request\",\"client\":\"c1\",\"request\":18446744073709551615,\"op\":\"put\","
     "\"key\":\"\",\"value\":\"a \\\"b\\\"\\n\u00e9\"}"},
    {ClientRequest{"c1", 8, {OpKind::append, "k1", "c1.8 ", ""}},
     R"({"type":"request","client":"c1","request":8,"op":"append","key":"k1","value":"c1.8 "})"},
    {ClientRequest{"c1", 9, {OpKind::cas, "k1", "new", "old"}},
     R"({"type":"request","client":"c1","request":9,"op":"cas","key":"k1","value":"new",)"
     R"("expected":"old"})"},
    {ClientRequest{"c1", 9, {OpKind::append, "k1", "x", ""}, {17}},
     R"({"type":"request","client":"c1","request":9,"since":17,"op":"append","key":"k1",)"
     R"("value":"x"})"},
    {ChangeMembers{4, {{4}, {5}}, {}, {{1}}},
     R"({"type":"change_members","id":4,"voters":["n4","n5"],"learners":[],"remove":["n1"]})"},
    {TransferLeadership{5, {2}}, R"({"type":"transfer_leadership","id":5,"target":"n2"})"},
    {SetClock{900'000, raft::Duration(-7)},
     R"({"type":"clock","rate_ppm":900000,"ahead_us":0,"behind_us":7})"},
    {SetClock{1'000'000, raft::Duration(9)},
     R"({"type":"clock","rate_ppm":1000000,"ahead_us":9,"behind_us":0})"},
    {SlowDown{raft::Duration(2000)}, R"({"type":"slow","per_event_us":2000})"},
};

const std::vector<std::pair<FromNode, std::string>> kFromNode{
    {Ready{{1}, 2, 4711}, R"({"type":"ready","node":"n1","inc":2,"pid":4711})"},
    {Accepted{"c1", 7, {12}, {3}},
     R"({"type":"accepted","client":"c1","request":7,"log_index":12,"term":3})"},
    {ClientReply{"c1", 7, OpResult{"v", true}, {12}, {3}, {}},
     R"({"type":"reply","client":"c1","request":7,"outcome":"ok","log_index":12,"term":3,)"
     R"("value":"v","swapped":true})"},
    {ClientReply{"c1", 7, ClientError::not_leader, {}, {}, {2}},
     R"({"type":"reply","client":"c1","request":7,"outcome":"error","error":"not_leader",)"
     R"("leader":"n2"})"},
    {ClientReply{"c1", 7, ClientError::not_leader, {}, {}, {}},
     R"({"type":"reply","client":"c1","request":7,"outcome":"error","error":"not_leader",)"
     R"("leader":null})"},
    {ClientReply{"", 0, ClientError::malformed, {}, {}, {}},
     R"({"type":"reply","client":"","request":0,"outcome":"error","error":"malformed"})"},
    {ClientReply{"c1", 7, ClientError::expired, {31}, {}, {}},
     R"({"type":"reply","client":"c1","request":7,"outcome":"error","error":"expired",)"
     R"("log_index":31})"},
    {Answer{4, raft::Proposal::Refusal::none, {}}, R"({"type":"answer","id":4,"outcome":"ok"})"},
    {Answer{4, raft::Proposal::Refusal::not_leader, {2}},
     R"({"type":"answer","id":4,"outcome":"refused","reason":"not_leader","leader":"n2"})"},
    {Answer{4, raft::Proposal::Refusal::term_too_young, {}},
     R"({"type":"answer","id":4,"outcome":"refused","reason":"term_too_young"})"},
    {Status{3,
            {1},
            2,
            raft::Role::pre_candidate,
            {4},
            {},
            {9},
            {8},
            {7},
            0xabc,
            0,
            {5},
            {{{1}, {2}}, {}, {{3}}},
            {6}},
     R"({"type":"status","id":3,"node":"n1","inc":2,"role":"pre_candidate","term":4,"leader":null,)"
     R"("log_index":9,"commit_index":8,"applied_index":7,"digest":"0000000000000abc",)"
     R"("snapshot_index":5,"configuration_index":6,"voters":["n1","n2"],"learners":["n3"]})"},
    {Status{0,
            {5},
            1,
            raft::Role::leader,
            {4},
            {5},
            {9},
            {8},
            {7},
            1,
            ~0ull,
            {},
            {{{5}}, {{4}, {5}}, {}},
            {9}},
     R"({"type":"status","id":0,"node":"n5","inc":1,"role":"leader","term":4,"leader":"n5",)"
     R"("log_index":9,"commit_index":8,"applied_index":7,"digest":"0000000000000001",)"
     R"("state_digest":"ffffffffffffffff","snapshot_index":0,"configuration_index":9,)"
     R"("voters":["n5"],"old_voters":["n4","n5"],"learners":[]})"},
};

TEST(Protocol, messages_to_a_node_stand_as_documented_and_come_back) {
  for (const auto& [message, json] : kToNode) {
    EXPECT_EQ(encode(message), json);
    std::string why;
    const auto decoded = decode_to_node(json, &why);
    ASSERT_TRUE(decoded) << json << ": " << why;
    EXPECT_EQ(encode(*decoded), json);
    if (const auto* request = std::get_if<ClientRequest>(&message)) {
      EXPECT_EQ(std::get<ClientRequest>(*decoded), *request);
    }
  }
}

TEST(Protocol, messages_from_a_node_stand_as_documented_and_come_back) {
  for (const auto& [message, json] : kFromNode) {
    EXPECT_EQ(encode(message), json);
    std::string why;
    const auto decoded = decode_from_node(json, &why);
    ASSERT_TRUE(decoded) << json << ": " << why;
    EXPECT_EQ(encode(*decoded), json);
  }
}

TEST(Protocol, unknown_fields_order_and_spaces_do_not_matter) {
  const auto request = decode_to_node(
      " {\"key\" : \"k\", \"more\": {\"value\":[1,{\"op\":\"put\"}]}, \"op\":\"get\","
      "\"request\":1,\n\"value\":5, \"client\":\"c\", \"type\":\"request\", \"none\":null} ");
  ASSERT_TRUE(request);
  EXPECT_EQ(std::get<ClientRequest>(*request), (ClientRequest{"c", 1, {OpKind::get, "k", "", ""}}));
}

TEST(Protocol, a_reply_may_leave_out_what_its_operation_does_not_return) {
  const auto reply = decode_from_node(
      R"({"type":"reply","client":"c","request":1,"outcome":"ok","log_index":5,"term":2})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<OpResult>(std::get<ClientReply>(*reply).outcome), OpResult{});
}

std::string request(const std::string& fields) {
  return R"({"type":"request",)" + fields + "}";
}

TEST(Protocol, what_is_wrong_is_said) {
  const std::string good = R"("client":"c","request":1,"op":"put","key":"k","value":"v")";
  ASSERT_TRUE(decode_to_node(request(good)));
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "not JSON at byte"},
      {"nonsense", "not JSON at byte 2"},
      {R"({"type":"go"} x)", "not JSON at byte"},
      {R"({"type":"go",})", "not JSON at byte"},
      {"{\"type\":\"g\xff\"}", "not JSON at byte"},
      {"{\"type\":\"go\xed\xa0\x80\"}", "not JSON at byte"},
      {R"(["type","go"])", "not an object"},
      {"5", "not an object"},
      {"{}", "type is missing"},
      {R"({"type":5})", "type is not text"},
      {R"({"type":null})", "type is not text"},
      {R"({"type":"goo"})", "there is no such type"},
      {R"({"type":"ready","node":"n1","inc":1,"pid":1})", "there is no such type"},
      {R"({"type":"go","type":"stop"})", "a field stands there twice"},
      {R"({"type":"status_request","id":-1})", "id is not a whole number from 0"},
      {R"({"type":"status_request","id":1.5})", "id is not a whole number from 0"},
      {R"({"type":"status_request","id":18446744073709551616})", "id is not a whole number"},
      {R"({"type":"status_request","id":"1"})", "id is not a whole number from 0"},
      {request(R"("request":1,"op":"get","key":"k")"), "client is missing"},
      {request(R"("client":"c","request":1,"op":"get")"), "key is missing"},
      {request(R"("client":"c","request":1,"op":"put","key":"k")"), "value is missing"},
      {request(R"("client":"c","request":1,"op":"cas","key":"k","value":"v")"), "expected is miss"},
      {request(R"("client":"c","request":1,"op":"delete","key":"k")"), "there is no such op"},
      {request(R"("client":"c","request":0,"op":"get","key":"k")"), "count from 1"},
      {request(R"("client":"","request":1,"op":"get","key":"k")"), "client is empty"},
      {request(R"("client":")" + std::string(65, 'c') + R"(","request":1,"op":"get","key":"k")"),
       "client is longer than 64 bytes"},
      {request(R"("client":"c","request":1,"op":"get","key":")" + std::string(4097, 'k') + '"'),
       "key is longer than 4096 bytes"},
  };
  for (const auto& [json, expected] : cases) {
    std::string why;
    EXPECT_FALSE(decode_to_node(json, &why)) << json;
    EXPECT_THAT(why, testing::HasSubstr(expected)) << json;
  }
}

TEST(Protocol, what_is_wrong_with_an_answer_is_said) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"type":"go"})", "there is no such type"},
      {R"({"type":"ready","node":"x1","inc":1,"pid":1})", "node is no node's name"},
      {R"({"type":"ready","node":null,"inc":1,"pid":1})", "node is not text"},
      {R"({"type":"ready","node":"n1","inc":4294967296,"pid":1})", "inc is above 4294967295"},
      {R"({"type":"reply","client":"c","request":1,"outcome":"no"})", "neither ok nor error"},
      {R"({"type":"reply","client":"c","request":1,"outcome":"error","error":"odd"})",
       "there is no such error"},
      {R"({"type":"reply","client":"c","request":1,"outcome":"ok","log_index":1,"term":1,)"
       R"("swapped":1})",
       "swapped is not true or false"},
      {R"({"type":"status","id":0,"node":"n1","inc":1,"role":"leader","term":1,"leader":null,)"
       R"("log_index":1,"commit_index":1,"applied_index":1,"digest":"xyz"})",
       "digest is not 16 hexadecimal digits"},
  };
  for (const auto& [json, expected] : cases) {
    std::string why;
    EXPECT_FALSE(decode_from_node(json, &why)) << json;
    EXPECT_THAT(why, testing::HasSubstr(expected)) << json;
  }
}

TEST(Protocol, a_value_may_be_as_long_as_the_limit_and_no_longer) {
  const auto put = [](std::size_t size) {
    return ClientRequest{"c", 1, {OpKind::put, "k", std::string(size, 'v'), ""}};
  };
  EXPECT_TRUE(decode_to_node(encode(ToNode(put(kMaxValue)))));
  std::string why;
  EXPECT_FALSE(decode_to_node(encode(ToNode(put(kMaxValue + 1))), &why));
  EXPECT_EQ(why, "value is longer than 1 MiB");
  EXPECT_FALSE(decode_to_node(encode(ToNode(put(kMaxControlMessage))), &why));
  EXPECT_EQ(why, "longer than 8388608 bytes");
}

TEST(Protocol, hostile_objects_cost_little_memory) {
  std::string many = R"({"type":"go")";
  for (int i = 0; i < 100'000; ++i)
    many += ",\"" + std::to_string(i) + "\":1";
  many += '}';
  const std::string deep(1'000'000, '[');
  const std::string deep_inside = R"({"type":"go","x":)" + std::string(1'000'000, '[');
  for (const std::string& json : {many, deep, deep_inside}) {
    const AllocationMeter meter;
    EXPECT_FALSE(decode_to_node(json));
    EXPECT_LT(meter.total(), 100'000u);
  }
}

TEST(Protocol, any_bytes_are_a_message_or_none) {
  raft::Random random(3);
  for (int round = 0; round < 5'000; ++round) {
    std::string json = kToNode[random.below(kToNode.size())].second;
    for (std::uint64_t changes = random.between(1, 3); changes > 0; --changes)
      json[random.below(json.size())] = static_cast<char>(random.next());
    std::string why;
    if (const auto message = decode_to_node(json, &why)) {
      EXPECT_TRUE(decode_to_node(encode(*message))) << json;
    } else {
      EXPECT_NE(why, "") << json;
    }
  }
}

TEST(Protocol, names_are_read_back) {
  for (const char* name : {"get", "put", "append", "cas"}) {
    ASSERT_TRUE(op_kind_from(name));
    EXPECT_STREQ(name_of(*op_kind_from(name)), name);
  }
  EXPECT_FALSE(op_kind_from("GET"));
  EXPECT_EQ(node_name({12}), "n12");
  EXPECT_EQ(node_from_name("n12"), raft::NodeId{12});
  EXPECT_EQ(node_name({}), "");
  EXPECT_EQ(node_from_name(""), raft::NodeId{});
  for (const char* name : {"n", "n0", "n01", "n+1", "n-1", "12", "N1", "n1 ", "n4294967296"})
    EXPECT_EQ(node_from_name(name), std::nullopt) << name;
}

TEST(Protocol, only_a_truncated_attempt_may_still_take_effect) {
  for (const ClientError error :
       {ClientError::not_leader, ClientError::transferring, ClientError::overloaded,
        ClientError::unconfirmed, ClientError::stale, ClientError::expired, ClientError::malformed})
    EXPECT_TRUE(is_certain(error)) << name_of(error);
  EXPECT_FALSE(is_certain(ClientError::truncated));
}

TEST(Protocol, a_list_of_nodes_holds_nodes_only) {
  const auto change = [](const char* voters) {
    return decode_to_node(fmt::format(
        R"({{"type":"change_members","id":4,"voters":{},"learners":[],"remove":[]}})", voters));
  };
  EXPECT_TRUE(change(R"(["n1","n2"])"));
  EXPECT_TRUE(change("[]"));
  for (const char* voters : {R"("n1")", R"([""])", R"(["x"])", "[1]", R"(["n1",null])",
                             R"([["n1"]])", R"([{"n1":"n1"}])", "null", "{}"})
    EXPECT_FALSE(change(voters)) << voters;
}

}  // namespace
}  // namespace node
