// SPDX-License-Identifier: Apache-2.0
// commitIndex and lastApplied (Figure 2, section 5.3, 5.4), and reads that are no entries
// (dissertation, 6.4).
#include <algorithm>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kMonotonic =
    "commitIndex (Figure 2): \"index of highest log entry known to be committed "
    "(initialized to 0, increases monotonically)\".";
constexpr const char* kQuorum =
    "Leaders (Figure 2, section 5.3, 5.4): \"If there exists an N such that N > "
    "commitIndex, a majority of matchIndex[i] >= N, and log[N].term == currentTerm: set "
    "commitIndex = N\".";
constexpr const char* kOwnTerm =
    "Committing entries from previous terms (section 5.4.2): \"Only log entries from the "
    "leader's current term are committed by counting replicas\".";
constexpr const char* kMatch =
    "matchIndex (Figure 2): \"index of highest log entry known to be replicated on "
    "server\"; known by a positive acknowledgement only (students' guide), the leader's "
    "own is what is durable (dissertation, 10.2.1).";
constexpr const char* kTold =
    "AppendEntries (Figure 2): \"If leaderCommit > commitIndex, set commitIndex = "
    "min(leaderCommit, index of last new entry)\".";
constexpr const char* kApply =
    "All servers (Figure 2, section 5.3): \"If commitIndex > lastApplied: increment "
    "lastApplied, apply log[lastApplied] to state machine\".";
constexpr const char* kLatest =
    "Membership (section 6): \"Once a given server adds the new configuration entry to its "
    "log, it uses that configuration for all future decisions\".";
constexpr const char* kRead =
    "ReadIndex (as the dissertation, 6.4, reads here): the leader issues a round of "
    "heartbeats and waits for a majority to acknowledge them; then the read waits for the "
    "state machine to advance at least as far as the readIndex.";
constexpr const char* kReadOwnTerm =
    "ReadIndex (dissertation, 6.4): \"If the leader has not yet marked an entry from its "
    "current term committed, it waits until it has done so.\"";

// The highest index that a quorum has, not counting `but`.
Index on_quorum(const Configuration& members, const std::vector<CommitAdvanced::Match>& match,
                NodeId but) {
  Index highest;
  for (const CommitAdvanced::Match& at : match) {
    std::vector<NodeId> have;
    for (const CommitAdvanced::Match& other : match)
      if (other.index >= at.index && other.node != but) have.push_back(other.node);
    if (at.index > highest && is_quorum(members, have)) highest = at.index;
  }
  return highest;
}

// What a leader has counted for a follower, which may have acknowledged that much just now.
void guard_match(Judge& judge, const State& s, const CommitAdvanced::Match& match,
                 std::optional<Index> acknowledges) {
  if (acknowledges) {
    judge.require(match.index >= *acknowledges, kMatch, "a matchIndex is behind what came");
    judge.require(match.index == *acknowledges || s.leading->reconfigured, kMatch,
                  "what came is less than the matchIndex, and commits nothing");
  }
  const Peer* peer = s.peer(match.node);
  if (peer == nullptr) return;
  judge.require(match.index >= peer->match, kMatch, "a matchIndex went back");
  // A first acknowledgement would have ended the probing.
  const bool exact = !acknowledges && peer->replication == "probe" && !peer->anew;
  judge.require(!exact || match.index == peer->match, kMatch,
                "a matchIndex is of one that has acknowledged nothing");
}

void guard_leaders_commit(Judge& judge, const State& s, const NodeEvent& event,
                          const CommitAdvanced& e) {
  judge.require(e.log_term == s.term, kOwnTerm, "the entry is of an earlier term");
  const std::optional<Index> acknowledges = acknowledged(event.cause);
  judge.require(is<WriteCause>(event.cause) || acknowledges, kQuorum,
                "nothing came that it could have counted");
  const NodeId counted = acknowledges ? std::get<MessageCause>(event.cause).src : s.self;
  std::vector<NodeId> named;
  for (const CommitAdvanced::Match& match : e.match) {
    named.push_back(match.node);
    judge.require(match.index <= s.log.last_index(), kMatch, "a matchIndex is beyond its log");
    if (match.node == s.self) {
      judge.require(match.index <= s.durable.up_to(), kMatch, "its own matchIndex is not durable");
    } else {
      guard_match(judge, s, match, match.node == counted ? acknowledges : std::nullopt);
    }
  }
  const Configuration* members = s.members();
  if (members == nullptr) return;
  std::sort(named.begin(), named.end());
  judge.require(named == members->members(), kMatch, "it counts others than its members");
  const Index agreed = on_quorum(*members, e.match, NodeId{});
  judge.require(agreed >= e.commit_index, kQuorum,
                "who has the entry is no quorum of its configuration");
  judge.require(agreed == e.commit_index, kQuorum, "a quorum has a later entry");
  // Who has what only grows, and by one member at a time.
  const Index before = on_quorum(*members, e.match, counted);
  const bool late =
      before > s.commit && before <= s.log.last_index() && s.log.term_at(before) == s.term;
  judge.require(!late || s.leading->reconfigured, kQuorum,
                "without what came now a quorum had the entry, and it was not committed");
}

