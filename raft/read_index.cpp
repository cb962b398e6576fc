// SPDX-License-Identifier: Apache-2.0
// Reads that need no entry in the log (dissertation, 6.4): the leader notes its commit index, makes
// sure that it still leads, and the read may be served by whoever has applied up to there. Sure it
// is once a quorum has answered a round that began after the read came, or, with leases (6.4.1),
// while a quorum's last answer is recent enough that no other leader can have been elected by
// clocks whose drift is bounded.
#include <algorithm>

#include "raft/raft.h"

namespace raft {

void Raft::handle(const Read& request) {
  if (role() == Role::leader) return read(settings_.self, request.id, {});
  if (leader() == NodeId{}) return out_.reads.push_back({request.id, false, {}});
  forwarded_reads_.push_back({request.id, now_ + settings_.election_timeout_max});
  send(leader(), ReadIndex{term(), request.id});
}

const char* Raft::impossible(NodeId, const ReadIndex& request) const {
  return request.term == Term{} ? "a follower before the first election" : nullptr;
}

void Raft::handle(NodeId from, MessageId id, ReadIndex& request) {
  if (role() == Role::leader && request.term == term()) return read(from, request.read, id);
  send(from,
       ReadIndexReply{.term = term(),
                      .asked_in = request.term,
                      .read = request.read,
                      .granted = false,
                      .index = {}},
       id);
}

// "If the leader has not yet marked an entry from its current term committed, it waits until it has
// done so."
void Raft::read(NodeId asked_by, ReadId id, MessageId asked_with) {
  auto& leader = std::get<Leader>(role_);
  PendingRead pending{id, asked_by, asked_with, commit_index_, {}};
  if (!committed_in_own_term()) {
    leader.early_reads.push_back(pending);
    return;
  }
  if (lease_holds()) return answer_read(pending, true);
  // "it saves the current value of its commit index in a local variable readIndex"; then "issues a
  // new round of heartbeats": one round serves all reads that came before it began.
  pending.round = leader.round.next();
  leader.reads.push_back(pending);
  send_heartbeats();
  serve_confirmed_reads();
}

bool Raft::committed_in_own_term() const {
  return commit_index_ != Index{} && log_.term_at(commit_index_) == term();
}

// A quorum answered a round that began at `start`; none of them votes for another within the
// shortest election timeout of that, by its own clock. Void once this leader has asked another
// server to take over.
bool Raft::lease_holds() const {
  const auto& leader = std::get<Leader>(role_);
  if (settings_.reads != Reads::lease || leader.handed_over || leader.rounds.empty()) return false;
  const Round answered = quorum_value<Round>(configuration(), [&](NodeId node) {
    if (node == settings_.self) return leader.round;
    for (const Progress& progress : leader.followers) {
      if (progress.peer == node) return progress.answered;
    }
    return Round{};
  });
  const auto& confirmed = leader.rounds.front();
  if (answered < confirmed.round) return false;
  const auto lease =
      settings_.election_timeout_min * (100 - settings_.max_clock_drift_percent) / 100;
  return now_ < confirmed.at + lease;
}

void Raft::begin_round() {
  auto& leader = std::get<Leader>(role_);
  ++leader.round;
  leader.rounds.push_back({leader.round, now_});
}

void Raft::answer(Progress& progress, Round round) {
  progress.answered = std::max(progress.answered, round);
  progress.last_contact = now_;
}

void Raft::serve_confirmed_reads() {
  auto& leader = std::get<Leader>(role_);
  const Round confirmed = quorum_value<Round>(configuration(), [&](NodeId node) {
    return node == settings_.self ? leader.round : progress_of(node)->answered;
  });
  while (leader.rounds.size() > 1 && leader.rounds[1].round <= confirmed)
    leader.rounds.pop_front();
  while (!leader.reads.empty() && leader.reads.front().round <= confirmed) {
    const PendingRead read = leader.reads.front();
    leader.reads.pop_front();
    answer_read(read, true);
  }
}

// The first entry of this term is committed: what came before it may be read.
void Raft::start_early_reads() {
  auto& leader = std::get<Leader>(role_);
  if (leader.early_reads.empty() || !committed_in_own_term()) return;
  for (PendingRead& read : leader.early_reads) {
    read.index = commit_index_;
    read.round = leader.round.next();
    leader.reads.push_back(read);
  }
  leader.early_reads.clear();
  send_heartbeats();
  serve_confirmed_reads();
}

void Raft::answer_read(const PendingRead& read, bool granted) {
  if (read.asked_by == settings_.self) {
    out_.reads.push_back({read.id, granted, read.index});
    return;
  }
  send(read.asked_by,
       ReadIndexReply{.term = term(),
                      .asked_in = term(),
                      .read = read.id,
                      .granted = granted,
                      .index = read.index},
       read.asked_with);
}

const char* Raft::impossible(NodeId, const ReadIndexReply& reply) const {
  return reply.term < reply.asked_in ? "a reply of a term before its request's" : nullptr;
}

// Answered once, whatever is duplicated on the way.
void Raft::handle(NodeId, MessageId, ReadIndexReply& reply) {
  const auto read = std::find_if(forwarded_reads_.begin(), forwarded_reads_.end(),
                                 [&](const ForwardedRead& r) { return r.id == reply.read; });
  if (read == forwarded_reads_.end()) return;
  forwarded_reads_.erase(read);
  out_.reads.push_back({reply.read, reply.granted, reply.index});
}

// A leader that steps down can confirm nothing any more.
void Raft::fail_reads(const Leader& leader) {
  for (const auto* reads : {&leader.reads, &leader.early_reads}) {
    for (const PendingRead& read : *reads)
      answer_read(read, false);
  }
}

// Lost on the way, or the leader is gone.
void Raft::fail_forwarded_reads() {
  while (!forwarded_reads_.empty() && now_ >= forwarded_reads_.front().deadline) {
    out_.reads.push_back({forwarded_reads_.front().id, false, {}});
    forwarded_reads_.erase(forwarded_reads_.begin());
  }
}

}  // namespace raft
