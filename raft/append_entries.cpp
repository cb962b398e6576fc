// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "AppendEntries RPC" (section 5.3), on both sides, and the leader's rules that go
// with it.
#include <algorithm>
#include <utility>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {
namespace {

bool is_of_its_kind(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::command:
      return entry.command != nullptr;
    case EntryKind::noop:
      return entry.command == nullptr;
    case EntryKind::configuration:
      return entry.command && decode_configuration(*entry.command);
  }
  return false;
}

// A leader's terms start at 1, and its entries have terms that never decrease and are none above
// its own.
bool well_formed(const AppendEntries& request) {
  Term last = std::max(request.prev_log_term, Term{1});
  for (const Entry& entry : request.entries) {
    if (entry.term < last || entry.term > request.term || !is_of_its_kind(entry)) return false;
    last = entry.term;
  }
  return request.term > Term{} && request.prev_log_term <= request.term &&
         (request.prev_log_index == Index{}) == (request.prev_log_term == Term{});
}

std::size_t bytes_of(const std::vector<Entry>& entries) {
  std::size_t bytes = 0;
  for (const Entry& entry : entries)
    bytes += entry.command ? entry.command->size() : 0;
  return bytes;
}

}  // namespace

bool Raft::second_leader(NodeId from, Term of_term) const {
  return of_term == term() && leader() != NodeId{} && leader() != from;
}

// Of an old term's leader only the form can be judged: it may not know what has been committed
// since. "Leader Completeness" (Figure 3) is about the others. What was compacted away was
// committed, and can't be compared.
const char* Raft::impossible(NodeId from, const AppendEntries& request) const {
  if (!well_formed(request)) return "entries that no leader could have";
  if (request.term < term()) return nullptr;
  if (second_leader(from, request.term)) return "a second leader in one term";
  const auto conflicts = [this](Index index, Term entry_term) {
    return index >= log_.base_index() && index <= commit_index_ &&
           log_.term_at(index) != entry_term;
  };
  Index index = request.prev_log_index;
  bool conflict = conflicts(index, request.prev_log_term);
  for (const Entry& entry : request.entries)
    conflict = conflict || conflicts(++index, entry.term);
  return conflict ? "an entry that conflicts with a committed one" : nullptr;
}

// Receiver implementation. A heartbeat is an AppendEntries like any other: all checks, even without
// entries.
void Raft::handle(NodeId from, MessageId id, AppendEntries& request) {
  // "1. Reply false if term < currentTerm (section 5.1)". Its sender is no current leader: the
  // timer is left alone.
  if (request.term < term()) {
    return reject_append(from, id, request, AppendRejected::Reason::old_term);
  }
  heard_from_leader(from);

  // "2. Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm
  // (section 5.3)". What lies before the log's base was committed, so it matches (section 7).
  if (request.prev_log_index >= log_.base_index()) {
    const std::optional<Term> prev_term = log_.term_at(request.prev_log_index);
    if (!prev_term) return reject_append(from, id, request, AppendRejected::Reason::log_too_short);
    if (*prev_term != request.prev_log_term) {
      return reject_append(from, id, request, AppendRejected::Reason::term_mismatch);
    }
  }
  const Index last_new = request.prev_log_index + request.entries.size();
  store_entries(request);

  // "5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
  // entry)": what follows the last new entry may differ from the leader's log.
  advance_commit(std::min(request.leader_commit, last_new), {});

  const WriteId promised = std::max(hard_state_write_, durability_.write_for(last_new));
  send_after(promised, from,
             AppendEntriesReply{.term = term(),
                                .asked_in = request.term,
                                .prev_log_index = request.prev_log_index,
                                .success = true,
                                .match_index = last_new,
                                .conflict_index = {},
                                .conflict_term = {},
                                .round = request.round},
             id);
}

// "Reply false" at once. The conflict fields are those of the students' guide: a log that is too
// short names its end; a mismatch names the term found and that term's first index.
void Raft::reject_append(NodeId leader, MessageId id, const AppendEntries& request,
                         AppendRejected::Reason reason) {
  AppendEntriesReply reply{.term = term(),
                           .asked_in = request.term,
                           .prev_log_index = request.prev_log_index,
                           .success = false,
                           .match_index = {},
                           .conflict_index = {},
                           .conflict_term = {},
                           .round = request.round};
  if (reason == AppendRejected::Reason::log_too_short) {
    reply.conflict_index = log_.last_index().next();
  } else if (reason == AppendRejected::Reason::term_mismatch) {
    reply.conflict_term = *log_.term_at(request.prev_log_index);
    reply.conflict_index = log_.first_index_of(reply.conflict_term);
  }
  note(AppendRejected{leader, request.term, request.prev_log_index, reason});
  send(leader, reply, id);
}

