// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/interpreter/scripted_cluster.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

namespace scenario {

Scenario three_nodes(std::vector<Step> steps) {
  Scenario scenario;
  scenario.name = "scripted";
  scenario.steps = std::move(steps);
  return scenario;
}

Step step(decltype(Step::action) action, int line) {
  return {std::move(action), "", line};
}

Target node_target(std::uint64_t number) {
  return {Target::Kind::nodes, {n(number)}, 0, ""};
}

Target target(Target::Kind kind, unsigned number) {
  return {kind, {}, number, ""};
}

Target remembered(const std::string& id) {
  return {Target::Kind::remembered, {}, 0, id};
}

FaultStep isolate(Target target, const std::string& id, std::optional<Duration> duration) {
  return {PartitionFault{std::move(target), {}, PartitionFault::Direction::both}, id, duration,
          false};
}

FaultStep kill(Target target, std::optional<Duration> restart_after) {
  return {KillFault{std::move(target), restart_after}, "killed", std::nullopt, false};
}

WaitForStep wait_for(Condition condition, Duration timeout, std::string as) {
  return {std::move(condition), std::move(as), timeout};
}

ExpectStep expect(Condition condition) {
  return {std::move(condition)};
}

LeaderCondition leader(LeaderCondition::Kind kind) {
  return {kind, std::nullopt, std::nullopt, std::nullopt};
}

ScriptedCluster::ScriptedCluster(Scenario scenario)
    : configuration(first_configuration(scenario.cluster)),
      scenario_(std::move(scenario)),
      interpreter_(scenario_, {"scripted", "", ""}) {}

void ScriptedCluster::boot() {
  perform(interpreter_.start(now_));
  pass(ms(1));
}

void ScriptedCluster::pass(Duration duration) {
  const raft::Time end = now_ + duration;
  while (!over()) {
    const bool event_first =
        !events_.empty() && (!interpreter_.wake_at() || events_.begin()->first <= wake());
    if ((event_first ? events_.begin()->first : wake()) > end) break;
    if (event_first) {
      now_ = std::max(now_, events_.begin()->first);
      const cluster::Event event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      deliver(event);
    } else {
      now_ = wake();
      deliver(cluster::DeadlineReached{});
      ASSERT_TRUE(over() || !interpreter_.wake_at() || *interpreter_.wake_at() > now_)
          << "it would be woken again at once, for ever";
    }
  }
  if (!over()) now_ = end;
}

// When the interpreter is woken next, if nothing comes before.
raft::Time ScriptedCluster::wake() const {
  return std::max(now_, interpreter_.wake_at().value_or(raft::Time::max()));
}

void ScriptedCluster::deliver(const cluster::Event& event) {
  perform(interpreter_.on(event, now_));
}

void ScriptedCluster::cut(RunEnded::Reason reason) {
  perform(interpreter_.cut(reason, now_));
}

void ScriptedCluster::lead(std::uint64_t leader, std::uint64_t term) {
  say(leader, raft::Role::candidate, term, 0);
  say(leader, raft::Role::leader, term, leader);
  for (auto& [id, node] : nodes_) {
    if (id != n(leader) && node.up && !interpreter_.view().is_isolated(id)) {
      say(id.value, raft::Role::follower, term, leader);
    }
  }
}

void ScriptedCluster::say(std::uint64_t id, raft::Role role, std::uint64_t term,
                          std::uint64_t leader) {
  Node& node = nodes_.at(n(id));
  node.role = role;
  node.term = {term};
  node.leader = n(leader);
  tell_status(n(id), 0);
}

void ScriptedCluster::apply_at(std::uint64_t id, std::uint64_t index) {
  nodes_.at(n(id)).applied = {index};
  tell_status(n(id), 0);
}

void ScriptedCluster::snapshot_at(std::uint64_t id, std::uint64_t index) {
  nodes_.at(n(id)).snapshot = {index};
}

void ScriptedCluster::crash(std::uint64_t id) {
  Node& node = nodes_.at(n(id));
  node.up = false;
  soon(cluster::NodeExited{n(id), node.incarnation, false, -1, 6, "assertion failed"});
}

std::vector<raft::Time> ScriptedCluster::went(std::uint64_t node) const {
  std::vector<raft::Time> times;
  for (auto [at, end] = went_.equal_range(n(node)); at != end; ++at)
    times.push_back(at->second);
  return times;
}

Expectation ScriptedCluster::not_met() const {
  for (const Expectation& expectation : said<Expectation>()) {
    if (!expectation.met) return expectation;
  }
  ADD_FAILURE() << "every expectation was met";
  return {};
}

RunEnded::Reason ScriptedCluster::ended() const {
  const auto ends = said<RunEnded>();
  EXPECT_EQ(ends.size(), 1u);
  return ends.empty() ? RunEnded::Reason::time_limit : ends.front().reason;
}

void ScriptedCluster::perform(Output output) {
  std::move(output.history.begin(), output.history.end(), std::back_inserter(history_));
  for (const Action& action : output.actions)
    std::visit([&](const auto& what) { act(what); }, action);
}

void ScriptedCluster::act(const Record& record) {
  happenings_.emplace_back(now_ - ms(1000), record.happening);
}

void ScriptedCluster::act(const StartNode& start) {
  Node& node = nodes_[start.node];
  EXPECT_FALSE(node.up);
  EXPECT_EQ(start.incarnation, node.incarnation + 1);
  const raft::Index applied = node.applied;
  node = {};
  node.applied = applied;
  node.up = true;
  node.incarnation = start.incarnation;
  soon(cluster::NodeMessage{start.node, start.incarnation,
                            node::Ready{start.node, start.incarnation, 4711}});
}

void ScriptedCluster::act(const KillNode& kill) {
  Node& node = nodes_.at(kill.node);
  EXPECT_TRUE(node.up);
  node.up = false;
  soon(cluster::NodeExited{kill.node, node.incarnation, true, -1, 9, ""});
}

void ScriptedCluster::act(const SendToNode& send) {
  if (!nodes_.at(send.node).up) return;
  if (std::holds_alternative<node::SetClock>(send.message) ||
      std::holds_alternative<node::SlowDown>(send.message)) {
    asked_.emplace_back(send.node, send.message);
  }
  if (std::holds_alternative<node::Go>(send.message)) went_.emplace(send.node, now_);
  if (silent_.count(send.node) != 0 || paused.count(send.node) != 0) {
    EXPECT_FALSE(std::holds_alternative<node::StatusRequest>(send.message) &&
                 paused.count(send.node) != 0);
    return;
  }
  if (const auto* request = std::get_if<node::StatusRequest>(&send.message)) {
    tell_status(send.node, request->id);
  } else if (const auto* client = std::get_if<node::ClientRequest>(&send.message)) {
    serve(send.node, *client);
  } else if (const auto* change = std::get_if<node::ChangeMembers>(&send.message)) {
    answer(send.node, *change);
  } else if (const auto* transfer = std::get_if<node::TransferLeadership>(&send.message)) {
    answer(send.node, *transfer);
  }
}

bool ScriptedCluster::refuses(raft::NodeId id, std::uint64_t question) {
  const Node& node = nodes_.at(id);
  node::Answer answer{question, raft::Proposal::Refusal::none, {}};
  if (node.role != raft::Role::leader) {
    answer.refusal = raft::Proposal::Refusal::not_leader;
  } else if (!refusals.empty()) {
    answer.refusal = refusals.front();
    refusals.pop_front();
  }
  soon(cluster::NodeMessage{id, node.incarnation, answer});
  return answer.refusal != raft::Proposal::Refusal::none || !takes_commands;
}

void ScriptedCluster::answer(raft::NodeId id, const node::ChangeMembers& change) {
  asked_.emplace_back(id, change);
  if (refuses(id, change.id)) return;
  const auto take_out = [this](const std::vector<raft::NodeId>& nodes) {
    for (const raft::NodeId node : nodes) {
      std::erase(configuration.voters, node);
      std::erase(configuration.learners, node);
    }
  };
  take_out(change.remove);
  take_out(change.voters);
  take_out(change.learners);
  const auto put_in = [](std::vector<raft::NodeId>& list, const std::vector<raft::NodeId>& nodes) {
    list.insert(list.end(), nodes.begin(), nodes.end());
    std::sort(list.begin(), list.end());
  };
  put_in(configuration.voters, change.voters);
  put_in(configuration.learners, change.learners);
  configuration_index = ++last_index_;
  for (auto& [node, state] : nodes_) {
    if (!state.up) continue;
    state.applied = last_index_;
    tell_status(node, 0);
  }
}

void ScriptedCluster::answer(raft::NodeId id, const node::TransferLeadership& transfer) {
  asked_.emplace_back(id, transfer);
  if (!refuses(id, transfer.id)) lead(transfer.target.value, nodes_.at(id).term.value + 1);
}

void ScriptedCluster::act(const proxy::Command& command) {
  if (std::holds_alternative<proxy::AskTotals>(command.request)) {
    if (acknowledges_rules) soon(cluster::NetworkReport{proxy::Totals{command.id, sums}});
    return;
  }
  changes_.push_back(std::get<proxy::Change>(command.request));
  if (acknowledges_rules) soon(cluster::NetworkReport{proxy::Done{command.id}});
}

void ScriptedCluster::serve(raft::NodeId id, const node::ClientRequest& request) {
  const Node& node = nodes_.at(id);
  node::ClientReply reply{.client = request.client,
                          .request = request.request,
                          .outcome = node::ClientError::not_leader,
                          .log_index = {},
                          .term = node.term,
                          .leader = node.leader};
  if (node.role != raft::Role::leader) {
    soon(cluster::NodeMessage{id, node.incarnation, reply});
    return;
  }
  if (forgotten.erase(request.client) != 0) {
    reply.outcome = node::ClientError::stale;
    return soon(cluster::NodeMessage{id, node.incarnation, reply});
  }
  soon(cluster::NodeMessage{
      id, node.incarnation,
      node::Accepted{request.client, request.request, last_index_.next(), node.term}});
  if (!takes_commands || interpreter_.view().is_isolated(id)) return;
  ++last_index_;
  reply.outcome = node::OpResult{};
  reply.log_index = last_index_;
  soon(cluster::NodeMessage{id, node.incarnation, reply});
  for (auto& [other, state] : nodes_) {
    const bool applies = state.up && !interpreter_.view().is_isolated(other) &&
                         (apply.empty() || apply.count(other) != 0);
    if (!applies) continue;
    state.applied = last_index_;
    tell_status(other, 0);
  }
}

void ScriptedCluster::tell_status(raft::NodeId id, std::uint64_t request) {
  const Node& node = nodes_.at(id);
  soon(cluster::NodeMessage{id, node.incarnation,
                            node::Status{.id = request,
                                         .node = id,
                                         .incarnation = node.incarnation,
                                         .role = node.role,
                                         .term = node.term,
                                         .leader = node.leader,
                                         .log_index = node.applied,
                                         .commit_index = node.applied,
                                         .applied_index = node.applied,
                                         .digest = 100 + node.applied.value,
                                         .state_digest = request == 0 ? 0u : 200u,
                                         .snapshot_index = node.snapshot,
                                         .configuration = configuration,
                                         .configuration_index = configuration_index}});
}

void ScriptedCluster::soon(cluster::Event event, Duration latency) {
  events_.emplace(now_ + latency, std::move(event));
}

}  // namespace scenario
