// SPDX-License-Identifier: Apache-2.0
#include "tests/property/random_script.h"

#include <algorithm>

namespace raft::property {
namespace {

using golden::InFlight;
using golden::Server;

// With more messages than this in flight, what happens next is that they arrive or are lost.
constexpr std::size_t kCrowd = 60;
// A line that has nothing to act on is drawn again so often.
constexpr int kMostDraws = 20;

std::string list(const std::vector<NodeId>& nodes) {
  std::string text;
  for (NodeId node : nodes)
    text += (text.empty() ? "" : ",") + std::to_string(node.value);
  return text;
}

}  // namespace

RandomScript::RandomScript(std::uint64_t seed)
    : random_(seed), seed_(seed), settings_(random_settings(random_)), actions_(actions()) {
  const bool settles = chance(70);
  for (Action& action : actions_) {
    if (action.settles && !settles) action.weight = 0;
    action.weight *= one_of<std::uint64_t>({0, 1, 2, 2, 2, 6});
    weights_ += action.weight;
  }
  left_ = one_of<std::uint64_t>({20, 60, 120, 120, 300});
  for (std::uint64_t node = 1; settings_.differ && node <= settings_.servers; ++node) {
    queue("crash n{}", node);
    queue("restart n{}{}", node, own_settings(random_, settings_));
  }
}

std::vector<RandomScript::Action> RandomScript::actions() {
  return {{&RandomScript::deliver_one, 50},
          {&RandomScript::deliver_link, 30},
          {&RandomScript::deliver_all, 10, true},
          {&RandomScript::drop_one, 5},
          {&RandomScript::drop_link, 2},
          {&RandomScript::duplicate, 3},
          {&RandomScript::hold, 5},
          {&RandomScript::release, 2},
          {&RandomScript::sync, 25},
          {&RandomScript::sync_all, 10, true},
          {&RandomScript::stabilize, 2, true},
          {&RandomScript::run, 3, true},
          {&RandomScript::advance, 8},
          {&RandomScript::tick, 3},
          {&RandomScript::timeout, 4},
          {&RandomScript::elect, 3},
          {&RandomScript::usurp, 1},
          {&RandomScript::clock, 1},
          {&RandomScript::cut, 2},
          {&RandomScript::partition, 2},
          {&RandomScript::heal, 2},
          {&RandomScript::crash, 4},
          {&RandomScript::restart, 8},
          {&RandomScript::propose, 15},
          {&RandomScript::read, 8},
          {&RandomScript::append, 2},
          {&RandomScript::compact, 8},
          {&RandomScript::members, 4},
          {&RandomScript::transfer, 2}};
}

std::string RandomScript::first() {
  return fmt::format("cluster seed={} {}", seed_, settings_.words);
}

std::string RandomScript::next(const Cluster& cluster) {
  if (left_ == 0) return {};
  if (!queued_.empty()) {
    std::string line = queued_.front();
    queued_.pop_front();
    return line;
  }
  if (--left_ == 0) return "converge";
  if (cluster.in_flight().size() > kCrowd) return one_of<std::string>({"deliver", "drop"});
  for (int draw = 0; draw < kMostDraws; ++draw) {
    std::uint64_t at = random_.below(std::max<std::uint64_t>(weights_, 1));
    for (const Action& action : actions_) {
      if (at >= action.weight) {
        at -= action.weight;
        continue;
      }
      std::string line = (this->*action.make)(cluster);
      if (!line.empty()) return line;
      break;
    }
  }
  const std::string elects = chance(50) ? timeout(cluster) : "";
  return elects.empty() ? advance(cluster) : elects;
}

// Mostly the oldest on its link: `nth` is its place there.
const InFlight* RandomScript::any_message(const Cluster& cluster, std::size_t& nth) {
  std::vector<const InFlight*> open;
  for (const InFlight& message : cluster.in_flight()) {
    if (!message.held) open.push_back(&message);
  }
  if (open.empty()) return nullptr;
  const InFlight* picked = open[random_.below(open.size())];
  const bool in_order = chance(60);
  nth = 0;
  for (const InFlight* message : open) {
    if (message->from != picked->from || message->to != picked->to) continue;
    ++nth;
    if (in_order || message == picked) return message;
  }
  return picked;
}

std::string RandomScript::one(const char* verb, const Cluster& cluster) {
  std::size_t nth = 0;
  const InFlight* message = any_message(cluster, nth);
  if (!message) return {};
  return fmt::format("{} n{}->n{} nth={}", verb, message->from.value, message->to.value, nth);
}

std::string RandomScript::link(const char* verb, const Cluster& cluster) {
  std::size_t nth = 0;
  const InFlight* message = any_message(cluster, nth);
  if (!message) return {};
  return fmt::format("{} n{}->n{}", verb, message->from.value, message->to.value);
}

std::string RandomScript::deliver_all(const Cluster& cluster) {
  std::size_t nth = 0;
  return any_message(cluster, nth) ? "deliver" : "";
}

std::string RandomScript::release(const Cluster& cluster) {
  for (const InFlight& message : cluster.in_flight()) {
    if (!message.held || chance(50)) continue;
    return fmt::format("release n{}->n{}", message.from.value, message.to.value);
  }
  return {};
}

std::string RandomScript::sync(const Cluster& cluster) {
  const NodeId node = any(cluster, true);
  if (node == NodeId{}) return {};
  const auto& pending = cluster.servers().at(node).disk.pending();
  if (pending.empty()) return {};
  const WriteId up_to = pending[random_.below(pending.size())].id;
  return fmt::format("sync n{} up_to={}", node.value, up_to.value);
}

std::string RandomScript::sync_all(const Cluster& cluster) {
  const bool pending =
      std::any_of(cluster.servers().begin(), cluster.servers().end(),
                  [](const auto& each) { return !each.second.disk.pending().empty(); });
  return pending ? "sync all" : "";
}

std::string RandomScript::any_duration() {
  return one_of<std::string>({"1ms", "5ms", "20ms", "50ms", "100ms", "149ms", "300ms"});
}

std::string RandomScript::run(const Cluster&) {
  return "run " + any_duration();
}

std::string RandomScript::advance(const Cluster&) {
  return "advance " + any_duration();
}

std::string RandomScript::tick(const Cluster& cluster) {
  const NodeId node = any(cluster, true);
  if (node == NodeId{}) return {};
  return fmt::format("tick n{} {}", node.value, any_duration());
}

std::string RandomScript::timeout(const Cluster& cluster) {
  const NodeId node = any(cluster, true);
  if (node == NodeId{}) return {};
  const Raft& raft = *cluster.servers().at(node).raft;
  if (raft.role() == Role::leader || !raft.configuration().is_voter(node)) return {};
  return fmt::format("timeout n{}", node.value);
}

// What `node` has to say to these, and what they answer, before all else that is in flight.
void RandomScript::exchange(NodeId node, const std::vector<NodeId>& others, const char* message) {
  queue("sync n{}", node.value);
  for (NodeId other : others) {
    queue("deliver n{}->n{} {}", node.value, other.value, message);
    queue("sync n{}", other.value);
    queue("deliver n{}->n{} {}_reply", other.value, node.value, message);
  }
}

// It stands for election, and some of the others hear of it, enough or not.
std::string RandomScript::elect(const Cluster& cluster) {
  const NodeId node = any(cluster, true);
  if (node == NodeId{}) return {};
  const Raft& raft = *cluster.servers().at(node).raft;
  if (raft.role() == Role::leader || !raft.configuration().is_voter(node)) return {};
  std::vector<NodeId> reached;
  for (NodeId member : raft.configuration().members()) {
    if (member != node && chance(60)) reached.push_back(member);
  }
  exchange(node, reached, "pre_vote");
  exchange(node, reached, "request_vote");
  return fmt::format("timeout n{}", node.value);
}

// Another one is elected and commits, without a word to the leader, and the leader is asked for a
// read. The other may have heard less of the leader than those that elect it, these may have come
// up anew since they heard of the leader, or the leader may have wanted it so.
std::string RandomScript::usurp(const Cluster& cluster) {
  const NodeId leader = any_leader(cluster);
  const NodeId node = any(cluster, true);
  if (leader == NodeId{} || node == leader) return {};
  if (!cluster.servers().at(node).raft->configuration().is_voter(node)) return {};
  std::vector<NodeId> others;
  for (NodeId member : cluster.servers().at(leader).raft->configuration().members()) {
    if (member != node && member != leader && chance(90)) others.push_back(member);
  }
  if (chance(50)) {
    queue("cut n{}-n{}", leader.value, node.value);
    queue("run {}", one_of<std::string>({"50ms", "90ms", "120ms"}));
  }
  for (NodeId other : others) {
    if (chance(70)) continue;
    queue("crash n{}", other.value);
    queue("restart n{}", other.value);
  }
  if (chance(25)) {
    queue("transfer n{} n{}", leader.value, node.value);
    queue("deliver n{}->n{} timeout_now", leader.value, node.value);
  } else {
    queue("timeout n{}", node.value);
    exchange(node, others, "pre_vote");
  }
  exchange(node, others, "request_vote");
  exchange(node, others, "append_entries");
  queue("propose n{} C{}", node.value, ++commands_);
  exchange(node, others, "append_entries");
  queue("read n{} r{}", leader.value, ++reads_);
  return fmt::format("read n{} r{}", leader.value, ++reads_);
}

// Where leases count on it, within the bound.
std::string RandomScript::clock(const Cluster& cluster) {
  const NodeId node = any(cluster, chance(90));
  if (node == NodeId{}) return {};
  const std::uint64_t spread = settings_.leases ? settings_.clock_drift_percent : 60;
  return fmt::format("clock n{} rate={}", node.value,
                     one_of<std::uint64_t>({100, 100 + spread, 100 + random_.below(spread + 1)}));
}

std::string RandomScript::cut(const Cluster& cluster) {
  const std::uint64_t servers = cluster.servers().size();
  const std::uint64_t from = 1 + random_.below(servers);
  const std::uint64_t to = 1 + random_.below(servers);
  if (from == to) return {};
  if (chance(30)) return fmt::format("isolate n{}", from);
  return fmt::format("cut n{}{}n{}", from, chance(50) ? "->" : "-", to);
}

// Two groups, or two that share one server.
std::string RandomScript::partition(const Cluster& cluster) {
  const std::uint64_t servers = cluster.servers().size();
  const std::uint64_t bridge = random_.below(2 * servers) + 1;
  const std::uint64_t group = random_.below(std::uint64_t{1} << servers);
  for (std::uint64_t a = 1; a <= servers; ++a) {
    for (std::uint64_t b = a + 1; b <= servers; ++b) {
      const bool apart = (group >> (a - 1) & 1) != (group >> (b - 1) & 1);
      if (apart && a != bridge && b != bridge) queue("cut n{}-n{}", a, b);
    }
  }
  return "heal";
}

std::string RandomScript::heal(const Cluster& cluster) {
  return cluster.is_cut() ? "heal" : "";
}

std::string RandomScript::crash(const Cluster& cluster) {
  if (chance(60)) {
    for (const auto& [node, server] : cluster.servers()) {
      for (std::size_t keep = 0; server.raft && keep < server.disk.pending().size(); ++keep) {
        if (!server.disk.can_tear(keep)) continue;
        return fmt::format("crash n{} keep={} torn", node.value, keep);
      }
    }
  }
  const NodeId node = any(cluster, true);
  if (node == NodeId{}) return {};
  const std::size_t pending = cluster.servers().at(node).disk.pending().size();
  const std::size_t keep = chance(50) ? 0 : random_.below(pending + 1);
  return fmt::format("crash n{} keep={}", node.value, keep);
}

// Sometimes set up differently: clusters are upgraded server by server.
std::string RandomScript::restart(const Cluster& cluster) {
  const NodeId node = any(cluster, false);
  if (node == NodeId{}) return {};
  std::string line = fmt::format("restart n{}", node.value);
  return chance(25) ? line + own_settings(random_, settings_) : line;
}

std::string RandomScript::propose(const Cluster& cluster) {
  const NodeId node = chance(90) ? any_leader(cluster) : any(cluster, true);
  if (node == NodeId{}) return {};
  std::string line = fmt::format("propose n{}", node.value);
  const std::uint64_t count = 1 + (chance(30) ? random_.below(4) : 0);
  for (std::uint64_t i = 0; i < count; ++i)
    line += fmt::format(" C{}", ++commands_);
  return line;
}

std::string RandomScript::read(const Cluster& cluster) {
  const NodeId node = chance(60) ? any_leader(cluster) : any(cluster, true);
  if (node == NodeId{}) return {};
  return fmt::format("read n{} r{}", node.value, ++reads_);
}

std::string RandomScript::append(const Cluster& cluster) {
  const NodeId from = any_leader(cluster);
  if (from == NodeId{}) return {};
  const Raft& raft = *cluster.servers().at(from).raft;
  const std::vector<NodeId> members = raft.configuration().members();
  const NodeId to = one_of(members);
  if (to == from) return {};
  const Log& log = raft.log();
  const std::uint64_t next =
      random_.between(log.first_index().value, log.last_index().next().value);
  return fmt::format("append n{}->n{} next={} entries={}", from.value, to.value, next,
                     random_.below(4));
}

std::string RandomScript::compact(const Cluster& cluster) {
  const NodeId node = any(cluster, true);
  if (node == NodeId{}) return {};
  const Server& server = cluster.servers().at(node);
  Index index = server.application.index();
  const Index snapshot = server.raft->snapshot() ? server.raft->snapshot()->index : Index{};
  if (index <= snapshot) return {};
  if (chance(30)) index = index - random_.below(index - snapshot);
  if (!server.application.has(index)) return {};
  return fmt::format("compact n{} up_to={}", node.value, index.value);
}

// Near to what the members are, or anything.
std::string RandomScript::members(const Cluster& cluster) {
  const NodeId node = any_leader(cluster);
  if (node == NodeId{}) return {};
  const Configuration& now = cluster.servers().at(node).raft->configuration();
  const bool near = chance(70);
  const NodeId moved{1 + random_.below(cluster.servers().size())};
  std::vector<NodeId> voters;
  std::vector<NodeId> learners;
  for (const auto& [each, server] : cluster.servers()) {
    const std::uint64_t fate = random_.below(3);
    const bool stays = near && each != moved;
    const auto& old = now.voters;
    const bool votes = std::find(old.begin(), old.end(), each) != old.end();
    if (stays ? votes : fate == 0) {
      voters.push_back(each);
    } else if (stays ? now.contains(each) && !votes : fate == 1) {
      learners.push_back(each);
    }
  }
  if (voters.empty()) return {};
  return fmt::format("members n{} voters={}{}", node.value, list(voters),
                     learners.empty() ? "" : " learners=" + list(learners));
}

std::string RandomScript::transfer(const Cluster& cluster) {
  const NodeId node = any_leader(cluster);
  if (node == NodeId{}) return {};
  return fmt::format("transfer n{} n{}", node.value, 1 + random_.below(cluster.servers().size()));
}

// One that is up, or down; nobody where there is none.
NodeId RandomScript::any(const Cluster& cluster, bool is_up) {
  std::vector<NodeId> fit;
  for (const auto& [node, server] : cluster.servers()) {
    if (server.raft.has_value() == is_up) fit.push_back(node);
  }
  return fit.empty() ? NodeId{} : one_of(fit);
}

NodeId RandomScript::any_leader(const Cluster& cluster) {
  std::vector<NodeId> leaders;
  for (const auto& [node, server] : cluster.servers()) {
    if (server.raft && server.raft->role() == Role::leader) leaders.push_back(node);
  }
  return leaders.empty() ? NodeId{} : one_of(leaders);
}

}  // namespace raft::property
