// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter_stage.h"

#include <algorithm>
#include <utility>

#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

// The seed's streams: one part's draws do not move another's.
enum class Stream : std::uint64_t { targets = 1, clients = 2 };

std::uint64_t seed_of(Stream stream, std::uint64_t seed) {
  return raft::Random(seed ^ (0x9e3779b97f4a7c15u * static_cast<std::uint64_t>(stream))).next();
}

}  // namespace

Stage::Stage(const Scenario& scenario)
    : scenario_(scenario),
      view_(scenario.cluster.nodes, first_configuration(scenario.cluster)),
      random_(seed_of(Stream::targets, scenario.seed)) {
  if (scenario.workload) {
    load_.emplace(*scenario.workload, scenario.cluster.nodes,
                  seed_of(Stream::clients, scenario.seed));
  }
}

void Stage::send(raft::NodeId node, node::ToNode message) {
  out_.actions.push_back(SendToNode{node, std::move(message)});
}

void Stage::take(workload::Output out) {
  std::move(out.history.begin(), out.history.end(), std::back_inserter(out_.history));
  for (workload::Request& request : out.requests)
    send(request.to, std::move(request.request));
}

void Stage::start(raft::NodeId node) {
  if (was_killed(node)) start_at_end_.insert(node);
  if (view_.at(node).up) return;
  const std::uint32_t incarnation = view_.at(node).incarnation + 1;
  view_.started(node, incarnation);
  record(NodeStarted{node, incarnation});
  out_.actions.push_back(StartNode{node, incarnation});
}

void Stage::kill(raft::NodeId node) {
  if (!view_.at(node).up || was_killed(node)) return;
  killed_.insert(node);
  record(NodeKilled{node, view_.at(node).incarnation});
  out_.actions.push_back(KillNode{node});
}

// What its machine suffers from, its new process is told before anything else.
void Stage::became_ready(raft::NodeId node) {
  view_.became_ready(node);
  settle(node);
}

void Stage::ended(raft::NodeId node) {
  killed_.erase(node);
  view_.ended(node);
  for (auto& [id, paused] : node_faults_.ended(node))
    view_.isolate(id, std::move(paused));
  if (start_at_end_.erase(node) != 0) start(node);
}

std::uint64_t Stage::change(proxy::Change change) {
  unacknowledged_.insert(++last_command_);
  out_.actions.push_back(proxy::Command{last_command_, std::move(change)});
  return last_command_;
}

std::uint64_t Stage::ask_totals() {
  view_.network_says(std::nullopt);
  unacknowledged_.insert(++last_command_);
  out_.actions.emplace_back(std::in_place_type<proxy::Command>,
                            proxy::Command{last_command_, proxy::AskTotals{}});
  return last_command_;
}

std::uint64_t Stage::start_fault(const FaultStarted& fault, std::vector<raft::NodeId> isolated) {
  heal(fault.id);
  record(fault);
  in_force_.insert(fault.id);
  if (!isolated.empty()) view_.isolate(fault.id, std::move(isolated));
  return change(proxy::AddRule{*fault.rule});
}

// A paused node is as far away as an isolated one.
void Stage::start_fault(const FaultStarted& fault, const MachineFault& machine) {
  heal(fault.id);
  record(fault);
  std::vector<raft::NodeId> nodes = fault.targets;
  const bool pause = std::holds_alternative<Paused>(machine);
  if (pause) std::erase_if(nodes, [&](raft::NodeId node) { return !view_.at(node).up; });
  node_faults_.begin(fault.id, machine, nodes);
  if (pause) view_.isolate(fault.id, nodes);
  for (const raft::NodeId node : nodes)
    settle(node);
}

bool Stage::heal_machines(const std::string& id) {
  if (!node_faults_.has(id)) return false;
  view_.heal(id);
  record(FaultEnded{id});
  for (const raft::NodeId node : node_faults_.end(id))
    settle(node);
  std::erase_if(to_come_, [&](const auto& item) { return item.second.heal == id; });
  return true;
}

void Stage::settle(raft::NodeId node) {
  if (!view_.at(node).up || was_killed(node)) return;
  for (Action& action : node_faults_.settle(node, view_.at(node).ready))
    out_.actions.push_back(std::move(action));
}

std::optional<std::uint64_t> Stage::heal(const std::string& id) {
  if (heal_machines(id)) return std::nullopt;
  if (in_force_.erase(id) == 0) return std::nullopt;
  std::erase_if(to_come_, [&](const auto& item) { return item.second.heal == id; });
  view_.heal(id);
  record(FaultEnded{id});
  return change(proxy::RemoveRule{id});
}

std::optional<std::uint64_t> Stage::heal_all() {
  for (const std::string& id : node_faults_.ids())
    heal_machines(id);
  if (in_force_.empty()) return std::nullopt;
  for (const std::string& id : in_force_) {
    view_.heal(id);
    record(FaultEnded{id});
  }
  in_force_.clear();
  std::erase_if(to_come_, [](const auto& item) { return !item.second.heal.empty(); });
  return change(proxy::HealAll{});
}

void Stage::heal_at(raft::Time at, const std::string& id) {
  to_come_.emplace(at, ToCome{id, {}});
}

void Stage::restart_at(raft::Time at, raft::NodeId node) {
  to_come_.emplace(at, ToCome{{}, node});
}

void Stage::run_due() {
  while (!to_come_.empty() && to_come_.begin()->first <= now_) {
    const ToCome next = std::move(to_come_.begin()->second);
    to_come_.erase(to_come_.begin());
    if (next.heal.empty()) {
      start(next.restart);
    } else {
      heal(next.heal);
    }
  }
}

std::uint64_t Stage::ask_status() {
  ++last_status_request_;
  asked_.clear();
  for (raft::NodeId node : view_.all()) {
    if (!view_.at(node).ready || node_faults_.is_paused(node)) continue;
    asked_.push_back(node);
    send(node, node::StatusRequest{last_status_request_});
  }
  return last_status_request_;
}

bool Stage::all_answered(std::uint64_t request) const {
  return std::all_of(asked_.begin(), asked_.end(), [&](raft::NodeId node) {
    const NodeView& known = view_.at(node);
    return !known.up || (known.answer && known.answer->id >= request);
  });
}

std::vector<raft::NodeId> Stage::resolve(const Target& target, int step) {
  std::vector<raft::NodeId> nodes = scenario::resolve(target, view_, remembered_, random_);
  if (target.kind != Target::Kind::nodes) record(TargetResolved{step, describe(target), nodes});
  return nodes;
}

void Stage::remember(const std::string& id, std::vector<raft::NodeId> nodes) {
  if (id.empty()) return;
  remembered_[id] = std::move(nodes);
  fired_at_[id] = now_;
}

std::optional<raft::Time> Stage::fired_at(const std::string& id) const {
  const auto found = fired_at_.find(id);
  if (found == fired_at_.end()) return std::nullopt;
  return found->second;
}

std::optional<raft::Time> Stage::wake_at() const {
  if (to_come_.empty()) return std::nullopt;
  return to_come_.begin()->first;
}

std::optional<raft::Time> Stage::clients_wake_at() const {
  return load_ ? load_->wake_at() : std::nullopt;
}

}  // namespace scenario
