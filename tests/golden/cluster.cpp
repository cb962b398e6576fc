// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/cluster.h"

#include <algorithm>

#include <fmt/format.h>

namespace raft::golden {
namespace {

// More than any script needs: what is not quiet then never will be.
constexpr int kMostThings = 20'000;

}  // namespace

Cluster::Cluster(std::size_t servers, const Settings& settings, Sync sync, Account& account)
    : sync_(sync), account_(account), invariants_(servers_) {
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
  server.raft.emplace(server.settings, found, node.value * 1000 + server.incarnation);
  server.reads.clear();
  server.states = {{server.raft->last_applied(), found.snapshot ? *found.snapshot->data : ""}};
  invariants_.started(node);
  step(node, Begin{});
}

void Cluster::restart(NodeId node) {
  if (is_up(node)) throw std::invalid_argument(name(node) + " is up");
  start(node);
  const Server& server = servers_.at(node);
  account_.outcome(describe(node, server));
  account_.detail(fmt::format("{} finds log {}", name(node), log_of(server.raft->log())));
}

void Cluster::crash(NodeId node, std::size_t survivors, bool torn) {
  Server& server = up(node);
  const std::size_t pending = server.disk.pending().size();
  server.disk.crash(survivors, torn);
  server.raft.reset();
  server.wake_at.reset();
  account_.outcome(fmt::format(
      "{} crashes{}", name(node),
      pending > survivors ? fmt::format(", {} of its writes lost", pending - survivors) : ""));
}

void Cluster::timeout(NodeId node) {
  Server& server = up(node);
  if (server.raft->role() == Role::leader) {
    throw std::invalid_argument(name(node) + " leads and has no election timer");
  }
  const auto timed_out = [](const Transition& t) { return std::holds_alternative<TimedOut>(t); };
  for (int i = 0; i < kMostThings; ++i) {
    now_ = std::max(now_, server.wake_at.value());
    const Output out = step(node, Tick{});
    if (std::any_of(out.transitions.begin(), out.transitions.end(), timed_out)) return;
  }
  throw std::runtime_error(name(node) + " never times out");
}

void Cluster::tick(NodeId node, Duration duration) {
  up(node);
  now_ += duration;
  step(node, Tick{});
}

// Whether a server asked to be woken before `end`: the one that did so first is woken.
bool Cluster::wake_next(Time end) {
  NodeId first;
  Time at = end;
  for (const auto& [node, server] : servers_) {
    if (!server.raft || !server.wake_at || *server.wake_at > at) continue;
    if (first != NodeId{} && *server.wake_at == at) continue;
    first = node;
    at = *server.wake_at;
  }
  if (first == NodeId{}) return false;
  now_ = std::max(now_, at);
  step(first, Tick{});
  return true;
}

void Cluster::advance(Duration duration) {
  const Time end = now_ + duration;
  for (int i = 0; wake_next(end); ++i) {
    if (i == kMostThings) throw std::runtime_error("the servers wake for ever");
  }
  now_ = end;
}

void Cluster::run(Duration duration) {
  const Time end = now_ + duration;
  stabilize();
  for (int i = 0; wake_next(end); ++i) {
    if (i == kMostThings) throw std::runtime_error("the servers wake for ever");
    stabilize();
  }
  now_ = end;
}

void Cluster::stabilize() {
  for (int i = 0; do_one_thing(); ++i) {
    if (i == kMostThings) throw std::runtime_error("the cluster does not come to rest");
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
  const InFlight message = *next;
  in_flight_.erase(next);
  hand_over(message);
  return true;
}

std::vector<InFlight> Cluster::take(const Which& which) {
  std::vector<InFlight> taken;
  std::vector<InFlight> rest;
  for (InFlight& message : in_flight_) {
    const bool picked = !message.held && which(message);
    (picked ? taken : rest).push_back(std::move(message));
  }
  in_flight_ = std::move(rest);
  return taken;
}

std::size_t Cluster::deliver(const Which& which) {
  const std::vector<InFlight> taken = take(which);
  for (const InFlight& message : taken)
    hand_over(message);
  return taken.size();
}

std::size_t Cluster::drop(const Which& which) {
  return take(which).size();
}

std::size_t Cluster::duplicate(const Which& which) {
  std::vector<InFlight> copies;
  for (const InFlight& message : in_flight_) {
    if (!message.held && which(message)) copies.push_back(message);
  }
  in_flight_.insert(in_flight_.end(), copies.begin(), copies.end());
  return copies.size();
}

std::size_t Cluster::hold(const Which& which) {
  std::vector<InFlight> taken = take(which);
  for (InFlight& message : taken) {
    message.held = true;
    in_flight_.push_back(std::move(message));
  }
  return taken.size();
}

std::size_t Cluster::release(const Which& which) {
  std::size_t count = 0;
  for (InFlight& message : in_flight_) {
    if (!message.held || !which(message)) continue;
    message.held = false;
    ++count;
  }
  return count;
}

void Cluster::hand_over(const InFlight& message) {
  if (!is_up(message.to)) {
    account_.detail(fmt::format("{} is down: {} from {} is lost", name(message.to),
                                name_of(message.message), name(message.from)));
    return;
  }
  account_.detail(fmt::format("{} <- {} {} t{}", name(message.to), name(message.from),
                              name_of(message.message), term_of(message.message).value));
  step(message.to, Receive{message.from, {}, message.message});
}

void Cluster::post(NodeId node, const Outgoing& outgoing) {
  const bool lost = cut_.count({node, outgoing.to}) > 0;
  account_.detail(fmt::format("{} -> {} {}{}", name(node), name(outgoing.to),
                              text_of(outgoing.message), lost ? "  (lost)" : ""));
  if (!lost) in_flight_.push_back({node, outgoing.to, outgoing.message});
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
    account_.detail(fmt::format("{} has w{} on disk", name(node), last.value));
  }
  step(node, Persisted{last});
}

Output Cluster::step(NodeId node, Input input) {
  Server& server = up(node);
  const Configuration before = server.raft->configuration();
  Output out = server.raft->step(now_, std::move(input));
  server.wake_at = out.wake_at;
  tell_output(node, out);
  if (out.write) server.disk.write(*out.write);
  invariants_.stepped(node, before, out);
  for (const Outgoing& outgoing : out.messages)
    post(node, outgoing);
  apply(node, out);
  if (out.write && sync_ == Sync::at_once) sync(node, std::nullopt);
  return out;
}

void Cluster::tell_output(NodeId node, const Output& out) {
  if (out.refused) account_.outcome(fmt::format("{} refuses {}", name(node), out.refused));
  if (out.proposal) account_.outcome(name(node) + " " + text_of(*out.proposal));
  for (const Transition& transition : out.transitions)
    tell(node, *servers_.at(node).raft, transition, account_);
  if (out.write && sync_ == Sync::when_told) {
    account_.detail(fmt::format("{} writes {}", name(node), text_of(*out.write)));
  }
}

void Cluster::apply(NodeId node, const Output& out) {
  Server& server = servers_.at(node);
  if (out.restore) {
    server.states = {{out.restore->index, *out.restore->data}};
    account_.outcome(fmt::format("{} restores i{}: {}", name(node), out.restore->index.value,
                                 *out.restore->data));
    if (out.apply.empty()) invariants_.applied(node, out.restore->index);
  }
  std::string commands;
  for (Index i = out.apply.first; i <= out.apply.last; ++i) {
    const Entry& entry = server.raft->log().at(i);
    std::string state = server.states.at(i.previous());
    if (entry.kind == EntryKind::command) {
      state += (state.empty() ? "" : " ") + *entry.command;
      commands += " " + *entry.command;
    }
    server.states[i] = std::move(state);
    invariants_.applied(node, i);
  }
  if (!out.apply.empty()) {
    account_.outcome(fmt::format("{} applies up to i{}:{}", name(node), out.apply.last.value,
                                 commands.empty() ? " no command" : commands));
  }
  server.reads.insert(server.reads.end(), out.reads.begin(), out.reads.end());
  answer_reads(node);
}

void Cluster::answer_reads(NodeId node) {
  Server& server = servers_.at(node);
  const auto ready = [&](const ReadAnswer& read) {
    return !read.granted || read.index <= server.raft->last_applied();
  };
  for (const ReadAnswer& read : server.reads) {
    const std::string& which = reads_.at(read.id);
    if (!read.granted) {
      account_.outcome(fmt::format("{} can't serve {}", name(node), which));
    } else if (ready(read)) {
      invariants_.read_served(node, read.id);
      const std::string& state = server.states.rbegin()->second;
      account_.outcome(fmt::format("{} serves {}, granted from i{}: {}", name(node), which,
                                   read.index.value, state.empty() ? "nothing" : state));
    }
  }
  server.reads.erase(std::remove_if(server.reads.begin(), server.reads.end(), ready),
                     server.reads.end());
}

void Cluster::append(NodeId from, NodeId to, Index next, std::size_t max_entries) {
  const Raft& raft = *up(from).raft;
  const Index prev = next.previous();
  const std::optional<Term> prev_term = raft.log().term_at(prev);
  if (raft.role() != Role::leader || !prev_term) {
    throw std::invalid_argument(name(from) + " could not send that");
  }
  post(from, {to,
              AppendEntries{.term = raft.term(),
                            .prev_log_index = prev,
                            .prev_log_term = *prev_term,
                            .entries = raft.log().slice(next, max_entries, 1 << 20),
                            .leader_commit = raft.commit_index(),
                            .round = {}},
              {}});
}

void Cluster::compact(NodeId node, std::optional<Index> up_to) {
  const Server& server = up(node);
  const Index index = up_to.value_or(server.raft->last_applied());
  const auto state = server.states.find(index);
  if (state == server.states.end()) {
    throw std::invalid_argument(fmt::format("{} has no state of i{}", name(node), index.value));
  }
  step(node, Compact{index, std::make_shared<const std::string>(state->second)});
}

void Cluster::read(NodeId node, const std::string& name) {
  const ReadId id = up(node).raft->next_read_id();
  reads_[id] = name;
  invariants_.read_asked(id);
  step(node, Read{id});
}

}  // namespace raft::golden
