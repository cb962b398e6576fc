// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "AppendEntries RPC" (section 5.3), on both sides, and the leader's rules that go
// with it.
#include <algorithm>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {
namespace {

// A leader's terms start at 1, and its entries have terms that never decrease and are none above
// its own.
bool well_formed(const AppendEntries& request) {
  Term last = std::max(request.prev_log_term, Term{1});
  for (const Entry& entry : request.entries) {
    if (entry.term < last || entry.term > request.term) return false;
    last = entry.term;
  }
  return request.term > Term{} && request.prev_log_term <= request.term &&
         (request.prev_log_index == Index{}) == (request.prev_log_term == Term{});
}

}  // namespace

// Of an old term's leader only the form can be judged: it may not know what has been committed
// since. "Leader Completeness" (Figure 3) is about the others.
const char* Raft::impossible(NodeId from, const AppendEntries& request) const {
  if (!well_formed(request)) return "entries whose terms no leader could have";
  if (request.term < term()) return nullptr;
  if (request.term == term() && leader() != NodeId{} && leader() != from) {
    return "a second leader in one term";
  }
  Index index = request.prev_log_index;
  bool conflict = index <= commit_index_ && log_.term_at(index) != request.prev_log_term;
  for (auto entry = request.entries.begin();
       !conflict && entry != request.entries.end() && ++index <= commit_index_; ++entry) {
    conflict = log_.term_at(index) != entry->term;
  }
  return conflict ? "an entry that conflicts with a committed one" : nullptr;
}

// Receiver implementation. A heartbeat is an AppendEntries like any other: all checks, even without
// entries.
void Raft::handle(NodeId from, MessageId id, const AppendEntries& request) {
  // "1. Reply false if term < currentTerm (section 5.1)". Its sender is no current leader: the
  // timer is left alone.
  if (request.term < term()) {
    return reject_append(from, id, request, AppendRejected::Reason::old_term);
  }
  // "If AppendEntries RPC received from new leader: convert to follower" (Rules for Servers,
  // candidates).
  become_follower(from);
  reset_election_timer();

  // "2. Reply false if log doesn't contain an entry at prevLogIndex whose term matches prevLogTerm
  // (section 5.3)"
  const std::optional<Term> prev_term = log_.term_at(request.prev_log_index);
  if (!prev_term) {
    return reject_append(from, id, request, AppendRejected::Reason::log_too_short);
  }
  if (*prev_term != request.prev_log_term) {
    return reject_append(from, id, request, AppendRejected::Reason::term_mismatch);
  }
  store_entries(request);

  // "5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
  // entry)": what follows the last new entry may differ from the leader's log.
  const Index last_new = request.prev_log_index + request.entries.size();
  advance_commit(std::min(request.leader_commit, last_new), {});

  const WriteId promised = std::max(hard_state_write_, durability_.write_for(last_new));
  send_after(promised, from,
             AppendEntriesReply{.term = term(),
                                .asked_in = request.term,
                                .prev_log_index = request.prev_log_index,
                                .success = true,
                                .match_index = last_new,
                                .conflict_index = {},
                                .conflict_term = {}},
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
                           .conflict_term = {}};
  if (reason == AppendRejected::Reason::log_too_short) {
    reply.conflict_index = log_.last_index().next();
  } else if (reason == AppendRejected::Reason::term_mismatch) {
    reply.conflict_term = *log_.term_at(request.prev_log_index);
    reply.conflict_index = log_.first_index_of(reply.conflict_term);
  }
  note(AppendRejected{leader, request.term, request.prev_log_index, reason});
  send(leader, reply, id);
}

void Raft::store_entries(const AppendEntries& request) {
  std::size_t known = 0;
  Index index = request.prev_log_index;
  for (; known < request.entries.size(); ++known) {
    ++index;
    const std::optional<Term> existing = log_.term_at(index);
    if (!existing) break;
    if (*existing == request.entries[known].term) continue;
    // "3. If an existing entry conflicts with a new one (same index but different terms), delete
    // the existing entry and all that follow it (section 5.3)". Only then: a late message must not
    // take back what was acknowledged.
    truncate_log(index);
    break;
  }
  // "4. Append any new entries not already in the log"
  append_to_log(
      {request.entries.begin() + static_cast<std::ptrdiff_t>(known), request.entries.end()});
}