void Raft::store_entries(AppendEntries& request) {
  auto entry = request.entries.begin();
  for (Index index = request.prev_log_index.next(); entry != request.entries.end();
       ++entry, ++index) {
    if (index <= log_.base_index()) continue;  // compacted away: committed, and the same
    const std::optional<Term> existing = log_.term_at(index);
    if (!existing) break;
    if (*existing == entry->term) continue;
    // "3. If an existing entry conflicts with a new one (same index but different terms), delete
    // the existing entry and all that follow it (section 5.3)". Only then: a late message must not
    // take back what was acknowledged.
    truncate_log(index);
    break;
  }
  // "4. Append any new entries not already in the log"
  append_to_log({std::make_move_iterator(entry), std::make_move_iterator(request.entries.end())});
}

const char* Raft::impossible(NodeId, const AppendEntriesReply& reply) const {
  if (reply.term < reply.asked_in) return "a reply of a term before its request's";
  if (role() != Role::leader || reply.term != term() || reply.asked_in != term()) return nullptr;
  if (reply.round > std::get<Leader>(role_).round) return "an answer to a round that has not begun";
  if (reply.success) {
    return reply.match_index > log_.last_index() ? "an acknowledgement of what was not sent"
                                                 : nullptr;
  }
  const bool fits = reply.conflict_index != Index{} && reply.prev_log_index <= log_.last_index();
  return fits ? nullptr : "a refusal that does not fit what was sent";
}

// The leader's side. A reply is judged by the term that it was asked in and by this server's role,
// not by whatever became of them since; its own newer term has been dealt with before (Rules for
// Servers).
void Raft::handle(NodeId from, MessageId, AppendEntriesReply& reply) {
  if (role() != Role::leader || reply.asked_in != term()) return;
  Progress* progress = progress_of(from);
  if (!progress) return;  // no member any more
  answer(*progress, reply.round);
  if (reply.success) {
    accepted_up_to(*progress, reply.match_index);
  } else {
    rejected(*progress, reply);
  }
}

// "If successful: update nextIndex and matchIndex for follower (section 5.3)", from what was sent,
// and never backwards.
void Raft::accepted_up_to(Progress& progress, Index match_index) {
  progress.match_index = std::max(progress.match_index, match_index);
  progress.next_index = std::max(progress.next_index, progress.match_index.next());
  while (!progress.in_flight.empty() && progress.in_flight.front().last <= progress.match_index) {
    progress.in_flight_bytes -= progress.in_flight.front().bytes;
    progress.in_flight.pop_front();
  }
  // A late acknowledgement does not stop a snapshot that it does not make needless. One that the
  // follower has is over, even if the log begins after it by now: a newer one follows then.
  const bool needs_snapshot = progress.match_index < log_.base_index() && progress.snapshot &&
                              progress.match_index < progress.snapshot->index;
  if (!needs_snapshot) change_replication(progress, Replication::replicate);
  const NodeId peer = progress.peer;
  commit_by_quorum();
  if (role() != Role::leader) return;
  // What that committed may have changed who the followers are.
  if (Progress* still = progress_of(peer)) replicate(*still);
  advance_transfer();
}

// "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry
// (section 5.3)". A refusal that answers an older message than the last one tells nothing new.
void Raft::rejected(Progress& progress, const AppendEntriesReply& reply) {
  if (reply.prev_log_index <= progress.match_index) return;
  if (progress.replication == Replication::snapshot) return;
  if (progress.replication == Replication::probe &&
      reply.prev_log_index != progress.next_index.previous()) {
    return;
  }
  progress.next_index =
      std::clamp(back_up(reply), progress.match_index.next(), reply.prev_log_index);
  progress.awaiting_reply = false;
  change_replication(progress, Replication::probe);
  replicate(progress);
}

// Where to go on after a conflict, as the students' guide reads section 5.3: past the last own
// entry of the conflicting term if there is one, else where the follower says.
Index Raft::back_up(const AppendEntriesReply& reply) const {
  if (reply.conflict_term != Term{}) {
    if (const auto last = log_.last_index_of(reply.conflict_term)) return last->next();
  }
  return reply.conflict_index;
}

const Progress* Raft::progress_of(NodeId peer) const {
  const auto& followers = std::get<Leader>(role_).followers;
  const auto found = std::find_if(followers.begin(), followers.end(),
                                  [peer](const Progress& p) { return p.peer == peer; });
  return found == followers.end() ? nullptr : &*found;
}

Progress* Raft::progress_of(NodeId peer) {
  return const_cast<Progress*>(std::as_const(*this).progress_of(peer));
}

