// SPDX-License-Identifier: Apache-2.0
// Who the members are (section 6), and what a quorum of them is: written down a second time from
// the paper, so that what judges raft/ shares no code with it.
#pragma once

#include <string>
#include <vector>

#include "raft/types.h"

namespace verify {

struct Configuration {
  std::vector<raft::NodeId> voters;
  std::vector<raft::NodeId> old_voters;  // not empty: this is the joint configuration C_old,new
  std::vector<raft::NodeId> learners;    // count in no quorum
  bool joint() const { return !old_voters.empty(); }
  // All of them, ascending, each once.
  std::vector<raft::NodeId> members() const;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

// Whether `nodes` have what "agreement (for elections and entry commitment) requires": a majority
// of the voters and, while it is joint, of the old voters too. Who is no voter does not count, and
// who is named twice counts once.
bool is_quorum(const Configuration& configuration, const std::vector<raft::NodeId>& nodes);

// Why `next` can't follow `now` in a log, or nothing: the voters change only by C_old,new and then
// C_new, so that each two consecutive configurations have overlapping quorums.
std::string why_not_after(const Configuration& now, const Configuration& next);

// "n1 n2 n3"; "n2 n3 n4 with n1 n2 n3, learners n5".
std::string text_of(const Configuration& configuration);

}  // namespace verify
