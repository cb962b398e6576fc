// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter_node_faults.h"

#include <algorithm>
#include <utility>

namespace scenario {
namespace {

bool among(const std::vector<raft::NodeId>& nodes, raft::NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

}  // namespace

void NodeFaults::begin(const std::string& id, const MachineFault& fault,
                       std::vector<raft::NodeId> nodes) {
  in_force_.push_back({id, fault, std::move(nodes)});
}

std::vector<raft::NodeId> NodeFaults::end(const std::string& id) {
  const auto found = std::find_if(in_force_.begin(), in_force_.end(),
                                  [&](const InForce& fault) { return fault.id == id; });
  if (found == in_force_.end()) return {};
  std::vector<raft::NodeId> nodes = std::move(found->nodes);
  in_force_.erase(found);
  return nodes;
}

bool NodeFaults::has(const std::string& id) const {
  return std::any_of(in_force_.begin(), in_force_.end(),
                     [&](const InForce& fault) { return fault.id == id; });
}

std::vector<std::string> NodeFaults::ids() const {
  std::vector<std::string> ids;
  for (const InForce& fault : in_force_)
    ids.push_back(fault.id);
  return ids;
}

bool NodeFaults::is_paused(raft::NodeId node) const {
  return wanted(node).paused;
}

std::vector<std::pair<std::string, std::vector<raft::NodeId>>> NodeFaults::ended(
    raft::NodeId node) {
  std::vector<std::pair<std::string, std::vector<raft::NodeId>>> pauses;
  told_.erase(node);
  for (InForce& fault : in_force_) {
    if (!std::holds_alternative<Paused>(fault.fault)) continue;
    if (std::erase(fault.nodes, node) != 0) pauses.emplace_back(fault.id, fault.nodes);
  }
  return pauses;
}

std::vector<Action> NodeFaults::settle(raft::NodeId node, bool ready) {
  std::vector<Action> actions;
  Machine& told = told_[node];
  Machine now = wanted(node);
  if (!ready) {
    now.clock = told.clock;
    now.processor = told.processor;
  }
  if (now.clock != told.clock) actions.push_back(SendToNode{node, now.clock});
  if (now.processor != told.processor) actions.push_back(SendToNode{node, now.processor});
  if (now.paused && !told.paused) actions.push_back(PauseNode{node});
  if (!now.paused && told.paused) actions.push_back(ResumeNode{node});
  told = now;
  return actions;
}

NodeFaults::Machine NodeFaults::wanted(raft::NodeId node) const {
  Machine machine;
  for (const InForce& fault : in_force_) {
    if (!among(fault.nodes, node)) continue;
    if (std::holds_alternative<Paused>(fault.fault)) machine.paused = true;
    if (const auto* clock = std::get_if<node::SetClock>(&fault.fault)) machine.clock = *clock;
    if (const auto* slow = std::get_if<node::SlowDown>(&fault.fault)) machine.processor = *slow;
  }
  return machine;
}

}  // namespace scenario
