// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/describe.h"

#include <fmt/format.h>

namespace verify {

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

std::string count(std::uint64_t number, std::string_view noun, std::string_view plural) {
  if (number == 1) return fmt::format("1 {}", noun);
  if (plural.empty()) return fmt::format("{} {}s", grouped(number), noun);
  return fmt::format("{} {}", grouped(number), plural);
}

std::string name_of_node(NodeId node) {
  return node == NodeId{} ? "nobody" : node::node_name(node);
}

std::string names_of_nodes(const std::vector<NodeId>& nodes) {
  std::string text;
  for (const NodeId node : nodes)
    text += (text.empty() ? "" : " ") + node::node_name(node);
  return text;
}

std::string writer_of(Where where) {
  return where.file > Where::kNodes ? fmt::format("n{}", where.file - Where::kNodes)
                                    : file_name(where.file);
}

std::string request_name(std::string_view client, std::uint64_t request) {
  return fmt::format("{}/{}", client, request);
}

std::string in_quotes(std::string_view value) {
  constexpr std::size_t kShown = 40;
  if (value.size() <= kShown) return fmt::format("\"{}\"", value);
  return fmt::format("\"...{}\" ({} bytes)", value.substr(value.size() - kShown),
                     grouped(value.size()));
}

}  // namespace verify
