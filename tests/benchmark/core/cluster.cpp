// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/core/cluster.h"

#include <stdexcept>

#include "tests/unit/node/allocation_meter.h"

namespace benchmark {
namespace {

using raft::Index;
using raft::NodeId;

// From one proposal to the next; now and then a heartbeat falls due.
constexpr raft::Duration kPause{100};
// Entries after which a server takes a snapshot, so that memory is bounded.
constexpr std::uint64_t kCompactAfter = 10'000;

}  // namespace

CoreCluster::CoreCluster(std::size_t servers) {
  raft::Settings settings;
  for (std::uint64_t i = 1; i <= servers; ++i)
    settings.first_configuration.voters.push_back(NodeId{i});
  settings = raft::default_profile(settings);
  for (const NodeId node : settings.first_configuration.voters) {
    settings.self = node;
    servers_.push_back({raft::Raft(settings, {}, node.value), {}});
    step(node, raft::Begin{});
  }
  now_ = settings.election_timeout_max;
  step(NodeId{1}, raft::Tick{});
  run();
  if (servers_.front().raft.role() != raft::Role::leader || applied() != 1) {
    throw std::runtime_error("the first server was not elected");
  }
  work_ = {};
}

void CoreCluster::replicate(std::vector<raft::Command> commands) {
  now_ += kPause;
  for (std::uint64_t i = 1; i <= servers_.size(); ++i) {
    const auto wake_at = server(NodeId{i}).wake_at;
    if (wake_at && *wake_at <= now_) step(NodeId{i}, raft::Tick{});
  }
  const Index last = servers_.front().raft.log().last_index() + commands.size();
  step(NodeId{1}, raft::Propose{std::move(commands)});
  run();
  for (const Server& server : servers_) {
    if (server.raft.durable_index() != last) throw std::runtime_error("a server is behind");
  }
  if (applied() != last.value) throw std::runtime_error("the leader has not applied everything");
}

void CoreCluster::run() {
  for (; !events_.empty(); events_.pop_front())
    step(events_.front().node, std::move(events_.front().input));
}

void CoreCluster::step(NodeId node, raft::Input input) {
  const node::AllocationMeter meter;
  raft::Output out = server(node).raft.step(now_, std::move(input));
  ++work_.steps;
  work_.allocations += meter.count();
  work_.allocated_bytes += meter.total();
  server(node).wake_at = out.wake_at;
  for (raft::Outgoing& outgoing : out.messages)
    events_.push_back({outgoing.to, raft::Receive{node, {}, std::move(outgoing.message)}});
  if (out.write) events_.push_back({node, raft::Persisted{out.write->id}});
  apply(node, out);
}

void CoreCluster::apply(NodeId node, const raft::Output& out) {
  Server& self = server(node);
  for (Index i = out.apply.first; i <= out.apply.last; ++i) {
    const raft::Entry& entry = self.raft.log().at(i);
    if (entry.command) self.bytes_applied += entry.command->size();
  }
  const auto& snapshot = self.raft.snapshot();
  const Index compacted = snapshot ? snapshot->index : Index{};
  if (self.raft.last_applied() < compacted + kCompactAfter) return;
  static const raft::Command state = std::make_shared<const std::string>("state");
  events_.push_back({node, raft::Compact{self.raft.last_applied(), state}});
}

}  // namespace benchmark
