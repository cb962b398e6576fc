// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/scenario.h"

#include <algorithm>

namespace scenario {

NodeSettings settings_of(Profile profile) {
  if (profile == Profile::default_profile) return {};
  return {.raft = {}, .snapshot_threshold = 0};
}

const NodeSettings& settings_of(const ClusterSpec& cluster, raft::NodeId node) {
  const auto own = cluster.node_settings.find(node);
  return own == cluster.node_settings.end() ? cluster.settings : own->second;
}

raft::Configuration first_configuration(const ClusterSpec& cluster) {
  raft::Configuration first{
      .voters = cluster.voters, .old_voters = {}, .learners = cluster.learners};
  if (!first.voters.empty()) return first;
  for (raft::NodeId node{1}; node.value <= cluster.nodes; ++node) {
    const auto& learners = cluster.learners;
    if (std::find(learners.begin(), learners.end(), node) == learners.end()) {
      first.voters.push_back(node);
    }
  }
  return first;
}

bool operator==(const RepeatStep& a, const RepeatStep& b) {
  return a.times == b.times && a.steps == b.steps;
}

bool operator==(const Step& a, const Step& b) {
  return a.action == b.action && a.name == b.name;
}

}  // namespace scenario
