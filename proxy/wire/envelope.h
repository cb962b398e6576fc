// SPDX-License-Identifier: Apache-2.0
// What travels between nodes: one frame = an envelope of fixed layout, directly followed by a
// payload that the network never reads. A node's DEALER sends that frame alone, so that the proxy's
// ROUTER sees two: the sender's routing id ("n1") and this one.
//
//   offset size field
//        0    1 magic            0x53 ('S')
//        1    1 version          1
//        2    1 type             MessageType
//        3    1 kind             MessageKind
//        4    4 src              Address of the sender, not 0
//        8    4 src_incarnation  not 0
//       12    4 dst              Address of the receiver, not 0
//       16    4 dst_incarnation  0 where the sender does not know it
//       20    4 payload_length   bytes after the envelope; at most kMaxPayload
//       24    8 id               unique among the messages of (src, src_incarnation), not 0
//       32    8 in_reply_to      the id of the request that this answers; 0 if none
//       40    4 checksum         CRC-32C of the whole frame with these four bytes zero
//       44      payload
//
// All numbers are little-endian. Received buffers are often misaligned: fields are copied out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace proxy {

/// A node of the cluster: node "n1" is Address{1}. 0 is no address.
enum class Address : std::uint32_t {};

/// Which life of a node: 1 at its first start, one more at each restart. The orchestrator assigns
/// it. 0 means not known.
enum class Incarnation : std::uint32_t { unknown = 0 };

/// Unique among the messages of one sender's incarnation. 0 means none.
using MessageId = std::uint64_t;

/// What a message is, where its sender says so; it lets a fault rule pick messages. A request and
/// its reply carry the same type.
enum class MessageType : std::uint8_t {
  absent,
  request_vote,
  append_entries,
  install_snapshot,
  pre_vote,
  timeout_now,
  read_index,
};
inline constexpr std::size_t kMessageTypes = 7;

enum class MessageKind : std::uint8_t { one_way, request, reply };
inline constexpr std::size_t kMessageKinds = 3;

struct Envelope {
  MessageType type = MessageType::absent;
  MessageKind kind = MessageKind::one_way;
  Address src{};
  Incarnation src_incarnation = Incarnation::unknown;
  Address dst{};
  Incarnation dst_incarnation = Incarnation::unknown;
  MessageId id = 0;
  MessageId in_reply_to = 0;

  friend bool operator==(const Envelope&, const Envelope&) = default;
};

inline constexpr std::size_t kEnvelopeSize = 44;
inline constexpr std::size_t kMaxPayload = std::size_t{64} << 20;  // bytes
inline constexpr std::size_t kMaxFrame = kEnvelopeSize + kMaxPayload;

/// Why bytes are not a frame.
enum class DecodeError : std::uint8_t {
  too_short,     // shorter than an envelope
  bad_version,   // another magic or version
  oversized,     // payload_length above kMaxPayload
  bad_length,    // payload_length is not the number of bytes that follow
  bad_checksum,  // damaged on the way
  bad_field,     // an unknown type or kind, or a zero where the layout says "not 0"
};

struct Frame {
  Envelope envelope;
  std::string_view payload;  // into the decoded buffer
};

/// Appends the frame to `out`. Throws std::length_error for a payload above kMaxPayload.
void encode(const Envelope& envelope, std::string_view payload, std::string& out);
std::string encode(const Envelope& envelope, std::string_view payload);

/// For receivers: checks everything, the checksum included. Allocates nothing.
std::variant<Frame, DecodeError> decode(std::string_view frame);

/// For the network, which reads no payload: all of decode() but the checksum.
std::variant<Envelope, DecodeError> decode_envelope(std::string_view frame);

/// "n1" for Address{1}: the name in scenarios and evidence, and the routing id of the node's
/// socket.
std::string node_name(Address node);
/// The inverse; nothing else than what node_name writes is accepted.
std::optional<Address> node_from(std::string_view name);

/// snake_case names, as in scenarios and evidence: "append_entries"; "absent" for absent.
std::string_view message_type_name(MessageType type);
std::optional<MessageType> message_type_from(std::string_view name);
std::string_view message_kind_name(MessageKind kind);
std::string_view decode_error_name(DecodeError error);

}  // namespace proxy
