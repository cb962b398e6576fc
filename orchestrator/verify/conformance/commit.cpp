// SPDX-License-Identifier: Apache-2.0
// commitIndex and lastApplied (Figure 2, section 5.3, 5.4), and reads that are no entries
// (dissertation, 6.4).
#include <algorithm>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kMonotonic =
    "commitIndex (Figure 2): index of highest log entry known to be committed, increases "
    "monotonically.";
constexpr const char* kQuorum =
    "Leaders (Figure 2, section 5.3, 5.4): if there exists an N such that N > commitIndex, a "
    "majority of matchIndex[i] >= N, and log[N].term == currentTerm: set commitIndex = N.";
constexpr const char* kOwnTerm =
    "Committing entries from previous terms (section 5.4.2): only log entries from the leader's "
    "current term are committed by counting replicas.";
constexpr const char* kMatch =
    "matchIndex (Figure 2; students' guide): index of highest log entry known to be replicated on "
    "server; the leader's own is what is durable (dissertation, 10.2.1).";
constexpr const char* kTold =
    "AppendEntries (Figure 2): if leaderCommit > commitIndex, set commitIndex = min(leaderCommit, "
    "index of last new entry).";
constexpr const char* kApply =
    "All servers (Figure 2, section 5.3): if commitIndex > lastApplied: increment lastApplied, "
    "apply log[lastApplied] to state machine.";
constexpr const char* kLatest =
    "Membership (section 6): once a given server adds the new configuration entry to its log, it "
    "uses that configuration for all future decisions.";
constexpr const char* kRead =
    "ReadIndex (dissertation, 6.4): the leader issues a round of heartbeats and waits for a "
    "majority to acknowledge them; then the read waits for the state machine to advance at least "
    "as far as the readIndex.";
constexpr const char* kReadOwnTerm =
    "ReadIndex (dissertation, 6.4): if the leader has not yet marked an entry from its current "
    "term committed, it waits until it has done so.";

void guard_leaders_commit(Judge& judge, const State& s, const NodeEvent& event,
                          const CommitAdvanced& e) {
  judge.require(e.log_term == s.term, kOwnTerm, "the entry is of an earlier term");
  const auto* appended = message_of<AppendEntriesReply>(event.cause);
  const auto* installed = message_of<InstallSnapshotReply>(event.cause);
  const bool counted = is<WriteCause>(event.cause) || (appended && appended->success) ||
                       (installed && installed->installed);
  judge.require(counted, kQuorum, "nothing came that it could have counted");
  std::vector<NodeId> have;
  std::vector<NodeId> named;
  for (const CommitAdvanced::Match& match : e.match) {
    named.push_back(match.node);
    if (match.index >= e.commit_index) have.push_back(match.node);
    judge.require(match.index <= s.log.last_index(), kMatch, "a matchIndex is beyond its log");
    const Peer* peer = s.peer(match.node);
    if (match.node == s.self) {
      judge.require(match.index <= s.durable.up_to(), kMatch, "its own matchIndex is not durable");
    } else if (peer) {
      judge.require(match.index >= peer->match, kMatch, "a matchIndex went back");
    }
  }
  const Configuration* members = s.members();
  if (members == nullptr) return;
  std::sort(named.begin(), named.end());
  judge.require(named == members->members(), kMatch, "it counts others than its members");
  judge.require(is_quorum(*members, have), kQuorum,
                "who has the entry is no quorum of its configuration");
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
  const bool leads = s.role == Role::leader;
  const bool in_own_term = s.commit >= s.log.base_index() && s.log.term_at(s.commit) == s.term;
  if (is<RequestCause>(event.cause) || is<TimerCause>(event.cause)) {
    const bool sure = s.protocol->reads == Protocol::Reads::lease || s.is_quorum_alone();
    judge.require(leads && sure, kRead, "nobody confirmed that it still leads");
    judge.require(in_own_term, kReadOwnTerm, "nothing of its own term is committed");
  } else if (const auto* reply = message_of<ReadIndexReply>(event.cause)) {
    judge.require(reply->granted && reply->log_index == e.read_index, kRead,
                  "the leader did not grant this index");
  } else if (leads && (message_of<AppendEntriesReply>(event.cause) ||
                       message_of<InstallSnapshotReply>(event.cause))) {
    judge.require(in_own_term, kReadOwnTerm, "nothing of its own term is committed");
  }
}

}  // namespace verify::spec
