// SPDX-License-Identifier: Apache-2.0
// CheckQuorum (dissertation, 6.2): "a leader in Raft steps down if an election timeout elapses
// without a successful round of heartbeats to a majority of its cluster". With PreVote and leader
// stickiness it keeps a cluster available under one-way and partial partitions, where the paper
// alone does not.
#include "raft/raft.h"

namespace raft {

// When a quorum of voters, this one included, had last been heard from.
Time Raft::quorum_contact() const {
  return quorum_value<Time>(configuration(), [this](NodeId node) {
    return node == settings_.self ? now_ : progress_of(node)->last_contact;
  });
}

void Raft::check_quorum() {
  std::get<Leader>(role_).quorum_check_due = now_ + settings_.heartbeat_interval;
  if (!settings_.check_quorum || now_ < quorum_contact() + settings_.election_timeout_max) return;
  become_follower(NodeId{}, RoleChanged::Reason::quorum_silent);
}

}  // namespace raft
