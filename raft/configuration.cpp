// SPDX-License-Identifier: Apache-2.0
#include "raft/configuration.h"

#include <charconv>

namespace raft {
namespace {

bool has(const std::vector<NodeId>& nodes, NodeId node) {
  return std::binary_search(nodes.begin(), nodes.end(), node);
}

void put(std::string& out, const char* name, const std::vector<NodeId>& nodes) {
  out += name;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(nodes[i].value);
  }
}

// Takes "name" and an ascending list of nodes off the front of `bytes`.
bool take(std::string_view& bytes, std::string_view name, std::vector<NodeId>& nodes) {
  if (bytes.substr(0, name.size()) != name) return false;
  bytes.remove_prefix(name.size());
  do {
    NodeId node;
    const auto [end, error] =
        std::from_chars(bytes.data(), bytes.data() + bytes.size(), node.value);
    if (error != std::errc{} || node == NodeId{}) return false;
    if (!nodes.empty() && node <= nodes.back()) return false;
    nodes.push_back(node);
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()));
    if (bytes.empty() || bytes.front() != ',') return true;
    bytes.remove_prefix(1);
  } while (true);
}

}  // namespace

bool Configuration::is_voter(NodeId node) const {
  return has(voters, node) || has(old_voters, node);
}

bool Configuration::contains(NodeId node) const {
  return is_voter(node) || has(learners, node);
}

std::vector<NodeId> Configuration::members() const {
  std::vector<NodeId> all = voters;
  all.insert(all.end(), old_voters.begin(), old_voters.end());
  all.insert(all.end(), learners.begin(), learners.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string encode(const Configuration& configuration) {
  std::string out;
  put(out, "voters=", configuration.voters);
  if (configuration.joint()) put(out, " old=", configuration.old_voters);
  if (!configuration.learners.empty()) put(out, " learners=", configuration.learners);
  return out;
}

std::optional<Configuration> decode_configuration(std::string_view bytes) {
  Configuration configuration;
  if (!take(bytes, "voters=", configuration.voters)) return std::nullopt;
  if (bytes.substr(0, 5) == " old=" && !take(bytes, " old=", configuration.old_voters)) {
    return std::nullopt;
  }
  if (!bytes.empty() && !take(bytes, " learners=", configuration.learners)) return std::nullopt;
  if (!bytes.empty()) return std::nullopt;
  return configuration;
}

}  // namespace raft