void guard_followers_commit(Judge& judge, const State& s, const NodeEvent& event,
                            const CommitAdvanced& e) {
  judge.require(e.match.empty(), kTold, "it counts, and does not lead");
  const auto* append = message_of<AppendEntries>(event.cause);
  const auto* chunk = message_of<InstallSnapshot>(event.cause);
  if (append && append->term == s.term) {
    judge.require(has_entry(s, append->prev_log_index, append->prev_log_term) &&
                      append->last_new() <= s.log.last_index(),
                  kTold, "its log does not have what was sent");
    judge.require(e.commit_index == std::min(append->leader_commit, append->last_new()), kTold,
                  "its leader's message says otherwise");
  } else if (chunk && chunk->term == s.term) {
    judge.require(e.commit_index == chunk->last_included_index &&
                      has_entry(s, chunk->last_included_index, chunk->last_included_term),
                  kTold, "the snapshot stands for something else");
  } else {
    judge.require(false, kTold, "no leader of its term told it");
  }
}

void guard_entry(Judge& judge, const State& s, const AppliedEntry& applied) {
  const Index index = applied.entry.index;
  judge.require(index > s.log.base_index() && index <= s.log.last_index() &&
                    s.log.term_at(index) == applied.entry.term &&
                    s.log.digest_at(index) == applied.entry.digest,
                kApply, "this is not what stands in its log");
  const auto* placed = s.configuration.in_force_at(index);
  if (placed == nullptr || placed->by_snapshot) return;
  const bool used = placed->index == index;
  judge.require(used == (applied.kind == "configuration"), kLatest,
                "a configuration is applied that it did not use, or the other way round");
}

// What makes a leader sure that it still leads; a reply of any sort is from one that follows it.
bool is_confirmed(const State& s, const Cause& cause) {
  if (const auto* reply = message_of<AppendEntriesReply>(cause)) return reply->asked_in == s.term;
  if (const auto* reply = message_of<InstallSnapshotReply>(cause)) return reply->asked_in == s.term;
  if (s.is_quorum_alone() || s.leading->reconfigured) return true;
  const bool now = is<RequestCause>(cause) || is<TimerCause>(cause);
  return now && s.protocol->reads == Protocol::Reads::lease;
}

void guard_own_grant(Judge& judge, const State& s, const NodeEvent& event, const ReadServed& e) {
  judge.require(is_confirmed(s, event.cause), kRead, "nobody confirmed that it still leads");
  const auto* received = std::get_if<MessageCause>(&event.cause);
  judge.require(!received || !s.leading->knows_peers || s.peer(received->src), kRead,
                "who confirmed it is no member");
  const auto in_own_term = [&](Index index) {
    return index >= s.log.base_index() && index <= s.log.last_index() &&
           s.log.term_at(index) == s.term;
  };
  judge.require(in_own_term(s.commit), kReadOwnTerm, "nothing of its own term is committed");
  judge.require(e.read_index <= s.commit && in_own_term(e.read_index), kRead,
                "this was not its commit index since");
  judge.require(!is<RequestCause>(event.cause) || e.read_index == s.commit, kRead,
                "this is not its commit index");
}

}  // namespace

void guard(Judge& judge, const State& s, const NodeEvent& event, const CommitAdvanced& e) {
  judge.require(e.from_commit_index == s.commit && e.commit_index > s.commit, kMonotonic,
                "it does not go from its commit index to a higher one");
  const bool there = e.commit_index <= s.log.last_index();
  judge.require(there, kMonotonic, "its log ends before that");
  if (there && e.commit_index >= s.log.base_index()) {
    judge.require(
        e.log_term == s.log.term_at(e.commit_index) && e.digest == s.log.digest_at(e.commit_index),
        kMonotonic, "its log has another entry there");
  }
  if (s.role == Role::leader) return guard_leaders_commit(judge, s, event, e);
  guard_followers_commit(judge, s, event, e);
}

void guard(Judge& judge, const State& s, const NodeEvent&, const Applied& e) {
  judge.require(!s.restoring, kApply, "the snapshot that it installed is not loaded yet");
  judge.require(e.entries.front().entry.index == s.applied.next(), kApply,
                "it does not go on after what it applied last");
  Index before = e.entries.front().entry.index.previous();
  for (const AppliedEntry& applied : e.entries) {
    judge.require(applied.entry.index == before.next(), kApply, "it leaves entries out");
    before = applied.entry.index;
    guard_entry(judge, s, applied);
  }
  judge.require(before <= s.commit && e.commit_index == s.commit, kApply, "it is not committed");
  judge.require(before <= s.durable.up_to(), kApply,
                "it is not durable here, and a crash could take it back");
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const ReadServed& e) {
  judge.require(s.protocol->reads != Protocol::Reads::log, kRead, "its reads are entries");
  judge.require(e.read_index <= e.log_index && e.log_index == s.applied, kRead,
                "its state is not that far, or is another one");
  // It may have been granted before, and waited for the state.
  const bool goes_on = s.going_on && s.going_on->at == event.at;
  if (goes_on && e.read_index > s.going_on->from) return;
  if (const auto* reply = message_of<ReadIndexReply>(event.cause)) {
    judge.require(reply->granted && reply->log_index == e.read_index && reply->asked_in <= s.term,
                  kRead, "the leader did not grant this index");
    return;
  }
  judge.require(s.role == Role::leader, kRead, "no leader granted it");
  if (s.leading) guard_own_grant(judge, s, event, e);
}

}  // namespace verify::spec
