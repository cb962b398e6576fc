// SPDX-License-Identifier: Apache-2.0
#include "node/message_codec.h"

#include <gtest/gtest.h>

#include "raft/random.h"
#include "tests/unit/node/allocation_meter.h"

namespace node {
namespace {

raft::Entry entry(std::uint64_t term, raft::EntryKind kind, const char* command = nullptr) {
  return {raft::Term{term}, kind, command ? std::make_shared<const std::string>(command) : nullptr};
}

const raft::AppendEntries kAppend{
    .term = {0x11},
    .prev_log_index = {0x12},
    .prev_log_term = {0x13},
    .entries = {entry(0x21, raft::EntryKind::command, "put"), entry(0x22, raft::EntryKind::noop),
                entry(0x23, raft::EntryKind::configuration, "")},
    .leader_commit = {0x14},
    .round = {0x15}};

const std::vector<raft::Message> kMessages{
    raft::RequestVote{.term = {1},
                      .last_log_index = {2},
                      .last_log_term = {3},
                      .pre_vote = true,
                      .transfer = false},
    raft::RequestVoteReply{.term = {1}, .asked_in = {2}, .vote_granted = true, .pre_vote = false},
    kAppend,
    raft::AppendEntriesReply{.term = {1},
                             .asked_in = {2},
                             .prev_log_index = {3},
                             .success = true,
                             .match_index = {4},
                             .conflict_index = {5},
                             .conflict_term = {6},
                             .round = {7}},
    raft::InstallSnapshot{.term = {1},
                          .last_included_index = {2},
                          .last_included_term = {3},
                          .configuration = {.voters = {{1}}, .old_voters = {{2}}, .learners = {}},
                          .size = 9,
                          .offset = 4,
                          .data = std::make_shared<const std::string>("chunk"),
                          .round = {5}},
    raft::InstallSnapshotReply{.term = {1},
                               .asked_in = {2},
                               .last_included_index = {3},
                               .next_offset = 4,
                               .installed = true,
                               .round = {5}},
    raft::TimeoutNow{.term = {1}},
    raft::ReadIndex{.term = {1}, .read = {2}},
    raft::ReadIndexReply{.term = {1}, .asked_in = {2}, .read = {3}, .granted = true, .index = {4}}};

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string u64(int value) {
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(value);
  return hex(bytes);
}

// Byte order, which message, the fields in the order of raft/messages.h.
TEST(MessageCodec, has_one_encoding) {
  EXPECT_EQ(hex(encode_message(kMessages[0])), "0100" + u64(1) + u64(2) + u64(3) + "0100");
  EXPECT_EQ(hex(encode_message(kMessages[1])), "0101" + u64(1) + u64(2) + "0100");
  EXPECT_EQ(hex(encode_message(kMessages[2])),
            "0102" + u64(0x11) + u64(0x12) + u64(0x13) +                   //
                "03000000" + u64(0x21) + "00" + "03000000" + hex("put") +  //
                u64(0x22) + "01" + u64(0x23) + "02" + "00000000" + u64(0x14) + u64(0x15));
  EXPECT_EQ(hex(encode_message(kMessages[3])),
            "0103" + u64(1) + u64(2) + u64(3) + "01" + u64(4) + u64(5) + u64(6) + u64(7));
  EXPECT_EQ(hex(encode_message(kMessages[4])),
            "0104" + u64(1) + u64(2) + u64(3) +                           //
                "01000000" + u64(1) + "01000000" + u64(2) + "00000000" +  //
                u64(9) + u64(4) + "05000000" + hex("chunk") + u64(5));
  EXPECT_EQ(hex(encode_message(kMessages[5])),
            "0105" + u64(1) + u64(2) + u64(3) + u64(4) + "01" + u64(5));
  EXPECT_EQ(hex(encode_message(kMessages[6])), "0106" + u64(1));
  EXPECT_EQ(hex(encode_message(kMessages[7])), "0107" + u64(1) + u64(2));
  EXPECT_EQ(hex(encode_message(kMessages[8])), "0108" + u64(1) + u64(2) + u64(3) + "01" + u64(4));
}

TEST(MessageCodec, comes_back_as_it_was) {
  for (const raft::Message& message : kMessages) {
    const auto decoded = decode_message(encode_message(message));
    ASSERT_TRUE(decoded) << raft::name_of(message);
    EXPECT_EQ(decoded->index(), message.index());
    EXPECT_EQ(hex(encode_message(*decoded)), hex(encode_message(message)));
    EXPECT_EQ(encoded_size(message), encode_message(message).size()) << raft::name_of(message);
  }
  const auto decoded = decode_message(encode_message(kAppend));
  const auto& append = std::get<raft::AppendEntries>(*decoded);
  ASSERT_EQ(append.entries.size(), 3u);
  EXPECT_EQ(*append.entries[0].command, "put");
  EXPECT_EQ(append.entries[1].kind, raft::EntryKind::noop);
  EXPECT_EQ(append.entries[1].command, nullptr);
  EXPECT_EQ(*append.entries[2].command, "");
  EXPECT_EQ(append.leader_commit, raft::Index{0x14});
}

TEST(MessageCodec, a_long_command_comes_back_as_it_was) {
  const std::string long_command(300'000, 'x');
  raft::AppendEntries append;
  append.entries.push_back(entry(1, raft::EntryKind::command, long_command.c_str()));
  const auto decoded = decode_message(encode_message(append));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*std::get<raft::AppendEntries>(*decoded).entries.at(0).command, long_command);
}

TEST(MessageCodec, cut_short_or_with_something_left_over_is_none) {
  for (const raft::Message& message : kMessages) {
    const std::string bytes = encode_message(message);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode_message(std::string_view(bytes).substr(0, size))) << size;
    EXPECT_FALSE(decode_message(bytes + '\0'));
  }
}

TEST(MessageCodec, what_is_no_flag_no_kind_no_message_and_no_byte_order_is_none) {
  const auto with_byte = [](const raft::Message& message, std::size_t offset, char value) {
    std::string bytes = encode_message(message);
    bytes.at(offset) = value;
    return decode_message(bytes);
  };
  EXPECT_TRUE(with_byte(kMessages[1], 18, 0));
  EXPECT_FALSE(with_byte(kMessages[1], 18, 2)) << "vote_granted";
  EXPECT_FALSE(with_byte(kMessages[2], 38, 3)) << "the first entry's kind";
  EXPECT_FALSE(with_byte(kMessages[0], 1, 9)) << "the message";
  EXPECT_FALSE(with_byte(kMessages[0], 0, 0)) << "big-endian";
}

// Bytes that announce 4 GiB of entries, or a command of 4 GiB, must not make us allocate them.
TEST(MessageCodec, an_announced_length_costs_nothing) {
  const std::string head = std::string("\1\2", 2) + std::string(24, '\0');
  for (const std::string& bytes : {head + "\xff\xff\xff\xff" + std::string(13, '\0'),
                                   head + std::string("\1\0\0\0", 4) + std::string(9, '\0') +
                                       "\xff\xff\xff\xff" + std::string(13, 'x')}) {
    const AllocationMeter meter;
    EXPECT_FALSE(decode_message(bytes));
    EXPECT_LT(meter.total(), 200'000u);
  }
}

TEST(MessageCodec, any_bytes_are_a_message_or_none) {
  raft::Random random(2);
  std::size_t taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = encode_message(kMessages[random.below(kMessages.size())]);
    for (std::uint64_t changes = random.between(1, 4); changes > 0; --changes)
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    if (random.below(4) == 0) bytes.resize(random.below(2 * bytes.size()));
    const AllocationMeter meter;
    const auto message = decode_message(bytes);
    EXPECT_LT(meter.total(), 200'000u);
    if (!message) continue;
    ++taken;
    EXPECT_EQ(hex(encode_message(*message)), hex(bytes));
    EXPECT_EQ(encoded_size(*message), bytes.size());
  }
  EXPECT_GT(taken, 0u);
}

}  // namespace
}  // namespace node