void Raft::change_replication(Progress& progress, Replication replication) {
  if (replication != Replication::replicate) {
    progress.in_flight.clear();
    progress.in_flight_bytes = 0;
  }
  if (progress.replication == replication) return;
  const Replication before = std::exchange(progress.replication, replication);
  progress.awaiting_reply = false;
  progress.snapshot.reset();
  progress.snapshot_offset = 0;
  note(ProgressChanged{progress.peer, before, replication, progress.match_index,
                       progress.next_index});
}

// "If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting
// at nextIndex". One slow follower slows nobody: each has a window of its own.
void Raft::replicate(Progress& progress) {
  if (progress.replication != Replication::replicate) {
    if (!progress.awaiting_reply) send_append(progress, settings_.max_append_entries);
    return;
  }
  while (window_has_room(progress)) {
    send_append(progress, settings_.max_append_entries);
    if (progress.replication != Replication::replicate) return;
  }
}

bool Raft::window_has_room(const Progress& progress) const {
  if (progress.next_index > log_.last_index()) return false;
  if (progress.in_flight.empty() || progress.next_index < log_.first_index()) return true;
  const Command& next = log_.at(progress.next_index).command;
  return progress.in_flight.size() < settings_.max_in_flight &&
         progress.in_flight_bytes + (next ? next->size() : 0) <= settings_.max_in_flight_bytes;
}

void Raft::replicate_to_all() {
  for (Progress& progress : std::get<Leader>(role_).followers)
    replicate(progress);
}

// One AppendEntries from nextIndex on, or the beginning of a snapshot where those entries are gone.
// A follower that is getting one asks for it chunk by chunk (install_snapshot.cpp), and only hears
// from here that the leader is there. An AppendEntries may leave before the leader's own write of
// these entries is durable; only the leader's own acknowledgement waits for that
// (dissertation, 10.2.1).
void Raft::send_append(Progress& progress, std::size_t max_entries) {
  if (progress.replication == Replication::snapshot) return send_chunk(progress, 0);
  const Index prev = progress.next_index.previous();
  const std::optional<Term> prev_term = log_.term_at(prev);
  if (!prev_term) return start_snapshot(progress);
  const std::size_t window = settings_.max_in_flight_bytes -
                             std::min(progress.in_flight_bytes, settings_.max_in_flight_bytes);
  AppendEntries request{.term = term(),
                        .prev_log_index = prev,
                        .prev_log_term = *prev_term,
                        .entries = log_.slice(progress.next_index, max_entries,
                                              std::min(settings_.max_append_bytes, window)),
                        .leader_commit = commit_index_,
                        .round = std::get<Leader>(role_).round};
  if (progress.replication == Replication::probe) {
    progress.awaiting_reply = true;
  } else if (!request.entries.empty()) {
    progress.next_index = progress.next_index + request.entries.size();
    const std::size_t bytes = bytes_of(request.entries);
    progress.in_flight.push_back({progress.next_index.previous(), bytes});
    progress.in_flight_bytes += bytes;
  }
  send(progress.peer, std::move(request));
}

// "repeat during idle periods to prevent election timeouts (section 5.2)". The heartbeat follows
// what was sent last and carries nothing, however long a follower is silent: what it answers says
// what it has missed, and that is sent again. Only the first message to a follower carries what
// there is for it, and so does the last one to a follower that leaves.
void Raft::send_heartbeats() {
  begin_round();
  auto& leader = std::get<Leader>(role_);
  for (Progress& progress : leader.followers) {
    const bool carries = progress.replication == Replication::probe &&
                         (!progress.awaiting_reply || leader.departing);
    send_append(progress, carries ? settings_.max_append_entries : 0);
  }
  leader.heartbeat_due = now_ + settings_.heartbeat_interval;
  if (leader.departing) dismiss_followers();
}

// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and
// log[N].term == currentTerm: set commitIndex = N (section 5.3, 5.4)". The leader's own matchIndex
// is what is durable in its log, and it counts if the leader is a voter, as it is not while it
// commits its own removal (section 6).
void Raft::commit_by_quorum() {
  const auto match_of = [this](NodeId node) {
    if (node == settings_.self) return durability_.durable_index();
    return progress_of(node)->match_index;
  };
  const Index on_quorum = quorum_value<Index>(configuration(), match_of);
  if (on_quorum <= commit_index_ || log_.term_at(on_quorum) != term()) return;
  const Index before = commit_index_;
  std::vector<Match> match;
  for (NodeId member : configuration().members())
    match.push_back({member, match_of(member)});
  advance_commit(on_quorum, std::move(match));
  if (configuration_index() > commit_index_) return;
  if (configuration().joint()) return leave_joint_configuration();
  if (configuration_index() > before) configuration_committed();
}

}  // namespace raft
