// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/raft/server.h"

#include <algorithm>
#include <sstream>

namespace raft::test {
namespace {

// What a step did and what the disk's answer to it did, as one.
void merge(Output& out, Output more) {
  for (Outgoing& message : more.messages)
    out.messages.push_back(std::move(message));
  for (Transition& transition : more.transitions)
    out.transitions.push_back(std::move(transition));
  if (out.apply.empty()) {
    out.apply = more.apply;
  } else if (!more.apply.empty()) {
    out.apply.last = more.apply.last;
  }
  out.wake_at = more.wake_at;
}

}  // namespace

std::vector<Entry> entries(const Terms& terms, std::uint64_t first) {
  std::vector<Entry> result;
  for (std::uint64_t term : terms) {
    const std::string name = std::to_string(term) + "." + std::to_string(first + result.size());
    result.push_back({Term{term}, EntryKind::command, std::make_shared<const std::string>(name)});
  }
  return result;
}

Terms terms_of(const std::vector<Entry>& entries) {
  Terms terms;
  for (const Entry& entry : entries)
    terms.push_back(entry.term.value);
  return terms;
}

Terms terms_of(const Log& log) {
  Terms terms;
  for (Index i{1}; i <= log.last_index(); ++i)
    terms.push_back(log.at(i).term.value);
  return terms;
}

std::vector<std::string> commands_of(const Log& log) {
  std::vector<std::string> commands;
  for (Index i{1}; i <= log.last_index(); ++i)
    commands.push_back(log.at(i).command ? *log.at(i).command : "");
  return commands;
}

AppendEntries append(const Append& a) {
  return {.term = Term{a.term},
          .prev_log_index = Index{a.prev.index},
          .prev_log_term = Term{a.prev.term},
          .entries = entries(a.entries, a.prev.index + 1),
          .leader_commit = Index{a.commit}};
}

AppendEntriesReply accepted(const Accepted& a) {
  return {.term = Term{std::max(a.term, a.asked_in)},
          .asked_in = Term{a.asked_in},
          .prev_log_index = Index{a.prev},
          .success = true,
          .match_index = Index{a.match},
          .conflict_index = {},
          .conflict_term = {}};
}

AppendEntriesReply refused(const Refused& r) {
  return {.term = Term{std::max(r.term, r.asked_in)},
          .asked_in = Term{r.asked_in},
          .prev_log_index = Index{r.prev},
          .success = false,
          .match_index = {},
          .conflict_index = Index{r.conflict_index},
          .conflict_term = Term{r.conflict_term}};
}

RequestVote ask(std::uint64_t term, At last) {
  return {Term{term}, Index{last.index}, Term{last.term}};
}

RequestVoteReply vote(std::uint64_t asked_in) {
  return {Term{asked_in}, Term{asked_in}, true};
}

RequestVoteReply denial(std::uint64_t asked_in, std::uint64_t term) {
  return {Term{std::max(term, asked_in)}, Term{asked_in}, false};
}

Server::Server(const Setup& setup) : sync_(setup.sync) {
  settings_.self = NodeId{setup.self};
  for (std::uint64_t i = 1; i <= setup.members; ++i)
    settings_.members.push_back(NodeId{i});
  settings_.election_timeout_min = settings_.election_timeout_max = kElectionTimeout;
  settings_.heartbeat_interval = kHeartbeatInterval;
  settings_.noop_on_election = setup.noop;
  settings_.max_append_entries = setup.max_append_entries;
  settings_.max_in_flight = setup.max_in_flight;
  disk_.write({.id = {},
               .hard_state = HardState{Term{setup.term}, NodeId{setup.voted_for}},
               .truncate_from = {},
               .first_index = Index{1},
               .entries = entries(setup.log)});
  disk_.sync({});
  start();
}

void Server::start() {
  raft_.emplace(settings_, disk_.durable(), 1);
  last_write_ = {};
  step(Begin{});
}

void Server::restart() {
  disk_.crash(0);
  start();
}

Output Server::receive(NodeId from, const Message& message, MessageId id) {
  return step(Receive{from, id, message});
}

Output Server::propose(const std::vector<std::string>& commands) {
  Propose input;
  for (const std::string& command : commands)
    input.commands.push_back(std::make_shared<const std::string>(command));
  return step(std::move(input));
}

Output Server::wake() {
  EXPECT_TRUE(wake_at_.has_value()) << "it asked for no wake-up";
  now_ = std::max(now_, wake_at_.value_or(now_));
  return tick();
}

Output Server::step(Input input) {
  Output out = step_once(std::move(input));
  WriteId handled;
  while (sync_ == Sync::at_once && handled < last_write_) {
    handled = last_write_;
    merge(out, step_once(Persisted{last_write_}));
  }
  return out;
}

Output Server::step_once(Input input) {
  if (const auto* persisted = std::get_if<Persisted>(&input)) disk_.sync(persisted->up_to);
  Output out = raft_->step(now_, std::move(input));
  if (out.write) {
    last_write_ = out.write->id;
    disk_.write(*out.write);
  }
  wake_at_ = out.wake_at;
  return out;
}

Progress Server::progress(NodeId peer) const {
  for (const Progress& progress : raft_->progress()) {
    if (progress.peer == peer) return progress;
  }
  ADD_FAILURE() << "no follower S" << peer.value;
  return {};
}

std::string Server::state() const {
  std::ostringstream out;
  out << name_of(role()) << " term " << term() << " voted for " << voted_for().value << " leader "
      << raft_->leader().value << " log";
  for (const std::string& command : commands_of(raft_->log()))
    out << ' ' << command;
  out << " durable " << raft_->durable_index().value << " commit " << commit() << " applied "
      << raft_->last_applied().value << " wakes "
      << (wake_at_ ? std::to_string(wake_at_->count()) : "never");
  for (const Progress& p : raft_->progress()) {
    out << "; S" << p.peer.value << ' ' << name_of(p.replication) << " next " << p.next_index.value
        << " match " << p.match_index.value << " in flight " << p.in_flight.size()
        << (p.probe_in_flight ? " probing" : "");
  }
  return out.str();
}

Server candidate(const Setup& setup) {
  Setup before = setup;
  before.term = setup.term - 1;
  before.sync = Sync::at_once;
  Server server(before);
  server.wake();
  server.sync(setup.sync);
  EXPECT_EQ(server.term(), setup.term);
  return server;
}

Server leader(const Setup& setup) {
  Server server = candidate(setup);
  for (std::uint64_t i = 1; server.role() != Role::leader && i <= setup.members; ++i) {
    if (i != setup.self) server.receive(NodeId{i}, vote(setup.term));
  }
  EXPECT_EQ(server.role(), Role::leader);
  return server;
}

}  // namespace raft::test
