// SPDX-License-Identifier: Apache-2.0
// Terms and roles (section 5.1, 5.2; Figure 2, box "Rules for Servers"), PreVote (dissertation,
// 9.6), CheckQuorum (6.2) and the candidacy that a leader asks for (3.10).
#include <algorithm>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kTimeout =
    "Followers (Figure 2, section 5.2): \"If election timeout elapses without receiving "
    "AppendEntries RPC from current leader or granting vote to candidate: convert to "
    "candidate\"; candidates: \"If election timeout elapses: start new election\".";
constexpr const char* kMonotonic =
    "currentTerm (Figure 2): \"latest term server has seen (initialized to 0 on first "
    "boot, increases monotonically)\".";
constexpr const char* kOwnTerm =
    "Candidates (Figure 2, section 5.2): \"On conversion to candidate, start election: "
    "Increment currentTerm\".";
constexpr const char* kNewerTerm =
    "All servers (Figure 2, section 5.1): \"If RPC request or response contains term T > "
    "currentTerm: set currentTerm = T, convert to follower\".";
constexpr const char* kPreVote =
    "PreVote (dissertation, 9.6): \"a candidate only increments its term if it first "
    "learns from a majority of the cluster that they would be willing to grant the "
    "candidate their votes (if the candidate's log is sufficiently up-to-date, and the "
    "voters have not received heartbeats from a valid leader for at least a baseline "
    "election timeout)\".";
constexpr const char* kSticky =
    "Leader stickiness (dissertation, 4.2.3): \"if a server receives a RequestVote request "
    "within the minimum election timeout of hearing from a current leader, it does not "
    "update its term or grant its vote\".";
constexpr const char* kVotes =
    "Candidates (Figure 2, section 5.2): \"If votes received from majority of servers: "
    "become leader\"; majorities are those of its configuration (section 6).";
constexpr const char* kDurable =
    "Persistent state (Figure 2): \"Updated on stable storage before responding to RPCs\"; "
    "so is a candidate's own vote before it counts.";
constexpr const char* kStepDown =
    "Who leads or stands becomes a follower for a newer term (section 5.1), a candidate "
    "also for the leader of its term (section 5.2).";
constexpr const char* kCheckQuorum =
    "CheckQuorum (dissertation, 6.2): \"a leader in Raft steps down if an election timeout "
    "elapses without a successful round of heartbeats to a majority of its cluster\".";
constexpr const char* kRemoved =
    "Membership (section 6): \"the leader steps down (returns to follower state) once it "
    "has committed the C_new log entry\"; this is one that it is not part of.";
constexpr const char* kTransfer =
    "Leadership transfer (as the dissertation, 3.10, reads here): the target starts an "
    "election when the leader of its term says TimeoutNow.";
constexpr const char* kState = "State (Figure 2): a server goes on from the state that it has.";

