// SPDX-License-Identifier: Apache-2.0
// The faults of nodes' machines that are in force, and what each node was told of them. A pause
// ends with the process that it stops; a slow processor and a wrong clock are the machine's, and
// the process that is started there next has them, too. Of two of a kind the later one counts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/scenario/interpreter_output.h"

namespace scenario {

class NodeFaults {
 public:
  void begin(const std::string& id, const MachineFault& fault, std::vector<raft::NodeId> nodes);
  // Whose it was; nobody where it is not in force.
  std::vector<raft::NodeId> end(const std::string& id);
  bool has(const std::string& id) const;
  std::vector<std::string> ids() const;
  bool is_paused(raft::NodeId node) const;

  // The process is gone, and each pause of it; these pauses, with the nodes that they still stop.
  std::vector<std::pair<std::string, std::vector<raft::NodeId>>> ended(raft::NodeId node);

  // What brings a node that is up to what is in force now. One that is not ready hears nothing yet.
  std::vector<Action> settle(raft::NodeId node, bool ready);

 private:
  struct InForce {
    std::string id;
    MachineFault fault;
    std::vector<raft::NodeId> nodes;
  };
  struct Machine {
    bool paused = false;
    node::SetClock clock;
    node::SlowDown processor;
  };

  Machine wanted(raft::NodeId node) const;

  std::vector<InForce> in_force_;  // in the order of their beginnings
  std::map<raft::NodeId, Machine> told_;
};

}  // namespace scenario
