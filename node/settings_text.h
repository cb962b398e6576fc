// SPDX-License-Identifier: Apache-2.0
// What a server is set to, as one JSON object: squall-node is started with it, and `started` in its
// evidence repeats it. Durations are in microseconds and end in _us.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/server.h"

namespace node {

// Everything but who this server is: node, incarnation, seed and pid come by themselves.
std::string settings_text(const ServerSettings& settings);

// Fills in what the text says. False, and nothing is to be relied on, where it is no such object,
// or no server can be set up so; `why` then says so in a few words. A field that is missing keeps
// its value, one that is unknown is an error.
bool read_settings(std::string_view text, ServerSettings& settings, std::string& why);

}  // namespace node
