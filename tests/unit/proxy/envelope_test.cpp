// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire/envelope.h"

#include <random>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "proxy/wire/crc32c.h"

namespace proxy {
namespace {

const Envelope kEnvelope = {.type = MessageType::append_entries,
                            .kind = MessageKind::reply,
                            .src = Address{3},
                            .src_incarnation = Incarnation{2},
                            .dst = Address{0x01020304},
                            .dst_incarnation = Incarnation{7},
                            .id = 0x1122334455667788,
                            .in_reply_to = 99};

DecodeError error_of(std::string_view frame) {
  const auto decoded = decode(frame);
  EXPECT_TRUE(std::holds_alternative<DecodeError>(decoded));
  const auto* error = std::get_if<DecodeError>(&decoded);
  return error == nullptr ? DecodeError{} : *error;
}

/// A frame with some bytes overwritten and the checksum right again.
std::string forged(std::size_t offset, std::string_view bytes) {
  std::string frame = encode(kEnvelope, "payload");
  frame.replace(offset, bytes.size(), bytes);
  frame.replace(40, 4, 4, '\0');
  const std::uint32_t checksum = crc32c(frame);
  for (std::size_t i = 0; i < 4; ++i)
    frame[40 + i] = static_cast<char>(checksum >> (8 * i));
  return frame;
}

TEST(envelope, has_the_documented_bytes) {
  const std::string frame = encode(kEnvelope, "hi");
  ASSERT_EQ(frame.size(), kEnvelopeSize + 2);
  const std::string head(
      "S\x01\x02\x02"
      "\x03\x00\x00\x00\x02\x00\x00\x00"
      "\x04\x03\x02\x01\x07\x00\x00\x00"
      "\x02\x00\x00\x00"
      "\x88\x77\x66\x55\x44\x33\x22\x11"
      "\x63\x00\x00\x00\x00\x00\x00\x00",
      40);
  EXPECT_EQ(frame.substr(0, 40), head);
  EXPECT_EQ(frame.substr(44), "hi");
  const std::uint32_t checksum = crc32c(head + std::string(4, '\0') + "hi");
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(frame[40 + i], static_cast<char>(checksum >> (8 * i)));
}

TEST(envelope, comes_back_from_any_alignment) {
  for (std::size_t shift = 0; shift < 8; ++shift) {
    std::string buffer(shift, 'x');
    encode(kEnvelope, "payload", buffer);
    const auto frame = std::string_view(buffer).substr(shift);
    const auto decoded = decode(frame);
    ASSERT_TRUE(std::holds_alternative<Frame>(decoded));
    EXPECT_EQ(std::get<Frame>(decoded).envelope, kEnvelope);
    EXPECT_EQ(std::get<Frame>(decoded).payload, "payload");
    const auto header = decode_envelope(frame);
    ASSERT_TRUE(std::holds_alternative<Envelope>(header));
    EXPECT_EQ(std::get<Envelope>(header), kEnvelope);
  }
}

TEST(envelope, may_carry_nothing) {
  const auto decoded = decode(encode(kEnvelope, ""));
  ASSERT_TRUE(std::holds_alternative<Frame>(decoded));
  EXPECT_TRUE(std::get<Frame>(decoded).payload.empty());
}

TEST(envelope, every_truncation_and_extension_is_detected) {
  const std::string frame = encode(kEnvelope, "some payload");
  for (std::size_t length = 0; length < frame.size(); ++length) {
    const DecodeError error = error_of(std::string_view(frame).substr(0, length));
    EXPECT_EQ(error, length < kEnvelopeSize ? DecodeError::too_short : DecodeError::bad_length);
  }
  EXPECT_EQ(error_of(frame + "x"), DecodeError::bad_length);
}

TEST(envelope, every_flipped_bit_is_detected) {
  const std::string frame = encode(kEnvelope, "some payload");
  for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
    std::string damaged = frame;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(std::holds_alternative<DecodeError>(decode(damaged))) << "bit " << bit;
  }
}

TEST(envelope, random_damage_is_detected) {
  std::mt19937 generator(2);
  const std::string frame = encode(kEnvelope, std::string(200, 'p'));
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = frame;
    const auto changes = 1 + generator() % 8;
    for (std::size_t i = 0; i < changes; ++i)
      damaged[generator() % damaged.size()] = static_cast<char>(generator());
    if (damaged == frame) continue;
    ASSERT_TRUE(std::holds_alternative<DecodeError>(decode(damaged))) << "round " << round;
  }
}

