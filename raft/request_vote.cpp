// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "RequestVote RPC" (section 5.2, 5.4), on both sides.
#include <algorithm>

#include "raft/raft.h"

namespace raft {

// A candidate has incremented its term since its last entry was made.
const char* Raft::impossible(NodeId, const RequestVote& request) const {
  const bool fits = request.last_log_term < request.term &&
                    (request.last_log_index == Index{}) == (request.last_log_term == Term{});
  return fits ? nullptr : "a candidate whose last entry no candidate could have";
}

// Receiver implementation.
void Raft::handle(NodeId from, MessageId id, const RequestVote& request) {
  RequestVoteReply reply{.term = term(), .asked_in = request.term};
  // "1. Reply false if term < currentTerm (section 5.1)"
  if (request.term < term()) {
    note(VoteDenied{from, request.term, VoteDenied::Reason::old_term});
    return send(from, reply, id);
  }
  // "2. If votedFor is null or candidateId, and candidate's log is at least as up-to-date as
  // receiver's log, grant vote (section 5.2, 5.4)"
  if (hard_state_.voted_for != NodeId{} && hard_state_.voted_for != from) {
    note(VoteDenied{from, request.term, VoteDenied::Reason::voted_for_other});
    return send(from, reply, id);
  }
  // "If the logs have last entries with different terms, then the log with the later term is more
  // up-to-date. If the logs end with the same term, then whichever log is longer is more
  // up-to-date." (section 5.4.1)
  const bool up_to_date =
      request.last_log_term > log_.last_term() ||
      (request.last_log_term == log_.last_term() && request.last_log_index >= log_.last_index());
  if (!up_to_date) {
    note(VoteDenied{from, request.term, VoteDenied::Reason::log_behind});
    return send(from, reply, id);
  }
  if (hard_state_.voted_for == NodeId{}) {
    hard_state_.voted_for = from;
    persist_hard_state();
  }
  note(VoteGranted{from, request.term});
  reset_election_timer();
  reply.vote_granted = true;
  send_after(hard_state_write_, from, reply, id);
}

const char* Raft::impossible(NodeId, const RequestVoteReply& reply) const {
  return reply.term < reply.asked_in ? "a reply of a term before its request's" : nullptr;
}

// A vote counts in the term and candidacy that it was asked in, and in no other.
void Raft::handle(NodeId from, MessageId, const RequestVoteReply& reply) {
  if (role() != Role::candidate || reply.asked_in != term() || !reply.vote_granted) return;
  count_vote(from);
}

// "Send RequestVote RPCs to all other servers" once its own vote, which they imply, is durable.
void Raft::ask_for_votes() {
  const RequestVote request{term(), log_.last_index(), log_.last_term()};
  for (NodeId member : settings_.members) {
    if (member != settings_.self) send_after(hard_state_write_, member, request);
  }
}

// "If votes received from majority of servers: become leader." A vote that arrives twice counts
// once.
void Raft::count_vote(NodeId voter) {
  auto& votes = std::get<Candidate>(role_).votes;
  if (std::find(votes.begin(), votes.end(), voter) != votes.end()) return;
  votes.push_back(voter);
  if (votes.size() >= majority()) become_leader();
}

}  // namespace raft
