// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "Rules for Servers", and the one call that all inputs come through.
#include <algorithm>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {

Raft::Raft(const Settings& settings, Restored restored, std::uint64_t seed)
    : settings_(settings),
      random_(seed),
      hard_state_(restored.hard_state),
      snapshot_(std::move(restored.snapshot)),
      log_(restored.base_index, restored.base_term, std::move(restored.entries)),
      durability_(Index{}) {
  RAFT_ASSERT(settings_.self > NodeId{} && !why_invalid(settings_));
  configurations_.push_back({Index{}, settings_.first_configuration});
  if (snapshot_) {
    // A crash between the write of the snapshot and that of the log leaves a log that ends before
    // it, or that the snapshot replaced (students' guide): what the snapshot stands for is
    // discarded now. The term that came with it may be lost too: none of a candidate's entries is
    // of its own term or a later one.
    rebase_ = log_.term_at(snapshot_->index) != snapshot_->term;
    if (rebase_) log_.reset(snapshot_->index, snapshot_->term);
    if (snapshot_->term > term()) hard_state_ = {snapshot_->term, NodeId{}};
    commit_index_ = last_applied_ = snapshot_->index;
    configurations_.front() = {snapshot_->index, snapshot_->configuration};
  }
  for (Index i = std::max(commit_index_.next(), log_.first_index()); i <= log_.last_index(); ++i) {
    const Entry& entry = log_.at(i);
    if (entry.kind != EntryKind::configuration) continue;
    configurations_.push_back({i, *decode_configuration(*entry.command)});
  }
  durability_ = Durability(log_.last_index());
  last_read_ = ReadId{random_.next()};
}

Output Raft::step(Time now, Input input) {
  RAFT_ASSERT(now >= now_);
  now_ = now;
  out_ = {};
  std::visit([this](auto& i) { handle(i); }, input);
  if (role() == Role::leader) serve_reads();
  hand_out_applies();
  out_.wake_at = next_wake();
  return std::move(out_);
}

void Raft::handle(const Begin&) {
  begun_ = true;
  if (rebase_) persist_hard_state();
  if (role() != Role::leader) reset_election_timer();
  // Before the restart it may have answered a leader that trusts its lease.
  if (settings_.reads == Reads::lease && term() > Term{}) last_leader_contact_ = {NodeId{}, now_};
}

// "If election timeout elapses without receiving AppendEntries RPC from current leader or granting
// vote to candidate: convert to candidate"; for candidates, "If election timeout elapses: start new
// election".
void Raft::handle(const Tick&) {
  fail_forwarded_reads();
  if (auto* leader = std::get_if<Leader>(&role_)) {
    expire_transfer();
    fail_late_reads();
    if (now_ >= leader->quorum_check_due) check_quorum();
    if (role() == Role::leader && now_ >= leader->heartbeat_due) send_heartbeats();
  } else if (election_deadline_ && now_ >= *election_deadline_) {
    campaign();
  }
}

// From whomever it comes: a server takes requests from members of configurations that it does not
// have yet (section 6).
void Raft::handle(Receive& receive) {
  if (receive.from == settings_.self || receive.from == NodeId{}) {
    return refuse("a message from itself or nobody");
  }
  if (term_of(receive.message).value > kMostTermOrIndex) return refuse("a term beyond all terms");
  const char* why = std::visit(
      [&](const auto& message) { return impossible(receive.from, message); }, receive.message);
  if (why) return refuse(why);
  const auto* vote = std::get_if<RequestVote>(&receive.message);
  if (vote && sticks_to_leader(receive.from, *vote)) {
    return deny_vote(receive.from, receive.id, *vote, VoteDenied::Reason::leader_alive);
  }
  // "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
  // follower (section 5.1)": before the message is handled. Amended for a pre-vote, whose term has
  // not begun.
  const Term message_term = term_of(receive.message);
  if (message_term > term() && !(vote && vote->pre_vote)) {
    adopt_term(message_term);
    become_follower(NodeId{}, RoleChanged::Reason::newer_term);
  }
  std::visit([&](auto& message) { handle(receive.from, receive.id, message); }, receive.message);
}

// "If command received from client: append entry to local log, respond after entry applied to state
// machine"
void Raft::handle(Propose& propose) {
  using Refusal = Proposal::Refusal;
  if (role() != Role::leader) return refuse_proposal(Refusal::not_leader);
  if (std::get<Leader>(role_).transfer) return refuse_proposal(Refusal::transferring);
  std::size_t bytes = 0;
  for (const Command& command : propose.commands)
    bytes += command->size();
  // The first entry of its own term is let through: nothing before it can be committed without it.
  if (uncommitted_bytes_ > 0 && log_.last_term() == term() &&
      uncommitted_bytes_ + bytes > settings_.max_uncommitted_bytes) {
    return refuse_proposal(Refusal::overloaded);
  }
  out_.proposal = Proposal{.refusal = Refusal::none,
                           .first_index = log_.last_index().next(),
                           .term = term(),
                           .leader = settings_.self};
  std::vector<Entry> entries;
  entries.reserve(propose.commands.size());
  for (Command& command : propose.commands) {
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
    if (candidate->own_vote > durability_.durable_write()) return;
    if (count_vote(candidate->votes, settings_.self)) become_leader();
  } else if (role() == Role::leader) {
    commit_by_quorum();
  }
}

void Raft::refuse_proposal(Proposal::Refusal refusal) {
  out_.proposal =
      Proposal{.refusal = refusal, .first_index = {}, .term = term(), .leader = leader()};
}

