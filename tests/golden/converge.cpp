// SPDX-License-Identifier: Apache-2.0
// Liveness: what a cluster comes to once everything heals.
#include <algorithm>

#include "tests/golden/cluster.h"

namespace raft::golden {
namespace {

constexpr const char* kProbe = "probe";
// More than servers that sleep in between need in any reasonable time.
constexpr int kMostWakes = 100'000;

bool is_probed(const Raft& leader) {
  const Log& log = leader.log();
  if (log.last_index() == log.base_index() || log.last_term() != leader.term()) return false;
  const Entry& last = log.at(log.last_index());
  return last.kind == EntryKind::command && *last.command == kProbe;
}

}  // namespace

void Cluster::converge(Duration limit) {
  heal();
  release([](const InFlight&) { return true; });
  for (const auto& [node, server] : servers_) {
    if (!server.raft) restart(node);
  }
  const Time end = now_ + limit;
  stabilize();
  for (int wakes = 0; !has_converged(); ++wakes) {
    probe();
    stabilize();
    if (has_converged()) return;
    if (wakes == kMostWakes) throw Violation("liveness: the servers wake for ever");
    if (!wake_next(end)) throw Violation("liveness: the cluster does not recover");
    stabilize();
  }
}

void Cluster::probe() {
  const NodeId node = leader();
  if (node == NodeId{} || is_probed(*servers_.at(node).raft)) return;
  step(node, Propose{{std::make_shared<const std::string>(kProbe)}});
}

bool Cluster::has_converged() const {
  const NodeId node = leader();
  if (node == NodeId{}) return false;
  const Server& leading = servers_.at(node);
  const Raft& raft = *leading.raft;
  if (!is_probed(raft) || raft.commit_index() != raft.log().last_index()) return false;
  if (raft.configuration().joint()) return false;
  const std::string state = leading.application.state();
  for (NodeId member : raft.configuration().members()) {
    const Application& application = servers_.at(member).application;
    if (application.index() != raft.commit_index() || !servers_.at(member).reads.empty()) {
      return false;
    }
    if (application.state() != state) {
      throw Violation("state_machine_safety: the members have different states");
    }
  }
  return std::all_of(servers_.begin(), servers_.end(),
                     [](const auto& each) { return each.second.asked.empty(); });
}

}  // namespace raft::golden
