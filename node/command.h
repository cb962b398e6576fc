// SPDX-License-Identifier: Apache-2.0
// A client's request as the bytes of a command in the log. The session's name and number travel in
// it, since every node that applies it has to know what is a retry.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/protocol.h"

namespace node {

// Why a request is outside protocol.h's limits, in a few words; null where it is within them.
const char* why_malformed(const ClientRequest& request);

std::string encode_command(const ClientRequest& request);

// Nothing where the bytes are no request within the limits. Never throws, and takes no more memory
// than a small multiple of the bytes.
std::optional<ClientRequest> decode_command(std::string_view bytes);

}  // namespace node
