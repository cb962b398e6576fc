// SPDX-License-Identifier: Apache-2.0
// How much was seen to happen: a run in which nothing did shows nothing.
#pragma once

#include "tests/golden/server.h"

namespace raft::golden {

struct Coverage {
  std::uint64_t steps = 0;
  std::uint64_t elections = 0;
  std::uint64_t truncations = 0;
  std::uint64_t commits = 0;  // a leader's, by counting
  std::uint64_t snapshots_taken = 0;
  std::uint64_t snapshots_installed = 0;
  std::uint64_t joint_changes = 0;  // left, C_new appended
  std::uint64_t rolled_back_changes = 0;
  std::uint64_t removed_leaders = 0;
  std::uint64_t silent_quorums = 0;  // a leader stepped down by CheckQuorum
  std::uint64_t pre_votes = 0;
  std::uint64_t sticky_denials = 0;
  std::uint64_t transfers = 0;  // candidacies that a leader asked for
  std::uint64_t expired_transfers = 0;
  std::uint64_t reads_served = 0;
  std::uint64_t reads_forwarded = 0;  // of these, by another server than the leader
  std::uint64_t lease_reads = 0;      // granted at once, on a quorum of more than one
  std::uint64_t overloads = 0;
  std::uint64_t crashes = 0;
  std::uint64_t torn_crashes = 0;
  std::uint64_t lost_writes = 0;
  std::uint64_t lost_messages = 0;
  std::uint64_t duplicated_messages = 0;

  // A step of a server, whose configuration had been `before`.
  void saw(const Configuration& before, const Output& out);
  void add(const Coverage& more);

  // Each of them under its name.
  std::vector<std::pair<const char*, std::uint64_t>> all() const;
};

}  // namespace raft::golden
