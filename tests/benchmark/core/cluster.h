// SPDX-License-Identifier: Apache-2.0
// Raft objects and nothing else: messages are handed over as values, a write is durable by the time
// its turn comes, the application only looks at what it applies. What is measured here is the core.
#pragma once

#include <deque>
#include <vector>

#include "raft/raft.h"

namespace benchmark {

// What the cores of all servers did together.
struct Work {
  std::uint64_t steps = 0;
  std::uint64_t allocations = 0;      // by the core, not by those who made a command or a message's
  std::uint64_t allocated_bytes = 0;  // way
};

class CoreCluster {
 public:
  // Servers 1 to `servers`, of which the first leads.
  explicit CoreCluster(std::size_t servers);

  // Has the leader replicate these, and returns when all servers have them and the leader has
  // applied them.
  void replicate(std::vector<raft::Command> commands);
  const Work& work() const { return work_; }
  // How many entries the leader has applied.
  std::uint64_t applied() const { return servers_.front().raft.last_applied().value; }

 private:
  struct Server {
    raft::Raft raft;
    std::optional<raft::Time> wake_at;
    std::uint64_t bytes_applied = 0;
  };
  struct Event {
    raft::NodeId node;
    raft::Input input;
  };

  Server& server(raft::NodeId node) { return servers_[node.value - 1]; }
  void step(raft::NodeId node, raft::Input input);
  void apply(raft::NodeId node, const raft::Output& out);
  void run();

  std::vector<Server> servers_;
  std::deque<Event> events_;  // in their order, so a message overtakes none
  raft::Time now_{};
  Work work_;
};

}  // namespace benchmark
