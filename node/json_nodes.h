// SPDX-License-Identifier: Apache-2.0
// Nodes in JSON: a list of their names.
#pragma once

#include <string_view>
#include <vector>

#include "node/json_fields.h"
#include "proxy/wire/json.h"
#include "raft/types.h"

namespace node {

void add_nodes(proxy::JsonLine& line, std::string_view name,
               const std::vector<raft::NodeId>& nodes);

// What is no node is noted in `in`.
std::vector<raft::NodeId> read_nodes(JsonFields& in, std::string_view name);

}  // namespace node