bool has(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

NodeId sender(const NodeEvent& event) {
  const auto* received = std::get_if<MessageCause>(&event.cause);
  return received ? received->src : NodeId{};
}

// A term of its own making: after its own timeout, a quorum of pre-votes or its leader's word.
void guard_own_term(Judge& judge, const State& s, const NodeEvent& event) {
  judge.require(event.term == s.term.next(), kOwnTerm, "the new term is not the next one");
  judge.require(s.role != Role::leader, kOwnTerm, "it leads, and a leader stands for no election");
  if (const auto* word = message_of<TimeoutNow>(event.cause)) {
    judge.require(word->term == s.term && s.may_campaign(), kTransfer,
                  "its leader did not ask for this election, or it is no voter");
    return;
  }
  if (!s.protocol->pre_vote) {
    judge.require(follows<TimedOut>(s, event), kOwnTerm, "its election timer has not run out");
    return;
  }
  const auto* vote = message_of<RequestVoteReply>(event.cause);
  const bool alone = is<TimerCause>(event.cause) && s.is_quorum_alone();
  judge.require(s.role == Role::pre_candidate && (alone || (vote && vote->pre_vote)), kPreVote,
                "nobody told it that it would be elected");
}

void guard_candidate(Judge& judge, const State& s, const NodeEvent& event, const RoleChanged& e) {
  judge.require(follows<TermAdvanced>(s, event) && term_of(event.cause) != s.term, kOwnTerm,
                "it has not started a term of its own");
  if (e.reason == "transfer") {
    judge.require(message_of<TimeoutNow>(event.cause) != nullptr, kTransfer,
                  "its leader did not ask for this election");
  } else if (s.protocol->pre_vote) {
    judge.require(e.reason == "votes" && s.role == Role::pre_candidate, kPreVote,
                  "it has not asked whether it would be elected");
  } else {
    judge.require(e.reason == "election_timeout" && is<TimerCause>(event.cause), kTimeout,
                  "its election timer has not run out");
  }
}

// Who voted: voters all, the sender of the last vote among them, a quorum together.
void guard_votes(Judge& judge, const State& s, const NodeEvent& event, const RoleChanged& e) {
  if (const Configuration* members = s.members()) {
    judge.require(is_quorum(*members, e.votes), kVotes,
                  "its votes are no quorum of its configuration");
    const bool voters_all = std::all_of(e.votes.begin(), e.votes.end(), [&](NodeId node) {
      return has(members->voters, node) || has(members->old_voters, node);
    });
    judge.require(voters_all, kVotes, "it counts a vote of one that is no voter");
  }
  if (const NodeId voter = sender(event); voter != NodeId{}) {
    judge.require(has(e.votes, voter), kVotes, "it counts votes without the one that came");
  } else {
    judge.require(has(e.votes, s.self), kVotes, "no vote came, and its own is not among them");
  }
}

void guard_leader(Judge& judge, const State& s, const NodeEvent& event, const RoleChanged& e) {
  judge.require(s.role == Role::candidate && e.reason == "votes", kVotes,
                "it did not stand for this term");
  const auto* vote = message_of<RequestVoteReply>(event.cause);
  judge.require(is<WriteCause>(event.cause) || (vote && !vote->pre_vote), kVotes,
                "no vote came that could have made it leader");
  guard_votes(judge, s, event, e);
  if (has(e.votes, s.self)) {
    judge.require(s.hard_state.last_durable() == s.hard(), kDurable,
                  "it counts its own vote, which is not durable");
  }
}

void guard_follower(Judge& judge, const State& s, const NodeEvent& event, const RoleChanged& e) {
  const bool stands = s.role == Role::candidate || s.role == Role::pre_candidate;
  if (e.reason == "newer_term") {
    judge.require(follows<TermAdvanced>(s, event) && term_of(event.cause) == s.term, kStepDown,
                  "no newer term came");
  } else if (e.reason == "current_leader") {
    const auto* append = message_of<AppendEntries>(event.cause);
    const auto* chunk = message_of<InstallSnapshot>(event.cause);
    const bool leads = (append && append->term == s.term) || (chunk && chunk->term == s.term);
    judge.require(stands && leads, kStepDown, "no message of this term's leader came to it");
  } else if (e.reason == "quorum_silent") {
    judge.require(s.role == Role::leader && s.protocol->check_quorum && is<TimerCause>(event.cause),
                  kCheckQuorum, "it does not lead, or does not look after its quorum");
  } else if (e.reason == "removed") {
    const auto* latest = s.configuration.latest();
    const bool removed = latest == nullptr || (latest->index <= s.commit && !s.may_campaign());
    judge.require(s.role == Role::leader && removed, kRemoved,
                  "no committed configuration has removed it");
  } else {
    judge.require(false, kStepDown, "nothing makes it a follower");
  }
}

}  // namespace

void guard(Judge& judge, const State& s, const NodeEvent& event, const TimedOut&) {
  judge.require(s.role != Role::leader, kTimeout, "a leader has no election timer");
  judge.require(is<TimerCause>(event.cause), kTimeout, "no time passed in this step");
  judge.require(s.may_campaign(), kTimeout, "it is no voter, and leaves elections to others");
  judge.require(event.clock >= s.timer_since + s.protocol->election_timeout_min, kTimeout,
                "no election timeout has elapsed since its timer was set");
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const TermAdvanced& e) {
  judge.require(e.from_term == s.term && event.term > s.term, kMonotonic,
                "it does not go from its term to a later one");
  if (term_of(event.cause) != event.term) return guard_own_term(judge, s, event);
  const auto* vote = message_of<RequestVote>(event.cause);
  if (vote == nullptr) return;
  judge.require(!vote->pre_vote, kNewerTerm,
                "a pre-vote names a term that has not begun (dissertation, 9.6)");
  const bool stuck =
      s.protocol->leader_stickiness && !vote->transfer && hears_a_leader(s, event, sender(event));
  judge.require(!stuck, kSticky, "it hears from a leader, and follows a candidate's term");
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const RoleChanged& e) {
  judge.require(e.from_role == s.role, kState, "it changes from a role that it does not have");
  const Index last = s.log.last_index();
  judge.require(
      e.log_index == last && e.log_term == s.log.term_at(last) && e.digest == s.log.digest_at(last),
      kState, "its log ends otherwise");
  switch (event.role) {
    case Role::follower:
      return guard_follower(judge, s, event, e);
    case Role::pre_candidate:
      return judge.require(follows<TimedOut>(s, event) && s.protocol->pre_vote, kTimeout,
                           "its election timer has not run out");
    case Role::candidate:
      guard_candidate(judge, s, event, e);
      if (e.reason == "votes") guard_votes(judge, s, event, e);
      return;
    case Role::leader:
      return guard_leader(judge, s, event, e);
  }
}

}  // namespace verify::spec
