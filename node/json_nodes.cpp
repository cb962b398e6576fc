// SPDX-License-Identifier: Apache-2.0
#include "node/json_nodes.h"

#include <fmt/format.h>

#include "node/protocol.h"

namespace node {

void add_nodes(proxy::JsonLine& line, std::string_view name,
               const std::vector<raft::NodeId>& nodes) {
  line.begin_array(name);
  for (const raft::NodeId node : nodes)
    line.element(node_name(node));
  line.end_array();
}

std::vector<raft::NodeId> read_nodes(JsonFields& in, std::string_view name) {
  std::vector<raft::NodeId> nodes;
  for (const std::string& text : in.texts(name)) {
    const auto node = node_from_name(text);
    if (!node || *node == raft::NodeId{}) in.fail(fmt::format("{}: '{}' is no node", name, text));
    nodes.push_back(node.value_or(raft::NodeId{}));
  }
  return nodes;
}

}  // namespace node