const char* Raft::impossible(NodeId, const AppendEntriesReply& reply) const {
  if (reply.term < reply.asked_in) return "a reply of a term before its request's";
  if (role() != Role::leader || reply.term != term() || reply.asked_in != term()) return nullptr;
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
void Raft::handle(NodeId from, MessageId, const AppendEntriesReply& reply) {
  if (role() != Role::leader || reply.asked_in != term()) return;
  auto& followers = std::get<Leader>(role_).followers;
  auto progress = std::find_if(followers.begin(), followers.end(),
                               [from](const Progress& p) { return p.peer == from; });
  RAFT_ASSERT(progress != followers.end());
  if (reply.success) {
    accepted_up_to(*progress, reply.match_index);
  } else {
    rejected(*progress, reply);
  }
}

// "If successful: update nextIndex and matchIndex for follower (section 5.3)", from what was sent,
// and never backwards.
void Raft::accepted_up_to(Progress& progress, Index match_index) {
  const Replication before = progress.replication;
  progress.match_index = std::max(progress.match_index, match_index);
  progress.next_index = std::max(progress.next_index, progress.match_index.next());
  progress.replication = Replication::replicate;
  progress.probe_in_flight = false;
  while (!progress.in_flight.empty() && progress.in_flight.front() <= progress.match_index) {
    progress.in_flight.pop_front();
  }
  if (before != progress.replication) {
    note(ProgressChanged{progress.peer, before, progress.replication, progress.match_index,
                         progress.next_index});
  }
  commit_by_majority();
  replicate(progress);
}

// "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry
// (section 5.3)". A refusal that answers an older message than the last one tells nothing new.
void Raft::rejected(Progress& progress, const AppendEntriesReply& reply) {
  if (reply.prev_log_index <= progress.match_index) return;
  if (progress.replication == Replication::probe &&
      reply.prev_log_index != progress.next_index.previous()) {
    return;
  }
  const Replication before = progress.replication;
  progress.next_index =
      std::clamp(back_up(reply), progress.match_index.next(), reply.prev_log_index);
  progress.replication = Replication::probe;
  progress.probe_in_flight = false;
  progress.in_flight.clear();
  note(ProgressChanged{progress.peer, before, progress.replication, progress.match_index,
                       progress.next_index});
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

// "If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting
// at nextIndex"
void Raft::replicate(Progress& progress) {
  if (progress.replication == Replication::probe) {
    if (!progress.probe_in_flight) send_append(progress, settings_.max_append_entries);
    return;
  }
  while (progress.next_index <= log_.last_index() &&
         progress.in_flight.size() < settings_.max_in_flight) {
    send_append(progress, settings_.max_append_entries);
  }
}

void Raft::replicate_to_all() {
  for (Progress& progress : std::get<Leader>(role_).followers)
    replicate(progress);
}

// One AppendEntries from nextIndex on. It may leave before the leader's own write of these entries
// is durable; only the leader's own acknowledgement waits for that (dissertation, 10.2.1).
void Raft::send_append(Progress& progress, std::size_t max_entries) {
  const Index prev = progress.next_index.previous();
  const auto prev_term = log_.term_at(prev);
  RAFT_ASSERT(prev_term.has_value());
  AppendEntries request{
      .term = term(),
      .prev_log_index = prev,
      .prev_log_term = *prev_term,
      .entries = log_.slice(progress.next_index, max_entries, settings_.max_append_bytes),
      .leader_commit = commit_index_};
  if (progress.replication == Replication::probe) {
    progress.probe_in_flight = true;
  } else if (!request.entries.empty()) {
    progress.next_index = progress.next_index + request.entries.size();
    progress.in_flight.push_back(progress.next_index.previous());
  }
  send(progress.peer, std::move(request));
}

// "repeat during idle periods to prevent election timeouts (section 5.2)". The heartbeat follows
// what was sent last, so a follower that missed some of it refuses and is probed again; a probe
// that is lost is repeated.
void Raft::send_heartbeats() {
  auto& leader = std::get<Leader>(role_);
  for (Progress& progress : leader.followers) {
    const bool probing = progress.replication == Replication::probe;
    const bool window_open = progress.in_flight.size() < settings_.max_in_flight;
    send_append(progress, probing || window_open ? settings_.max_append_entries : 0);
  }
  leader.heartbeat_due = now_ + settings_.heartbeat_interval;
}

// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and
// log[N].term == currentTerm: set commitIndex = N (section 5.3, 5.4)". The leader's own matchIndex
// is what is durable in its log.
void Raft::commit_by_majority() {
  std::vector<Match> match{{settings_.self, durability_.durable_index()}};
  for (const Progress& progress : std::get<Leader>(role_).followers) {
    match.push_back({progress.peer, progress.match_index});
  }
  std::vector<Index> sorted;
  for (const Match& m : match)
    sorted.push_back(m.index);
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const Index on_majority = sorted[majority() - 1];
  if (log_.term_at(on_majority) != term()) return;
  advance_commit(on_majority, std::move(match));
}

}  // namespace raft
