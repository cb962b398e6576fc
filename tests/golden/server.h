// SPDX-License-Identifier: Apache-2.0
// One server of a cluster of Raft objects: the object while it is up, and what it runs on.
#pragma once

#include <map>
#include <set>

#include "tests/golden/application.h"
#include "tests/golden/clock.h"
#include "tests/golden/disk.h"

namespace raft::golden {

struct Server {
  Settings settings;
  std::optional<Raft> raft;  // none while it is down
  Disk disk;
  Clock clock;
  Application application;
  std::set<ReadId> asked;         // reads that it has not answered
  std::vector<ReadAnswer> reads;  // granted; they wait until the state has come so far
  std::optional<Time> wake_at;    // by its clock
  std::uint64_t incarnation = 0;
};

using Servers = std::map<NodeId, Server>;

}  // namespace raft::golden