TEST(envelope, random_bytes_are_no_frame) {
  std::mt19937 generator(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(generator() % 100, '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(generator());
    ASSERT_TRUE(std::holds_alternative<DecodeError>(decode(bytes)));
    ASSERT_TRUE(std::holds_alternative<DecodeError>(decode_envelope(bytes)));
  }
}

TEST(envelope, says_what_is_wrong) {
  EXPECT_EQ(error_of(""), DecodeError::too_short);
  EXPECT_EQ(error_of(forged(0, "T")), DecodeError::bad_version);
  EXPECT_EQ(error_of(forged(1, "\x02")), DecodeError::bad_version);
  EXPECT_EQ(error_of(forged(2, "\x07")), DecodeError::bad_field) << "unknown type";
  EXPECT_EQ(error_of(forged(3, "\x03")), DecodeError::bad_field) << "unknown kind";
  const std::string zeros(8, '\0');
  EXPECT_EQ(error_of(forged(4, zeros.substr(0, 4))), DecodeError::bad_field) << "src 0";
  EXPECT_EQ(error_of(forged(8, zeros.substr(0, 4))), DecodeError::bad_field) << "incarnation 0";
  EXPECT_EQ(error_of(forged(12, zeros.substr(0, 4))), DecodeError::bad_field) << "dst 0";
  EXPECT_EQ(error_of(forged(24, zeros)), DecodeError::bad_field) << "id 0";
  // 64 MiB and one byte, of which none needs to be there.
  EXPECT_EQ(error_of(forged(20, std::string("\x01\x00\x00\x04", 4))), DecodeError::oversized);
  EXPECT_EQ(error_of(forged(20, std::string("\x00\x00\x00\x04", 4))), DecodeError::bad_length);
  EXPECT_TRUE(std::holds_alternative<Frame>(decode(forged(16, zeros.substr(0, 4)))))
      << "the receiver's incarnation need not be known";
}

TEST(envelope, the_network_reads_no_payload) {
  std::string frame = encode(kEnvelope, "payload");
  frame.back() = 'x';
  EXPECT_EQ(error_of(frame), DecodeError::bad_checksum);
  EXPECT_TRUE(std::holds_alternative<Envelope>(decode_envelope(frame)));
}

TEST(envelope, refuses_a_payload_that_no_one_would_accept) {
  EXPECT_THROW(encode(kEnvelope, std::string(kMaxPayload + 1, 'x')), std::length_error);
}

TEST(names, of_nodes_are_read_as_they_are_written) {
  EXPECT_EQ(node_name(Address{1}), "n1");
  EXPECT_EQ(node_from("n1"), Address{1});
  EXPECT_EQ(node_from("n4294967295"), Address{4294967295});
  for (const char* wrong : {"", "n", "n0", "n01", "1", "N1", "n1 ", "n-1", "n+1", "n4294967296"})
    EXPECT_EQ(node_from(wrong), std::nullopt) << wrong;
}

TEST(names, of_message_types_are_read_as_they_are_written) {
  for (std::size_t i = 0; i < kMessageTypes; ++i) {
    const auto type = static_cast<MessageType>(i);
    EXPECT_EQ(message_type_from(message_type_name(type)), type);
  }
  EXPECT_EQ(message_type_name(MessageType::append_entries), "append_entries");
  EXPECT_EQ(message_type_from("AppendEntries"), std::nullopt);
}

}  // namespace
}  // namespace proxy
