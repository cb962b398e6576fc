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
  out.reads.insert(out.reads.end(), more.reads.begin(), more.reads.end());
  if (more.restore) out.restore = std::move(more.restore);
  if (out.apply.empty()) {
    out.apply = more.apply;
  } else if (!more.apply.empty()) {
    out.apply.last = more.apply.last;
  }
  out.wake_at = more.wake_at;
}

}  // namespace

Command command_of(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

std::vector<Entry> entries(const Terms& terms, std::uint64_t first) {
  std::vector<Entry> result;
  for (std::uint64_t term : terms) {
    const std::string name = std::to_string(term) + "." + std::to_string(first + result.size());
    result.push_back({Term{term}, EntryKind::command, command_of(name)});
  }
  return result;
}

Entry configuration_entry(std::uint64_t term, const Configuration& configuration) {
  return {Term{term}, EntryKind::configuration, command_of(encode(configuration))};
}

Terms terms_of(const std::vector<Entry>& entries) {
  Terms terms;
  for (const Entry& entry : entries)
    terms.push_back(entry.term.value);
  return terms;
}

Terms terms_of(const Log& log) {
  Terms terms;
  for (Index i = log.first_index(); i <= log.last_index(); ++i)
    terms.push_back(log.at(i).term.value);
  return terms;
}

std::vector<std::string> commands_of(const Log& log) {
  std::vector<std::string> commands;
  for (Index i = log.first_index(); i <= log.last_index(); ++i)
    commands.push_back(log.at(i).command ? *log.at(i).command : "");
  return commands;
}

AppendEntries append(const Append& a) {
  return append(a, entries(a.entries, a.prev.index + 1));
}

AppendEntries append(const Append& a, const std::vector<Entry>& entries) {
  return {.term = Term{a.term},
          .prev_log_index = Index{a.prev.index},
          .prev_log_term = Term{a.prev.term},
          .entries = entries,
          .leader_commit = Index{a.commit},
          .round = {}};
}

AppendEntriesReply accepted(const Accepted& a) {
  return {.term = Term{std::max(a.term, a.asked_in)},
          .asked_in = Term{a.asked_in},
          .prev_log_index = Index{a.prev},
          .success = true,
          .match_index = Index{a.match},
          .conflict_index = {},
          .conflict_term = {},
          .round = {}};
}

AppendEntriesReply accepted(const AppendEntries& request) {
  return {.term = request.term,
          .asked_in = request.term,
          .prev_log_index = request.prev_log_index,
          .success = true,
          .match_index = request.prev_log_index + request.entries.size(),
          .conflict_index = {},
          .conflict_term = {},
          .round = request.round};
}

AppendEntriesReply refused(const Refused& r) {
  return {.term = Term{std::max(r.term, r.asked_in)},
          .asked_in = Term{r.asked_in},
          .prev_log_index = Index{r.prev},
          .success = false,
          .match_index = {},
          .conflict_index = Index{r.conflict_index},
          .conflict_term = Term{r.conflict_term},
          .round = {}};
}

InstallSnapshot chunk(const Chunk& c) {
  return {.term = Term{c.term},
          .last_included_index = Index{c.last.index},
          .last_included_term = Term{c.last.term},
          .configuration = c.configuration,
          .size = c.size == 0 ? c.offset + c.data.size() : c.size,
          .offset = c.offset,
          .data = command_of(c.data),
          .round = {}};
}

InstallSnapshotReply installed(const InstallSnapshot& request) {
  return {.term = request.term,
          .asked_in = request.term,
          .last_included_index = request.last_included_index,
          .next_offset = request.size,
          .installed = true,
          .round = request.round};
}

InstallSnapshotReply wants(const InstallSnapshot& request, std::uint64_t next_offset) {
  InstallSnapshotReply reply = installed(request);
  reply.next_offset = next_offset;
  reply.installed = false;
  return reply;
}

RequestVote ask(std::uint64_t term, At last) {
  return {Term{term}, Index{last.index}, Term{last.term}};
}

RequestVote ask_first(std::uint64_t term, At last) {
  RequestVote request = ask(term, last);
  request.pre_vote = true;
  return request;
}

RequestVoteReply vote(std::uint64_t asked_in) {
  return {Term{asked_in}, Term{asked_in}, true};
}

RequestVoteReply pre_vote(std::uint64_t asked_in, std::uint64_t term) {
  return {Term{term}, Term{asked_in}, true, true};
}

RequestVoteReply denial(std::uint64_t asked_in, std::uint64_t term) {
  return {Term{std::max(term, asked_in)}, Term{asked_in}, false};
}

Ids served(const Output& out) {
  Ids ids;
  for (const ReadAnswer& answer : out.reads) {
    if (answer.granted) ids.push_back(answer.id.value);
  }
  return ids;
}

Server::Server(const Setup& setup) : settings_(setup.settings), sync_(setup.sync) {
  settings_.self = NodeId{setup.self};
  settings_.first_configuration = setup.configuration;
  if (setup.configuration.voters.empty()) {
    for (std::uint64_t i = 1; i <= setup.members; ++i)
      settings_.first_configuration.voters.push_back(NodeId{i});
  }
  settings_.election_timeout_min = kElectionTimeout;
  settings_.election_timeout_max = setup.election_timeout_max;
  settings_.heartbeat_interval = kHeartbeatInterval;
  Restored found{.hard_state = {Term{setup.term}, NodeId{setup.voted_for}},
                 .snapshot = {},
                 .base_index = Index{setup.base.index},
                 .base_term = Term{setup.base.term},
                 .entries = entries(setup.log, setup.base.index + 1)};
  if (setup.snapshot.index > 0) {
    found.snapshot = Snapshot{Index{setup.snapshot.index}, Term{setup.snapshot.term},
                              settings_.first_configuration,
                              command_of("state of " + std::to_string(setup.snapshot.index))};
  }
  disk_ = golden::Disk(std::move(found));
  start();
}

void Server::start() {
  raft_.emplace(settings_, disk_.durable(), 1);
  last_write_ = {};
  step(Begin{});
}

void Server::restart(bool torn) {
  disk_.crash(0, torn);
  start();
}

Output Server::receive(NodeId from, const Message& message, MessageId id) {
  return step(Receive{from, id, message});
}

Output Server::propose(const std::vector<std::string>& commands) {
  Propose input;
  for (const std::string& command : commands)
    input.commands.push_back(command_of(command));
  return step(std::move(input));
}

Output Server::change_members(std::vector<NodeId> voters, std::vector<NodeId> learners) {
  return step(ChangeMembers{std::move(voters), std::move(learners)});
}

Output Server::compact(std::uint64_t index, const std::string& data) {
  return step(Compact{Index{index}, command_of(data)});
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
  for (const Outgoing& outgoing : out.messages) {
    const auto* request = std::get_if<AppendEntries>(&outgoing.message);
    if (request) last_append_[outgoing.to] = *request;
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
      << raft_->leader().value << " log after " << base();
  for (const std::string& command : commands_of(raft_->log()))
    out << ' ' << command;
  out << " of " << encode(raft_->configuration()) << " durable " << raft_->durable_index().value
      << " commit " << commit() << " applied " << raft_->last_applied().value << " snapshot "
      << (raft_->snapshot() ? raft_->snapshot()->index.value : 0) << " wakes "
      << (wake_at_ ? std::to_string(wake_at_->count()) : "never");
  for (const Progress& p : raft_->progress()) {
    out << "; S" << p.peer.value << ' ' << name_of(p.replication) << " next " << p.next_index.value
        << " match " << p.match_index.value << " in flight " << p.in_flight.size() << " answered "
        << p.answered.value << " heard at " << p.last_contact.count()
        << (p.awaiting_reply ? " awaiting" : "");
  }
  return out.str();
}

namespace {

// The timer of a server that is yet in the term before has ended, and pre-votes have come.
Server campaigning(const Setup& setup) {
  Setup before = setup;
  before.term = setup.term - 1;
  before.sync = Sync::at_once;
  Server server(before);
  server.wake();
  for (NodeId voter : server->configuration().voters) {
    if (server.role() != Role::pre_candidate) break;
    if (voter != NodeId{setup.self}) server.receive(voter, pre_vote(setup.term, before.term));
  }
  server.sync(setup.sync);
  EXPECT_EQ(server.term(), setup.term);
  return server;
}

}  // namespace

Server candidate(const Setup& setup) {
  Server server = campaigning(setup);
  EXPECT_EQ(server.role(), Role::candidate);
  return server;
}

Server leader(const Setup& setup) {
  Server server = campaigning(setup);
  for (NodeId voter : server->configuration().voters) {
    if (server.role() == Role::leader) break;
    if (voter != NodeId{setup.self}) server.receive(voter, vote(setup.term));
  }
  EXPECT_EQ(server.role(), Role::leader);
  return server;
}

Server settled_leader(const Setup& setup) {
  Server server = leader(setup);
  for (const Progress& progress : server->progress())
    server.accept(progress.peer);
  return server;
}

}  // namespace raft::test
