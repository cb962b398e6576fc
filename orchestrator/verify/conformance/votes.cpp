// SPDX-License-Identifier: Apache-2.0
// RequestVote (Figure 2, section 5.2, 5.4), with pre-votes (dissertation, 9.6) and leader
// stickiness (4.2.3).
#include <algorithm>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kOneVote =
    "RequestVote (Figure 2, section 5.2, 5.4): \"If votedFor is null or candidateId, and "
    "candidate's log is at least as up-to-date as receiver's log, grant vote\".";
constexpr const char* kUpToDate =
    "Up-to-date (section 5.4.1): \"If the logs have last entries with different terms, "
    "then the log with the later term is more up-to-date. If the logs end with the same "
    "term, then whichever log is longer is more up-to-date.\"";
constexpr const char* kOldTerm =
    "RequestVote (Figure 2, section 5.1): \"Reply false if term < currentTerm\".";
constexpr const char* kOwnVote =
    "Candidates (Figure 2, section 5.2): \"On conversion to candidate, start election: "
    "[...] Vote for self\".";
constexpr const char* kSticky =
    "Leader stickiness (dissertation, 4.2.3): \"if a server receives a RequestVote request "
    "within the minimum election timeout of hearing from a current leader, it does not "
    "update its term or grant its vote\".";
constexpr const char* kTrue =
    "A vote is refused for a reason that holds (docs/evidence.md, vote_denied).";

bool free_to_vote(const State& s, const RequestVote& request, NodeId candidate) {
  const bool later = request.pre_vote && request.term > s.term;
  return later || s.voted_for == NodeId{} || s.voted_for == candidate;
}

bool up_to_date(const State& s, const RequestVote& request) {
  const Index last = s.log.last_index();
  const Term last_term = s.log.term_at(last);
  if (request.last_log_term != last_term) return request.last_log_term > last_term;
  return request.last_log_index >= last;
}

// The request that the line speaks of; null where its cause is another one.
const RequestVote* request_of(const NodeEvent& event, NodeId candidate, Term term, bool pre_vote) {
  const auto* request = message_of<RequestVote>(event.cause);
  const bool fits = request && std::get<MessageCause>(event.cause).src == candidate &&
                    request->term == term && request->pre_vote == pre_vote;
  return fits ? request : nullptr;
}

// When a quorum was last heard of, at the least: the node itself is always there.
Time quorum_contact(const State& s, Time now) {
  const Configuration* members = s.members();
  Time latest{};
  if (members == nullptr) return latest;
  for (const auto& [node, peer] : s.leading->peers) {
    const Time at = node == s.self ? now : peer.contact;
    std::vector<NodeId> heard{s.self};
    for (const auto& [other, its] : s.leading->peers)
      if (its.contact >= at) heard.push_back(other);
    if (at > latest && is_quorum(*members, heard)) latest = at;
  }
  return latest;
}

}  // namespace

bool hears_a_leader(const State& s, const NodeEvent& event, NodeId candidate) {
  const auto recent = [&](Time at) { return event.clock < at + s.protocol->election_timeout_min; };
  if (s.leading) return recent(quorum_contact(s, event.clock));
  return s.contact && s.contact->term == s.term && s.contact->leader != candidate &&
         recent(s.contact->at);
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const VoteGranted& e) {
  if (e.candidate == s.self) {
    const bool stands = s.role == Role::candidate && follows<RoleChanged>(s, event);
    judge.require(stands && !e.pre_vote && e.candidate_term == s.term && s.voted_for == NodeId{},
                  kOwnVote, "it votes for itself without becoming a candidate");
    return;
  }
  const auto* request = request_of(event, e.candidate, e.candidate_term, e.pre_vote);
  judge.require(request != nullptr, kOneVote, "nobody asked for this vote");
  if (request == nullptr) return;
  judge.require(request->term >= s.term, kOldTerm, "the candidate's term is over");
  judge.require(e.pre_vote || request->term == s.term, kOneVote, "the term is not its own");
  judge.require(free_to_vote(s, *request, e.candidate), kOneVote,
                "it has voted for another in this term");
  judge.require(up_to_date(s, *request), kUpToDate, "its own log is more up-to-date");
  // With a newer term it was asked before that was taken on (elections.cpp).
  const bool asked = e.pre_vote || (s.protocol->leader_stickiness && event.before->term == s.term);
  judge.require(!asked || request->transfer || !hears_a_leader(s, event, e.candidate), kSticky,
                "it hears from a leader");
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const VoteDenied& e) {
  const auto* request = request_of(event, e.candidate, e.candidate_term, e.pre_vote);
  judge.require(request != nullptr, kTrue, "nobody asked for this vote");
  if (request == nullptr) return;
  if (e.reason == "leader_alive") {
    judge.require(!request->transfer && (e.pre_vote || s.protocol->leader_stickiness), kTrue,
                  "a leader that is alive is no reason here");
  } else if (e.reason == "old_term") {
    judge.require(request->term < s.term, kTrue, "the request is of no older term");
  } else if (e.reason == "voted_for_other") {
    judge.require(!free_to_vote(s, *request, e.candidate), kTrue, "it has voted for no other");
  } else if (e.reason == "log_behind") {
    judge.require(!up_to_date(s, *request), kTrue, "the candidate's log is not behind");
  } else {
    judge.require(false, kTrue, "it gives none that there is");
  }
}

}  // namespace verify::spec
