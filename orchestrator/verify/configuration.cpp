// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/configuration.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

std::vector<NodeId> sorted(std::vector<NodeId> nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

bool same(const std::vector<NodeId>& a, const std::vector<NodeId>& b) {
  return sorted(a) == sorted(b);
}

bool is_majority(const std::vector<NodeId>& voters, const std::vector<NodeId>& nodes) {
  const std::set<NodeId> all(voters.begin(), voters.end());
  const std::set<NodeId> agreed(nodes.begin(), nodes.end());
  const auto counted =
      std::count_if(agreed.begin(), agreed.end(), [&](NodeId node) { return all.contains(node); });
  return 2 * static_cast<std::size_t>(counted) > all.size();
}

}  // namespace

std::vector<NodeId> Configuration::members() const {
  std::vector<NodeId> all = voters;
  all.insert(all.end(), old_voters.begin(), old_voters.end());
  all.insert(all.end(), learners.begin(), learners.end());
  return sorted(std::move(all));
}

bool is_quorum(const Configuration& configuration, const std::vector<NodeId>& nodes) {
  return is_majority(configuration.voters, nodes) &&
         (!configuration.joint() || is_majority(configuration.old_voters, nodes));
}

std::string why_not_after(const Configuration& now, const Configuration& next) {
  if (next.voters.empty()) return "it has no voters";
  if (now.joint()) {
    if (next.joint()) return "a joint configuration is followed by another";
    if (!same(next.voters, now.voters)) {
      return "its voters are not the new ones of the joint configuration before";
    }
  } else if (next.joint()) {
    if (!same(next.old_voters, now.voters)) {
      return "its old voters are not those of the configuration before";
    }
  } else if (!same(next.voters, now.voters)) {
    return "the voters change without a joint configuration";
  }
  return {};
}

std::string text_of(const Configuration& configuration) {
  std::string text = names_of_nodes(configuration.voters);
  if (configuration.joint()) {
    text += fmt::format(" with {}", names_of_nodes(configuration.old_voters));
  }
  if (!configuration.learners.empty()) {
    text += fmt::format(", learners {}", names_of_nodes(configuration.learners));
  }
  return text;
}

}  // namespace verify
