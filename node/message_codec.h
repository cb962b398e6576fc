// SPDX-License-Identifier: Apache-2.0
// Raft's messages as the payload of a frame between nodes: one byte for which message it is, then
// its fields in the order of raft/messages.h, in Cereal's portable binary form, little-endian.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "raft/messages.h"

namespace node {

std::string encode_message(const raft::Message& message);
// How many bytes that gives.
std::size_t encoded_size(const raft::Message& message);

// Nothing where the bytes are not exactly one message. Never throws, and takes no more memory than
// a small multiple of the bytes. Says nothing of whether the message makes sense: Raft judges that.
std::optional<raft::Message> decode_message(std::string_view bytes);

}  // namespace node
