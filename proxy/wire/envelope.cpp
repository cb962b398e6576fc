// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire/envelope.h"

#include <array>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "proxy/wire/crc32c.h"

namespace proxy {
namespace {

constexpr std::uint8_t kMagic = 0x53;
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kChecksumOffset = 40;
static_assert(kChecksumOffset + 4 == kEnvelopeSize);

constexpr std::array<std::string_view, kMessageTypes> kTypeNames = {
    "absent",   "request_vote", "append_entries", "install_snapshot",
    "pre_vote", "timeout_now",  "read_index",
};

template <typename Integer>
void put(char* at, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    at[i] = static_cast<char>(value >> (8 * i));
}

template <typename Integer>
Integer get(std::string_view bytes, std::size_t offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[offset + i])} << (8 * i);
  }
  return static_cast<Integer>(value);
}

std::uint32_t checksum_of(std::string_view frame) {
  constexpr std::string_view kZeros("\0\0\0\0", 4);
  const std::uint32_t head = crc32c(kZeros, crc32c(frame.substr(0, kChecksumOffset)));
  return crc32c(frame.substr(kEnvelopeSize), head);
}

Envelope read_fields(std::string_view frame) {
  return {
      .type = static_cast<MessageType>(get<std::uint8_t>(frame, 2)),
      .kind = static_cast<MessageKind>(get<std::uint8_t>(frame, 3)),
      .src = Address{get<std::uint32_t>(frame, 4)},
      .src_incarnation = Incarnation{get<std::uint32_t>(frame, 8)},
      .dst = Address{get<std::uint32_t>(frame, 12)},
      .dst_incarnation = Incarnation{get<std::uint32_t>(frame, 16)},
      .id = get<std::uint64_t>(frame, 24),
      .in_reply_to = get<std::uint64_t>(frame, 32),
  };
}

std::optional<DecodeError> shape_error(std::string_view frame) {
  if (frame.size() < kEnvelopeSize) return DecodeError::too_short;
  if (get<std::uint8_t>(frame, 0) != kMagic || get<std::uint8_t>(frame, 1) != kVersion) {
    return DecodeError::bad_version;
  }
  const auto length = get<std::uint32_t>(frame, 20);
  if (length > kMaxPayload) return DecodeError::oversized;
  if (length != frame.size() - kEnvelopeSize) return DecodeError::bad_length;
  return std::nullopt;
}

bool fields_valid(const Envelope& envelope) {
  return static_cast<std::size_t>(envelope.type) < kMessageTypes &&
         static_cast<std::size_t>(envelope.kind) < kMessageKinds && envelope.src != Address{} &&
         envelope.src_incarnation != Incarnation::unknown && envelope.dst != Address{} &&
         envelope.id != 0;
}

}  // namespace

void encode(const Envelope& envelope, std::string_view payload, std::string& out) {
  if (payload.size() > kMaxPayload) {
    throw std::length_error(
        fmt::format("payload of {} bytes, limit {}", payload.size(), kMaxPayload));
  }
  const std::size_t start = out.size();
  out.resize(start + kEnvelopeSize);  // zero, so the checksum's own bytes are
  char* head = out.data() + start;
  put(head, kMagic);
  put(head + 1, kVersion);
  put(head + 2, static_cast<std::uint8_t>(envelope.type));
  put(head + 3, static_cast<std::uint8_t>(envelope.kind));
  put(head + 4, static_cast<std::uint32_t>(envelope.src));
  put(head + 8, static_cast<std::uint32_t>(envelope.src_incarnation));
  put(head + 12, static_cast<std::uint32_t>(envelope.dst));
  put(head + 16, static_cast<std::uint32_t>(envelope.dst_incarnation));
  put(head + 20, static_cast<std::uint32_t>(payload.size()));
  put(head + 24, envelope.id);
  put(head + 32, envelope.in_reply_to);
  out.append(payload);
  const std::uint32_t checksum = crc32c(std::string_view(out).substr(start));
  put(out.data() + start + kChecksumOffset, checksum);
}

std::string encode(const Envelope& envelope, std::string_view payload) {
  std::string out;
  out.reserve(kEnvelopeSize + payload.size());
  encode(envelope, payload, out);
  return out;
}

std::variant<Frame, DecodeError> decode(std::string_view frame) {
  if (const auto error = shape_error(frame)) return *error;
  if (get<std::uint32_t>(frame, kChecksumOffset) != checksum_of(frame)) {
    return DecodeError::bad_checksum;
  }
  const Envelope envelope = read_fields(frame);
  if (!fields_valid(envelope)) return DecodeError::bad_field;
  return Frame{envelope, frame.substr(kEnvelopeSize)};
}

std::variant<Envelope, DecodeError> decode_envelope(std::string_view frame) {
  if (const auto error = shape_error(frame)) return *error;
  const Envelope envelope = read_fields(frame);
  if (!fields_valid(envelope)) return DecodeError::bad_field;
  return envelope;
}

std::string node_name(Address node) {
  const fmt::format_int number(static_cast<std::uint32_t>(node));
  return std::string("n").append(number.data(), number.size());
}

std::optional<Address> node_from(std::string_view name) {
  if (name.size() < 2 || name[0] != 'n' || name[1] == '0') return std::nullopt;
  std::uint32_t number = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + 1, end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return Address{number};
}

std::string_view message_type_name(MessageType type) {
  return kTypeNames.at(static_cast<std::size_t>(type));
}

std::optional<MessageType> message_type_from(std::string_view name) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return static_cast<MessageType>(i);
  }
  return std::nullopt;
}

std::string_view message_kind_name(MessageKind kind) {
  constexpr std::array<std::string_view, kMessageKinds> kNames = {"one_way", "request", "reply"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string_view decode_error_name(DecodeError error) {
  switch (error) {
    case DecodeError::too_short:
      return "too_short";
    case DecodeError::bad_version:
      return "bad_version";
    case DecodeError::oversized:
      return "oversized";
    case DecodeError::bad_length:
      return "bad_length";
    case DecodeError::bad_checksum:
      return "bad_checksum";
    case DecodeError::bad_field:
      return "bad_field";
  }
  return "unknown";
}

}  // namespace proxy