// A newer term: the vote of the old one is void. Within a term it is kept, whatever the role
// becomes.
void Raft::adopt_term(Term term) {
  RAFT_ASSERT(term > hard_state_.current_term);
  note(TermAdvanced{hard_state_.current_term, term});
  hard_state_ = {term, NodeId{}};
  incoming_.reset();  // what is left of it will not be sent: its sender leads no more
  persist_hard_state();
}

void Raft::heard_from_leader(NodeId leader) {
  become_follower(leader, RoleChanged::Reason::current_leader);
  last_leader_contact_ = {leader, now_};
  reset_election_timer();
}

void Raft::become_follower(NodeId leader, RoleChanged::Reason reason) {
  if (auto* follower = std::get_if<Follower>(&role_)) {
    follower->leader = leader;
    return;
  }
  auto* led = std::get_if<Leader>(&role_);
  if (led) fail_reads(*led);
  const bool had_no_timer = led != nullptr;
  change_role(Follower{leader}, reason);
  if (had_no_timer) reset_election_timer();
}

// A server that is no voter leaves elections to others.
void Raft::campaign() {
  if (!can_campaign()) return reset_election_timer();
  note(TimedOut{term(), role()});
  if (settings_.pre_vote) return become_pre_candidate();
  become_candidate(RoleChanged::Reason::election_timeout);
}

void Raft::become_pre_candidate() {
  change_role(PreCandidate{}, RoleChanged::Reason::election_timeout);
  reset_election_timer();
  if (count_vote(std::get<PreCandidate>(role_).votes, settings_.self)) {
    return become_candidate(RoleChanged::Reason::votes);
  }
  ask_for_pre_votes();
}

// "On conversion to candidate, start election: increment currentTerm; vote for self; reset election
// timer; send RequestVote RPCs to all other servers"
void Raft::become_candidate(RoleChanged::Reason reason) {
  std::vector<NodeId> pre_votes;
  if (auto* asked = std::get_if<PreCandidate>(&role_)) pre_votes = std::move(asked->votes);
  adopt_term(term().next());
  hard_state_.voted_for = settings_.self;
  persist_hard_state();
  change_role(Candidate{.votes = {},
                        .own_vote = hard_state_write_,
                        .transfer = reason == RoleChanged::Reason::transfer},
              reason, std::move(pre_votes));
  note(VoteGranted{settings_.self, term(), false});
  reset_election_timer();
  ask_for_votes();
}

// "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server"; with the no-op
// of section 8 in them where that is on. "nextIndex: initialized to leader last log index + 1",
// "matchIndex: initialized to 0".
void Raft::become_leader() {
  std::vector<NodeId> votes = std::move(std::get<Candidate>(role_).votes);
  change_role(Leader{}, RoleChanged::Reason::votes, std::move(votes));
  election_deadline_.reset();
  uncommitted_bytes_ = 0;
  for (Index i = commit_index_.next(); i <= log_.last_index(); ++i) {
    if (log_.at(i).command) uncommitted_bytes_ += log_.at(i).command->size();
  }
  std::get<Leader>(role_).quorum_check_due = now_ + settings_.heartbeat_interval;
  meet_followers();
  // A joint configuration is left by a leader that has committed something of its own term: one
  // that was inherited must not have to wait for a client.
  if (settings_.noop_on_election || configuration().joint()) {
    append_to_log({{term(), EntryKind::noop, nullptr}});
  }
  send_heartbeats();
}

void Raft::change_role(RoleState state, RoleChanged::Reason reason, std::vector<NodeId> votes) {
  const Role before = role();
  role_ = std::move(state);
  note(RoleChanged{before, role(), reason, term(), std::move(votes), log_.last_index(),
                   log_.last_term()});
}

// On three occasions only: an AppendEntries (or InstallSnapshot) from the current leader, an
// election started, a vote granted; and when a server first has a timer at all, at its start and
// when it stops leading.
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
  if (role() == Role::leader) {
    for (Index i = commit_index_.next(); i <= index; ++i) {
      if (log_.at(i).command) uncommitted_bytes_ -= log_.at(i).command->size();
    }
  }
  commit_index_ = index;
}

// "If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to state machine
// (section 5.3)". What is applied is committed, and durable here, so that no crash can take it back
// from this server.
void Raft::hand_out_applies() {
  if (restoring_) {
    if (restoring_->after > durability_.durable_write()) return;
    last_applied_ = restoring_->snapshot.index;
    out_.restore = std::move(restoring_->snapshot);
    restoring_.reset();
  }
  const Index up_to = std::min(commit_index_, durability_.durable_index());
  if (up_to <= last_applied_) return;
  out_.apply = {last_applied_.next(), up_to};
  last_applied_ = up_to;
}

std::optional<Time> Raft::next_wake() const {
  std::optional<Time> wake = election_deadline_;
  const auto sooner = [&wake](Time time) { wake = wake ? std::min(*wake, time) : time; };
  if (const auto* leader = std::get_if<Leader>(&role_)) {
    sooner(leader->heartbeat_due);
    if (settings_.check_quorum) sooner(leader->quorum_check_due);
    if (leader->transfer) sooner(leader->transfer->deadline);
    for (const auto* reads : {&leader->confirming, &leader->reads}) {
      if (!reads->empty()) sooner(reads->front().deadline);
    }
  }
  if (!forwarded_reads_.empty()) sooner(forwarded_reads_.front().deadline);
  return wake;
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

}  // namespace raft
