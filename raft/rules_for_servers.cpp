// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "Rules for Servers", and the one call that all inputs come through.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {

Raft::Raft(const Settings& settings, Restored restored, std::uint64_t seed)
    : settings_(settings),
      random_(seed),
      hard_state_(restored.hard_state),
      log_(std::move(restored.entries)),
      durability_(log_.last_index()) {
  RAFT_ASSERT(is_member(settings_.self));
  RAFT_ASSERT(settings_.election_timeout_min <= settings_.election_timeout_max);
}

Output Raft::step(Time now, Input input) {
  RAFT_ASSERT(now >= now_);
  now_ = now;
  out_ = {};
  std::visit([this](auto& i) { handle(i); }, input);
  // "If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to state machine
  // (section 5.3)"
  hand_out_applies();
  out_.wake_at = next_wake();
  return std::move(out_);
}

void Raft::handle(const Begin&) {
  begun_ = true;
  if (role() != Role::leader) reset_election_timer();
}

// "If election timeout elapses without receiving AppendEntries RPC from current leader or granting
// vote to candidate: convert to candidate"; for candidates, "If election timeout elapses: start new
// election".
void Raft::handle(const Tick&) {
  if (role() == Role::leader) {
    if (now_ >= std::get<Leader>(role_).heartbeat_due) send_heartbeats();
  } else if (election_deadline_ && now_ >= *election_deadline_) {
    note(TimedOut{term(), role()});
    become_candidate();
  }
}

void Raft::handle(const Receive& receive) {
  if (receive.from == settings_.self || !is_member(receive.from)) {
    return refuse("a message from a server that is not a member");
  }
  const char* why = std::visit(
      [&](const auto& message) { return impossible(receive.from, message); }, receive.message);
  if (why) return refuse(why);
  // "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
  // follower (section 5.1)": before the message is handled.
  const Term message_term = term_of(receive.message);
  if (message_term > term()) {
    adopt_term(message_term);
    become_follower(NodeId{});
  }
  std::visit([&](const auto& message) { handle(receive.from, receive.id, message); },
             receive.message);
}

// "If command received from client: append entry to local log, respond after entry applied to state
// machine"
void Raft::handle(Propose& propose) {
  if (role() != Role::leader) {
    out_.proposal =
        Proposal{.accepted = false, .first_index = {}, .term = term(), .leader = leader()};
    return;
  }
  out_.proposal = Proposal{.accepted = true,
                           .first_index = log_.last_index().next(),
                           .term = term(),
                           .leader = settings_.self};
  std::vector<Entry> entries;
  entries.reserve(propose.commands.size());
  for (Command& command : propose.commands) {
    RAFT_ASSERT(command != nullptr);
    entries.push_back({term(), EntryKind::command, std::move(command)});
  }
  append_to_log(std::move(entries));
  replicate_to_all();
}

void Raft::handle(const Persisted& persisted) {
  RAFT_ASSERT(persisted.up_to <= last_write_);
  durability_.persisted(persisted.up_to);
  keep_promises();
  if (auto* candidate = std::get_if<Candidate>(&role_)) {
    if (candidate->own_vote <= durability_.durable_write()) count_vote(settings_.self);
  } else if (role() == Role::leader) {
    commit_by_majority();
  }
}

// A newer term: the vote of the old one is void. Within a term it is kept, whatever the role
// becomes.
void Raft::adopt_term(Term term) {
  RAFT_ASSERT(term > hard_state_.current_term);
  note(TermAdvanced{hard_state_.current_term, term});
  hard_state_ = {term, NodeId{}};
  persist_hard_state();
}

void Raft::become_follower(NodeId leader) {
  if (role() == Role::follower) {
    std::get<Follower>(role_).leader = leader;
    return;
  }
  const bool led = role() == Role::leader;
  change_role(Follower{leader});
  if (led) reset_election_timer();  // a leader has none running
}

// "On conversion to candidate, start election: increment currentTerm; vote for self; reset election
// timer; send RequestVote RPCs to all other servers"
void Raft::become_candidate() {
  adopt_term(term().next());
  hard_state_.voted_for = settings_.self;
  persist_hard_state();
  change_role(Candidate{.votes = {}, .own_vote = hard_state_write_});
  note(VoteGranted{settings_.self, term()});
  reset_election_timer();
  ask_for_votes();
}

// "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server"; with the no-op
// of section 8 in them where that is on. "nextIndex: initialized to leader last log index + 1",
// "matchIndex: initialized to 0".
void Raft::become_leader() {
  std::vector<NodeId> votes = std::move(std::get<Candidate>(role_).votes);
  Leader leader;
  for (NodeId member : settings_.members) {
    if (member == settings_.self) continue;
    leader.followers.push_back({.peer = member,
                                .next_index = log_.last_index().next(),
                                .match_index = {},
                                .replication = Replication::probe,
                                .probe_in_flight = false,
                                .in_flight = {}});
  }
  leader.heartbeat_due = now_ + settings_.heartbeat_interval;
  change_role(std::move(leader), std::move(votes));
  election_deadline_.reset();
  if (settings_.noop_on_election) append_to_log({{term(), EntryKind::noop, nullptr}});
  replicate_to_all();
}

void Raft::change_role(RoleState state, std::vector<NodeId> votes) {
  const Role before = role();
  role_ = std::move(state);
  note(RoleChanged{before, role(), term(), std::move(votes), log_.last_index(), log_.last_term()});
}

// On three occasions only: an AppendEntries from the current leader, an election started, a vote
// granted; and when a server first has a timer at all, at its start and when it stops leading.
void Raft::reset_election_timer() {
  if (!begun_) return;
  const auto low = static_cast<std::uint64_t>(settings_.election_timeout_min.count());
  const auto high = static_cast<std::uint64_t>(settings_.election_timeout_max.count());
  election_deadline_ = now_ + Duration{static_cast<std::int64_t>(random_.between(low, high))};
}

// Monotonic: "highest log entry known to be committed (initialized to 0, increases monotonically)".
void Raft::advance_commit(Index index, std::vector<Match> match) {
  if (index <= commit_index_) return;
  note(CommitAdvanced{commit_index_, index, std::move(match)});
  commit_index_ = index;
}

// What is applied is committed, and durable here, so that no crash can take it back from this
// server.
void Raft::hand_out_applies() {
  const Index up_to = std::min(commit_index_, durability_.durable_index());
  if (up_to <= last_applied_) return;
  out_.apply = {last_applied_.next(), up_to};
  last_applied_ = up_to;
}

std::optional<Time> Raft::next_wake() const {
  if (const auto* leader = std::get_if<Leader>(&role_)) return leader->heartbeat_due;
  return election_deadline_;
}

Role Raft::role() const {
  return static_cast<Role>(role_.index());
}

NodeId Raft::leader() const {
  if (const auto* follower = std::get_if<Follower>(&role_)) return follower->leader;
  return role() == Role::leader ? settings_.self : NodeId{};
}

std::vector<Progress> Raft::progress() const {
  const auto* leader = std::get_if<Leader>(&role_);
  return leader ? leader->followers : std::vector<Progress>{};
}

bool Raft::is_member(NodeId node) const {
  return std::find(settings_.members.begin(), settings_.members.end(), node) !=
         settings_.members.end();
}

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace raft
