// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "RequestVote RPC" (section 5.2, 5.4), on both sides; and PreVote
// (dissertation, 9.6), which asks the same question without a promise and without a new term.
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
void Raft::handle(NodeId from, MessageId id, RequestVote& request) {
  if (const auto reason = why_not_vote_for(from, request))
    return deny_vote(from, id, request, *reason);
  note(VoteGranted{from, request.term, request.pre_vote});
  RequestVoteReply reply{
      .term = term(), .asked_in = request.term, .vote_granted = true, .pre_vote = request.pre_vote};
  // Amends "grant vote": a pre-vote leaves votedFor and the timer alone, and promises nothing.
  if (request.pre_vote) return send(from, reply, id);
  if (hard_state_.voted_for == NodeId{}) {
    hard_state_.voted_for = from;
    persist_hard_state();
  }
  reset_election_timer();
  send_after(hard_state_write_, from, reply, id);
}

std::optional<VoteDenied::Reason> Raft::why_not_vote_for(NodeId candidate,
                                                         const RequestVote& request) const {
  // "1. Reply false if term < currentTerm (section 5.1)"
  if (request.term < term()) return VoteDenied::Reason::old_term;
  // "2. If votedFor is null or candidateId, and candidate's log is at least as up-to-date as
  // receiver's log, grant vote (section 5.2, 5.4)"; a pre-vote for a later term is about a vote
  // that nobody has given yet.
  const bool free_to_vote = request.term > term() || hard_state_.voted_for == NodeId{} ||
                            hard_state_.voted_for == candidate;
  if (!free_to_vote) return VoteDenied::Reason::voted_for_other;
  // "If the logs have last entries with different terms, then the log with the later term is more
  // up-to-date. If the logs end with the same term, then whichever log is longer is more
  // up-to-date." (section 5.4.1)
  const bool up_to_date =
      request.last_log_term > log_.last_term() ||
      (request.last_log_term == log_.last_term() && request.last_log_index >= log_.last_index());
  if (!up_to_date) return VoteDenied::Reason::log_behind;
  return std::nullopt;
}

void Raft::deny_vote(NodeId from, MessageId id, const RequestVote& request,
                     VoteDenied::Reason reason) {
  note(VoteDenied{from, request.term, reason, request.pre_vote});
  send(from,
       RequestVoteReply{.term = term(),
                        .asked_in = request.term,
                        .vote_granted = false,
                        .pre_vote = request.pre_vote},
       id);
}

// "if a server receives a RequestVote request within the minimum election timeout of hearing from a
// current leader, it does not update its term or grant its vote" (dissertation, 4.2.3). Asked
// before the term rule, which it amends. The leader itself, once deposed, and an election that the
// leader wanted are let through.
bool Raft::sticks_to_leader(NodeId candidate, const RequestVote& request) const {
  if (!settings_.leader_stickiness && !request.pre_vote) return false;
  if (request.transfer) return false;
  // A leader hears from itself as long as a quorum hears from it.
  if (role() == Role::leader) return now_ < quorum_contact() + settings_.election_timeout_min;
  return last_leader_contact_ && candidate != last_leader_contact_->leader &&
         now_ < last_leader_contact_->at + settings_.election_timeout_min;
}

const char* Raft::impossible(NodeId, const RequestVoteReply& reply) const {
  const bool fits = reply.pre_vote || reply.term >= reply.asked_in || !reply.vote_granted;
  return fits ? nullptr : "a vote of a term before its request's";
}

// A vote counts in the term and candidacy that it was asked in, and in no other.
void Raft::handle(NodeId from, MessageId, RequestVoteReply& reply) {
  if (!reply.vote_granted) return;
  if (auto* asking = std::get_if<PreCandidate>(&role_)) {
    if (!reply.pre_vote || reply.asked_in != term().next()) return;
    if (count_vote(asking->votes, from)) become_candidate(RoleChanged::Reason::votes);
  } else if (auto* candidate = std::get_if<Candidate>(&role_)) {
    if (reply.pre_vote || reply.asked_in != term()) return;
    if (count_vote(candidate->votes, from)) become_leader();
  }
}

void Raft::ask_for_pre_votes() {
  const RequestVote request{.term = term().next(),
                            .last_log_index = log_.last_index(),
                            .last_log_term = log_.last_term(),
                            .pre_vote = true,
                            .transfer = false};
  for (NodeId member : configuration().members()) {
    if (member != settings_.self) send(member, request);
  }
}

// "Send RequestVote RPCs to all other servers" once its own vote, which they imply, is durable.
// Learners are asked too: one may have been made a voter by a configuration that this server has
// and it lacks.
void Raft::ask_for_votes() {
  const RequestVote request{.term = term(),
                            .last_log_index = log_.last_index(),
                            .last_log_term = log_.last_term(),
                            .pre_vote = false,
                            .transfer = std::get<Candidate>(role_).transfer};
  for (NodeId member : configuration().members()) {
    if (member != settings_.self) send_after(hard_state_write_, member, request);
  }
}

// Whether the votes are a quorum now. A vote that arrives twice counts once, one of a server that
// is no voter not at all.
bool Raft::count_vote(std::vector<NodeId>& votes, NodeId voter) const {
  const auto has_voted = [&votes](NodeId node) {
    return std::find(votes.begin(), votes.end(), node) != votes.end();
  };
  if (configuration().is_voter(voter) && !has_voted(voter)) votes.push_back(voter);
  return has_quorum(configuration(), has_voted);
}

}  // namespace raft
