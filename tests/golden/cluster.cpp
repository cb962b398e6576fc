// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/cluster.h"

#include <algorithm>

#include <fmt/format.h>

namespace raft::golden {
namespace {

// More than any script needs: what is not quiet then never will be.
constexpr int kMostThings = 20'000;

}  // namespace

Cluster::Cluster(std::size_t servers, const Settings& settings, Sync sync, Account& account,
                 std::uint64_t seed, Flaw flaw)
    : sync_(sync), account_(account), seed_(seed), flaw_(flaw), invariants_(servers_) {
  for (std::uint64_t i = 1; i <= servers; ++i) {
    Server& server = servers_[NodeId{i}];
    server.settings = settings;
    server.settings.self = NodeId{i};
  }
  for (const auto& [node, server] : servers_)
    start(node);
}

Server& Cluster::up(NodeId node) {
  Server& server = servers_.at(node);
  if (!server.raft) throw std::invalid_argument(name(node) + " is down");
  return server;
}

void Cluster::given(NodeId node, Restored found) {
  Server& server = up(node);
  if (server.raft->term() != Term{}) throw std::invalid_argument("too late to be given anything");
  server.disk = Disk(std::move(found));
  server.raft.reset();
  invariants_.replaced(node);
  start(node);
}

void Cluster::start(NodeId node) {
  Server& server = servers_.at(node);
  const Restored& found = server.disk.durable();
  ++server.incarnation;
  server.raft.emplace(server.settings, found,
                      (seed_ * 1000 + node.value) * 1000 + server.incarnation);
  server.asked.clear();
  server.reads.clear();
  server.application =
      Application(server.raft->last_applied(), found.snapshot ? *found.snapshot->data : "");
  invariants_.started(node);
  step(node, Begin{});
}

void Cluster::restart(NodeId node) {
  if (is_up(node)) throw std::invalid_argument(name(node) + " is up");
  start(node);
  const Server& server = servers_.at(node);
  account_.outcome([&] { return describe(node, server); });
  account_.detail(
      [&] { return fmt::format("{} finds log {}", name(node), log_of(server.raft->log())); });
}

void Cluster::crash(NodeId node, std::size_t survivors, bool torn) {
  Server& server = up(node);
  const std::size_t pending = server.disk.pending().size();
  invariants_.crashes(node);
  server.disk.crash(survivors, torn);
  if (flaw_ != Flaw::none) {
    Restored found = server.disk.durable();
    tamper(flaw_, found);
    server.disk = Disk(std::move(found));
  }
  server.raft.reset();
  server.wake_at.reset();
  const std::size_t lost = pending > survivors ? pending - survivors : 0;
  ++coverage_.crashes;
  coverage_.torn_crashes += torn ? 1 : 0;
  coverage_.lost_writes += lost;
  account_.outcome([&] {
    return name(node) + " crashes" + (lost > 0 ? fmt::format(", {} of its writes lost", lost) : "");
  });
}

NodeId Cluster::leader() const {
  NodeId leader;
  Term term;
  for (const auto& [node, server] : servers_) {
    if (!server.raft || server.raft->role() != Role::leader || server.raft->term() <= term) {
      continue;
    }
    leader = node;
    term = server.raft->term();
  }
  return leader;
}

void Cluster::pass(Duration duration) {
  now_ += duration;
  for (auto& [node, server] : servers_)
    server.clock.pass(duration);
}

void Cluster::timeout(NodeId node) {
  Server& server = up(node);
  if (server.raft->role() == Role::leader) {
    throw std::invalid_argument(name(node) + " leads and has no election timer");
  }
  if (!server.raft->configuration().is_voter(node)) {
    throw std::invalid_argument(name(node) + " is no voter and stands for no election");
  }
  const auto timed_out = [](const Transition& t) { return std::holds_alternative<TimedOut>(t); };
  for (int i = 0; i < kMostThings; ++i) {
    pass(server.clock.until(server.wake_at.value()));
    const Output out = step(node, Tick{});
    if (std::any_of(out.transitions.begin(), out.transitions.end(), timed_out)) return;
  }
  throw std::invalid_argument(name(node) + " never times out");
}

void Cluster::tick(NodeId node, Duration duration) {
  up(node);
  pass(duration);
  step(node, Tick{});
}

// Whether a server asked to be woken before `end`: the one that did so first is woken.
bool Cluster::wake_next(Time end) {
  NodeId first;
  Duration soonest = end - now_;
  for (const auto& [node, server] : servers_) {
    if (!server.raft || !server.wake_at) continue;
    const Duration left = server.clock.until(*server.wake_at);
    if (left > soonest || (first != NodeId{} && left == soonest)) continue;
    first = node;
    soonest = left;
  }
  if (first == NodeId{}) return false;
  pass(soonest);
  step(first, Tick{});
  return true;
}

void Cluster::advance(Duration duration) {
  const Time end = now_ + duration;
  for (int i = 0; wake_next(end); ++i) {
    if (i == kMostThings) throw Violation("liveness: the servers wake for ever");
  }
  pass(end - now_);
}

void Cluster::run(Duration duration) {
  const Time end = now_ + duration;
  stabilize();
  for (int i = 0; wake_next(end); ++i) {
    if (i == kMostThings) throw Violation("liveness: the servers wake for ever");
    stabilize();
  }
  pass(end - now_);
}

void Cluster::stabilize() {
  for (int i = 0; do_one_thing(); ++i) {
    if (i == kMostThings) throw Violation("liveness: the cluster does not come to rest");
  }
}

bool Cluster::do_one_thing() {
  for (const auto& [node, server] : servers_) {
    if (!server.raft || server.disk.pending().empty()) continue;
    sync(node, std::nullopt);
    return true;
  }
  const auto next =
      std::find_if(in_flight_.begin(), in_flight_.end(), [](const InFlight& m) { return !m.held; });
  if (next == in_flight_.end()) return false;
  InFlight message = std::move(*next);
  in_flight_.erase(next);
  hand_over(std::move(message));
  return true;
}

void Cluster::sync(NodeId node, std::optional<WriteId> up_to) {
  Server& server = up(node);
  const auto& pending = server.disk.pending();
  if (pending.empty()) throw std::invalid_argument(name(node) + " has nothing to make durable");
  const WriteId last = up_to.value_or(pending.back().id);
  if (last < pending.front().id || last > pending.back().id) {
    throw std::invalid_argument(fmt::format("w{} is not under way", last.value));
  }
  server.disk.sync(last);
  if (sync_ == Sync::when_told) {
    account_.detail([&] { return fmt::format("{} has w{} on disk", name(node), last.value); });
  }
  invariants_.synced(node);
  step(node, Persisted{last});
}

Output Cluster::step(NodeId node, Input input) {
  Server& server = up(node);
  const Configuration before = server.raft->configuration();
  Output out = server.raft->step(server.clock.now(), std::move(input));
  server.wake_at = out.wake_at;
  coverage_.saw(before, out);
  if (!account_.silent()) tell_output(node, out);
  if (out.write) server.disk.write(*out.write);
  invariants_.stepped(node, before, out);
  for (const Outgoing& outgoing : out.messages)
    post(node, outgoing);
  apply(node, out);
  if (out.write && sync_ == Sync::at_once) sync(node, std::nullopt);
  return out;
}

void Cluster::tell_output(NodeId node, const Output& out) {
  if (out.refused) {
    account_.outcome([&] { return fmt::format("{} refuses {}", name(node), out.refused); });
  }
  if (out.proposal) account_.outcome([&] { return name(node) + " " + text_of(*out.proposal); });
  for (const Transition& transition : out.transitions)
    tell(node, *servers_.at(node).raft, transition, account_);
  if (out.write && sync_ == Sync::when_told) {
    account_.detail([&] { return fmt::format("{} writes {}", name(node), text_of(*out.write)); });
  }
}

void Cluster::apply(NodeId node, const Output& out) {
  Server& server = servers_.at(node);
  if (out.restore) {
    server.application = Application(out.restore->index, *out.restore->data);
    account_.outcome([&] {
      return fmt::format("{} restores i{}: {}", name(node), out.restore->index.value,
                         server.application.state());
    });
  }
  for (Index i = out.apply.first; i <= out.apply.last; ++i)
    server.application.apply(server.raft->log().at(i));
  if (!out.apply.empty()) {
    account_.outcome([&] {
      std::string commands;
      for (Index i = out.apply.first; i <= out.apply.last; ++i) {
        const Entry& entry = server.raft->log().at(i);
        if (entry.kind == EntryKind::command) commands += " " + *entry.command;
      }
      return fmt::format("{} applies up to i{}:{}", name(node), out.apply.last.value,
                         commands.empty() ? " no command" : commands);
    });
  }
  for (const ReadAnswer& read : out.reads) {
    if (server.asked.erase(read.id) == 0) {
      throw Violation(fmt::format("read: {} answers one that was not asked, or twice", name(node)));
    }
    server.reads.push_back(read);
  }
  answer_reads(node);
}

void Cluster::answer_reads(NodeId node) {
  Server& server = servers_.at(node);
  const auto ready = [&](const ReadAnswer& read) {
    return !read.granted || read.index <= server.application.index();
  };
  for (const ReadAnswer& read : server.reads) {
    const std::string& which = reads_.at(read.id);
    if (!read.granted) {
      account_.outcome([&] { return fmt::format("{} can't serve {}", name(node), which); });
    } else if (ready(read)) {
      invariants_.read_served(node, read.id);
      ++coverage_.reads_served;
      if (server.raft->role() != Role::leader) ++coverage_.reads_forwarded;
      account_.outcome([&] {
        const std::string state = server.application.state();
        return fmt::format("{} serves {}, granted from i{}: {}", name(node), which,
                           read.index.value, state.empty() ? "nothing" : state);
      });
    }
  }
  server.reads.erase(std::remove_if(server.reads.begin(), server.reads.end(), ready),
                     server.reads.end());
}

void Cluster::compact(NodeId node, std::optional<Index> up_to) {
  const Server& server = up(node);
  const Index index = up_to.value_or(server.application.index());
  if (!server.application.has(index)) {
    throw std::invalid_argument(fmt::format("{} has no state of i{}", name(node), index.value));
  }
  step(node, Compact{index, std::make_shared<const std::string>(
                                reversed(server.application.state_of(index)))});
}

void Cluster::read(NodeId node, const std::string& name) {
  Server& server = up(node);
  const ReadId id = server.raft->next_read_id();
  reads_[id] = name;
  server.asked.insert(id);
  invariants_.read_asked(id);
  const Output out = step(node, Read{id});
  const bool at_once = !out.reads.empty() && out.reads.front().granted;
  if (at_once && server.settings.reads == Reads::lease &&
      server.raft->configuration().voters.size() > 1) {
    ++coverage_.lease_reads;
  }
}

}  // namespace raft::golden
