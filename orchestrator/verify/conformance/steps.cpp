// SPDX-License-Identifier: Apache-2.0
// What holds for the lines of every step: they follow from the state before and from one another,
// and nothing is done for a message that its term forbids.
#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kTermRule =
    "All servers (Figure 2, section 5.1): \"If RPC request or response contains term T > "
    "currentTerm: set currentTerm = T, convert to follower\".";
constexpr const char* kOldTerm =
    "Terms (section 5.1): \"If a server receives a request with a stale term number, it "
    "rejects the request.\"";
constexpr const char* kReply =
    "Term confusion (of the students' guide): a reply counts only in the term and role "
    "that it was asked in, and from a member.";
constexpr const char* kCurrentLeader =
    "Candidates (Figure 2, section 5.2): \"If AppendEntries RPC received from new leader: "
    "convert to follower\".";
constexpr const char* kWhole =
    "What a rule makes a server do it does in the same step (as Figure 2 reads here).";
constexpr const char* kState =
    "A server goes on from the state that it has (as Figure 2 reads here).";

template <class Event>
bool is(const NodeEvent& event) {
  return std::holds_alternative<Event>(event.what);
}

const char* missing(Due due) {
  switch (due) {
    case Due::nothing:
      break;
    case Due::follow:
      return "it took a newer term and did not become a follower";
    case Due::campaign:
      return "its election timer ran out and it started no election";
    case Due::new_term:
      return "its pre-vote is a quorum and it started no term";
    case Due::candidacy:
      return "it started a term and did not become a candidate";
    case Due::own_vote:
      return "it became a candidate and did not vote for itself";
    case Due::first_entry:
      return "it became leader and did not append its no-op";
    case Due::configuration:
      return "it did not go over to the latest configuration of its log";
    case Due::replacement:
      return "it deleted entries and appended none in their place";
    case Due::c_new:
      return "its C_old,new is committed and it appended no C_new";
    case Due::step_down:
      return "it leads on, and the configuration that it committed is without it";
  }
  return "";
}

bool is_due(const State& s, const NodeEvent& event) {
  if (!s.same_step(event)) return false;
  const auto* granted = std::get_if<VoteGranted>(&event.what);
  switch (s.due) {
    case Due::nothing:
      return true;
    case Due::follow:
      return is<RoleChanged>(event) && event.role == Role::follower;
    case Due::campaign:
      return s.protocol->pre_vote ? is<RoleChanged>(event) && event.role == Role::pre_candidate
                                  : is<TermAdvanced>(event);
    case Due::new_term:
      return is<TermAdvanced>(event);
    case Due::candidacy:
      return is<RoleChanged>(event) && event.role == Role::candidate;
    case Due::own_vote:
      return granted && !granted->pre_vote && granted->candidate == s.self;
    case Due::step_down:
      return is<ProgressChanged>(event) || (is<RoleChanged>(event) && event.role == Role::follower);
    case Due::first_entry:
    case Due::c_new:
    case Due::replacement:
      return is<EntriesAppended>(event);
    case Due::configuration:
      return is<ConfigChanged>(event);
  }
  return false;
}

bool asks_for_pre_vote(const Cause& cause) {
  const auto* vote = message_of<RequestVote>(cause);
  return vote && vote->pre_vote;
}

// The term rule comes before all that is done for the message: first the term, then the role.
void guard_term_of_message(Judge& judge, const NodeEvent& event, Term before) {
  const std::optional<Term> term = term_of(event.cause);
  if (!term || is<Refused>(event)) return;
  const bool stuck_to_leader =
      is<VoteDenied>(event) && std::get<VoteDenied>(event.what).reason == "leader_alive";
  judge.require(*term <= event.term || asks_for_pre_vote(event.cause) || stuck_to_leader, kTermRule,
                "the message is of a newer term, which it did not take on");
  const bool rejects = is<AppendRejected>(event) || is<VoteDenied>(event);
  const auto* vote = message_of<RequestVoteReply>(event.cause);
  const bool pre_vote = vote && vote->pre_vote;  // its term is the voter's, which may be behind
  judge.require(*term >= before || rejects || pre_vote, kOldTerm,
                "the message is of an older term than its own");
}

// A request of this term's leader finds a follower or makes one.
void guard_current_leader(Judge& judge, const State& s, const NodeEvent& event) {
  const auto* append = message_of<AppendEntries>(event.cause);
  const auto* chunk = message_of<InstallSnapshot>(event.cause);
  if ((!append && !chunk) || is<Refused>(event)) return;
  const Term term = append ? append->term : chunk->term;
  if (term != s.term || is<RoleChanged>(event) || is<TermAdvanced>(event)) return;
  judge.require(s.role == Role::follower, kCurrentLeader,
                "the message is from the leader of its term, and it does not follow");
}

void guard_reply(Judge& judge, const State& s, const NodeEvent& event, Term before) {
  const bool steps_down = is<TermAdvanced>(event) || is<RoleChanged>(event);
  if (steps_down && term_of(event.cause) == event.term && event.term > before) return;
  if (is<Refused>(event)) return;
  if (const auto* vote = message_of<RequestVoteReply>(event.cause)) {
    judge.require(vote->asked_in == (vote->pre_vote ? before.next() : before), kReply,
                  "the vote is of another election");
    judge.require(vote->vote_granted, kReply, "the reply gives no vote");
  }
  const auto* appended = message_of<AppendEntriesReply>(event.cause);
  const auto* installed = message_of<InstallSnapshotReply>(event.cause);
  if (!appended && !installed) return;
  const Term asked_in = appended ? appended->asked_in : installed->asked_in;
  judge.require(asked_in == before, kReply, "the reply answers what was sent in another term");
  judge.require(s.role == Role::leader, kReply, "the reply is one to a leader, which it is not");
  const NodeId sender = std::get<MessageCause>(event.cause).src;
  judge.require(!s.leading || !s.leading->knows_peers || s.peer(sender), kReply,
                "who replies is no member");
}

}  // namespace

void guard_step(Judge& judge, const State& s, const NodeEvent& event) {
  if (is<Started>(event)) return;
  if (s.due != Due::nothing) judge.require(is_due(s, event), kWhole, missing(s.due));
  if (!event.before) return;
  judge.require(s.same_step(event) || *event.before == s.hard(), kState,
                "the hard state that the step found is not the one that the node had");
  const Term before = event.before->term;
  guard_term_of_message(judge, event, before);
  guard_current_leader(judge, s, event);
  guard_reply(judge, s, event, before);
}

void guard_outcome(Judge& judge, const State& s, const NodeEvent& event) {
  if (is<Started>(event)) return;
  judge.require(event.role == s.role, kState, "the line has a role that it never took");
  if (is<Persisted>(event)) return;  // its term is the disk's
  judge.require(event.term == s.term, kState, "the line has a term that it never took");
}

void guard(Judge& judge, const State&, const NodeEvent& event, const Refused&) {
  judge.require(verify::is<MessageCause>(event.cause), kState, "it refuses what is no message");
}

void guard(Judge& judge, const State& s, const NodeEvent&, const Stopped& e) {
  judge.require(e.log_index == s.log.last_index() && e.commit_index == s.commit &&
                    e.applied_index == s.applied,
                kState, "it ends with another log, commit index or state than it had");
}

}  // namespace verify::spec
