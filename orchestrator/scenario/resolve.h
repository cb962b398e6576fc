// SPDX-License-Identifier: Apache-2.0
// Whom a step means, at the moment when it fires.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/scenario/view.h"
#include "proxy/rules.h"
#include "raft/random.h"

namespace scenario {

// What earlier steps resolved to, by their id.
using Remembered = std::map<std::string, std::vector<raft::NodeId>>;

// It can only be resolved while somebody leads.
bool needs_leader(const Target& target);

// In order of the nodes' numbers, each once. Empty where nobody is meant: no leader is known, or
// nothing was remembered.
std::vector<raft::NodeId> resolve(const Target& target, const View& view,
                                  const Remembered& remembered, raft::Random& random);

// The links that a partition cuts.
//
// `sides` are disjoint and hold all nodes. Of those that are not the first, nothing is cut between
// one another unless the direction is `both`.
std::vector<proxy::Link> cut_between(const std::vector<std::vector<raft::NodeId>>& sides,
                                     PartitionFault::Direction direction);
// Each of `nodes` alone, also from one another.
std::vector<proxy::Link> cut_around(const std::vector<raft::NodeId>& nodes, unsigned cluster_size,
                                    PartitionFault::Direction direction);

// Sides from groups that may overlap, where a node belongs to the first group that names it, and
// the nodes that none names form the last side.
std::vector<std::vector<raft::NodeId>> sides_of(
    const std::vector<std::vector<raft::NodeId>>& groups, unsigned cluster_size);
// Those on sides without a majority of the voters where another side has one; else nobody.
std::vector<raft::NodeId> outside_majority(const std::vector<std::vector<raft::NodeId>>& sides,
                                           const std::vector<raft::NodeId>& voters);

}  // namespace scenario
