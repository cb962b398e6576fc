// SPDX-License-Identifier: Apache-2.0
#include "node/command.h"

#include <gtest/gtest.h>

#include "raft/random.h"

namespace node {
namespace {

const ClientRequest kRequest{
    "c1",
    7,
    {.kind = OpKind::cas, .key = "k1", .value = "c1.7 ", .expected = std::string("\0\xff", 2)}};

TEST(Command, comes_back_as_it_was) {
  for (const OpKind kind : {OpKind::get, OpKind::put, OpKind::append, OpKind::cas}) {
    ClientRequest request = kRequest;
    request.operation.kind = kind;
    EXPECT_EQ(decode_command(encode_command(request)), request);
  }
  const ClientRequest largest{std::string(kMaxClientName, 'c'),
                              ~0ull,
                              {OpKind::cas, std::string(kMaxKey, 'k'), std::string(kMaxValue, 'v'),
                               std::string(kMaxValue, 'e')}};
  EXPECT_EQ(decode_command(encode_command(largest)), largest);
}

TEST(Command, has_one_encoding) {
  const ClientRequest request{
      "c", 258, {.kind = OpKind::put, .key = "k", .value = "vv", .expected = {}}, {3}};
  EXPECT_EQ(encode_command(request),
            std::string("\1"                 // little-endian
                        "\1\0\0\0c"          // client
                        "\2\1\0\0\0\0\0\0"   // request
                        "\1"                 // put
                        "\1\0\0\0k"          // key
                        "\2\0\0\0vv"         // value
                        "\0\0\0\0"           // expected
                        "\3\0\0\0\0\0\0\0",  // since
                        1 + 5 + 8 + 1 + 5 + 6 + 4 + 8));
}

TEST(Command, outside_the_limits_is_none) {
  std::vector<ClientRequest> wrong(6, kRequest);
  wrong[0].client.clear();
  wrong[1].client.assign(kMaxClientName + 1, 'c');
  wrong[2].request = 0;
  wrong[3].operation.key.assign(kMaxKey + 1, 'k');
  wrong[4].operation.value.assign(kMaxValue + 1, 'v');
  wrong[5].operation.expected.assign(kMaxValue + 1, 'e');
  for (const ClientRequest& request : wrong) {
    EXPECT_NE(why_malformed(request), nullptr);
    EXPECT_EQ(decode_command(encode_command(request)), std::nullopt);
  }
  EXPECT_EQ(why_malformed(kRequest), nullptr);
}

TEST(Command, cut_short_or_with_something_left_over_is_none) {
  const std::string bytes = encode_command(kRequest);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode_command(bytes.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(decode_command(bytes + '\0'), std::nullopt);
}

TEST(Command, any_bytes_are_a_request_or_none) {
  raft::Random random(1);
  const std::string good = encode_command(kRequest);
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (std::uint64_t flips = random.between(1, 4); flips > 0; --flips)
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    const auto request = decode_command(bytes);
    if (!request) continue;
    ++taken;
    EXPECT_EQ(encode_command(*request), bytes);
  }
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace node
