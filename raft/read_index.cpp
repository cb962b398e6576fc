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
  if (auto* leading = std::get_if<Leader>(&role_)) {
    leading->reads.push_back(
        {request.id, settings_.self, {}, now_ + settings_.election_timeout_max});
    return;
  }
  if (leader() == NodeId{}) return out_.reads.push_back({request.id, false, {}});
  forwarded_reads_.push_back({request.id, now_ + settings_.election_timeout_max});
  send(leader(), ReadIndex{term(), request.id});
}

const char* Raft::impossible(NodeId, const ReadIndex& request) const {
  return request.term == Term{} ? "a follower before the first election" : nullptr;
}

void Raft::handle(NodeId from, MessageId id, ReadIndex& request) {
  auto* leading = std::get_if<Leader>(&role_);
  if (leading && request.term == term()) {
    leading->reads.push_back({request.read, from, id, now_ + settings_.election_timeout_max});
    return;
  }
  send(from,
       ReadIndexReply{.term = term(),
                      .asked_in = request.term,
                      .read = request.read,
                      .granted = false,
                      .index = {}},
       id);
}

bool Raft::committed_in_own_term() const {
  return log_.term_at(commit_index_) == term();
}

void Raft::begin_round() {
  auto& leader = std::get<Leader>(role_);
  ++leader.round;
  if (settings_.reads != Reads::lease) return;
  leader.rounds.push_back({leader.round, now_});
  // No lease would hold any more from what began an election timeout ago.
  while (leader.rounds[0].at + settings_.election_timeout_min < now_)
    leader.rounds.pop_front();
}

void Raft::answer(Progress& progress, Round round) {
  progress.answered = std::max(progress.answered, round);
  progress.last_contact = now_;
}

// The newest round that a quorum has answered, this server included.
Round Raft::confirmed_round() const {
  return quorum_value<Round>(configuration(), [this](NodeId node) {
    return node == settings_.self ? std::get<Leader>(role_).round : progress_of(node)->answered;
  });
}

// A quorum answered a round that began at `start`; none of them votes for another within the
// shortest election timeout of that, by its own clock. Void once this leader has asked another
// server to take over.
bool Raft::lease_holds() const {
  const auto& leader = std::get<Leader>(role_);
  if (settings_.reads != Reads::lease || leader.handed_over) return false;
  const Round confirmed = confirmed_round();
  const auto lease =
      settings_.election_timeout_min * (100 - settings_.max_clock_drift_percent) / 100;
  return std::any_of(leader.rounds.begin(), leader.rounds.end(), [&](const auto& start) {
    return start.round <= confirmed && now_ < start.at + lease;
  });
}

// After each step of a leader. "The leader saves its current commit index in a local variable
// readIndex"; then it "issues a new round of heartbeats": a round serves all reads that came before
// it began, and those that come while it is out share the next.
void Raft::serve_reads() {
  auto& leader = std::get<Leader>(role_);
  while (true) {
    if (!leader.confirming.empty()) {
      if (confirmed_round() < leader.read_round) return;
      answer_reads(leader.confirming, true, leader.read_index);
    }
    // "If the leader has not yet marked an entry from its current term committed, it waits until it
    // has done so."
    if (leader.reads.empty() || !committed_in_own_term()) return;
    if (lease_holds()) return answer_reads(leader.reads, true, commit_index_);
    leader.confirming.swap(leader.reads);
    leader.read_index = commit_index_;
    send_heartbeats();
    leader.read_round = leader.round;
  }
}

void Raft::answer_reads(std::vector<PendingRead>& reads, bool granted, Index index) {
  for (const PendingRead& read : reads) {
    if (read.asked_by == settings_.self) {
      out_.reads.push_back({read.id, granted, index});
      continue;
    }
    send(read.asked_by,
         ReadIndexReply{.term = term(),
                        .asked_in = term(),
                        .read = read.id,
                        .granted = granted,
                        .index = index},
         read.asked_with);
  }
  reads.clear();
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
void Raft::fail_reads(Leader& leader) {
  answer_reads(leader.confirming, false, {});
  answer_reads(leader.reads, false, {});
}

// No quorum confirmed them in time: without CheckQuorum a leader that is cut off leads on.
void Raft::fail_late_reads() {
  auto& leader = std::get<Leader>(role_);
  for (auto* reads : {&leader.confirming, &leader.reads}) {
    const auto in_time = std::find_if(reads->begin(), reads->end(),
                                      [this](const PendingRead& r) { return r.deadline > now_; });
    std::vector<PendingRead> late(reads->begin(), in_time);
    reads->erase(reads->begin(), in_time);
    answer_reads(late, false, {});
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
