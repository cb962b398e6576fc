// SPDX-License-Identifier: Apache-2.0
// AppendEntries on both sides (Figure 2, section 5.3): what goes into a log, what is taken out of
// it, and how far a leader knows that others have it.
#include <algorithm>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kAppendOnly =
    "Leaders (Figure 2, section 5.3): \"If command received from client: append entry to "
    "local log\"; an entry is of its leader's term.";
constexpr const char* kTransferring =
    "Leadership transfer (dissertation, 3.10): \"The prior leader stops accepting new "
    "client requests.\"";
constexpr const char* kAppend =
    "AppendEntries (Figure 2): \"Append any new entries not already in the log\".";
constexpr const char* kPrev =
    "AppendEntries (Figure 2, section 5.3): \"Reply false if log doesn't contain an entry "
    "at prevLogIndex whose term matches prevLogTerm\".";
constexpr const char* kConflict =
    "AppendEntries (Figure 2, section 5.3): \"If an existing entry conflicts with a new "
    "one (same index but different terms), delete the existing entry and all that follow "
    "it\"; only then (students' guide).";
constexpr const char* kCommitted =
    "No server deletes what it knows to be committed (as Leader Completeness, Figure 3, "
    "section 5.4, has it).";
constexpr const char* kTrue =
    "Entries are refused for a reason that holds (docs/evidence.md, append_rejected).";
constexpr const char* kMatch =
    "matchIndex (Figure 2): \"index of highest log entry known to be replicated on server "
    "(initialized to 0, increases monotonically)\"; known by a positive acknowledgement "
    "only, and nextIndex goes back by a refusal (students' guide).";
constexpr const char* kBacktrack =
    "nextIndex (as section 5.3 and the students' guide read here): after a refusal it goes "
    "on behind the leader's last entry of the conflicting term, or where the follower "
    "says.";
constexpr const char* kSnapshot =
    "InstallSnapshot (section 7): a leader sends a snapshot \"when the leader has already "
    "discarded the next log entry that it needs to send to a follower\".";

const AppendEntries* of_this_term(const State& s, const NodeEvent& event) {
  const auto* request = message_of<AppendEntries>(event.cause);
  return request && request->term == s.term ? request : nullptr;
}

void guard_own_entries(Judge& judge, const State& s, const NodeEvent& event,
                       const EntriesAppended& e) {
  for (const LogEntry& entry : e.entries)
    judge.require(entry.term == s.term, kAppendOnly, "it appends an entry of another term");
  if (is<RequestCause>(event.cause)) {
    judge.require(!s.leading || !s.leading->transfer, kTransferring,
                  "it appends what it was asked to while it hands its leadership over");
    return;
  }
  const bool own = follows<RoleChanged>(s, event) || follows<CommitAdvanced>(s, event);
  judge.require(own && e.entries.size() == 1, kAppendOnly,
                "nobody asked for it, and it is neither its first entry nor C_new");
}

void guard_leaders_entries(Judge& judge, const State& s, const NodeEvent& event,
                           const EntriesAppended& e) {
  const AppendEntries* request = of_this_term(s, event);
  judge.require(s.role == Role::follower && request != nullptr, kAppend,
                "no leader of its term sent it entries");
  if (request == nullptr) return;
  judge.require(has_entry(s, request->prev_log_index, request->prev_log_term), kPrev,
                "its log has no such entry");
  const LogEntry& first = e.entries.front();
  judge.require(
      first.index > request->prev_log_index && e.entries.back().index == request->last_new(),
      kAppend, "these are not the last of the entries that were sent");
  judge.require(e.entries.back().term <= request->term, kAppend,
                "an entry is of a later term than its leader's");
  if (!s.conflict) return;
  judge.require(first.index == s.conflict->index && first.term != s.conflict->term, kConflict,
                "the entry that it deleted is no other than the one that was sent");
}

void guard_replicate(Judge& judge, const State& s, const NodeEvent& event, const ProgressChanged& e,
                     bool its_own) {
  const std::optional<Index> match = acknowledged(event.cause);
  judge.require(its_own && match, kMatch, "it has not acknowledged anything");
  if (!match) return;
  judge.require(e.match_index >= *match, kMatch, "it has acknowledged more");
  const Peer* known = s.peer(e.peer);
  if (known == nullptr || known->anew || e.from_replication != "probe") return;
  judge.require(e.match_index == std::max(*match, known->match), kMatch,
                "it has acknowledged less");
}

// Where the leader's log goes on after the term that a refusal names; nothing where that can't be
// told, since what is compacted away may have been of it.
std::optional<Index> goes_on_after(const State& s, const AppendEntriesReply& refusal) {
  if (refusal.conflict_term == Term{}) return refusal.conflict_index;
  Index last = s.log.last_index();
  while (last > s.snapshot && s.log.term_at(last) > refusal.conflict_term)
    last = last.previous();
  if (last > s.snapshot) {
    return s.log.term_at(last) == refusal.conflict_term ? last.next() : refusal.conflict_index;
  }
  return s.snapshot == Index{} ? std::optional(refusal.conflict_index) : std::nullopt;
}

void guard_probe(Judge& judge, const State& s, const NodeEvent& event, const ProgressChanged& e,
                 bool its_own) {
  const auto* appended = message_of<AppendEntriesReply>(event.cause);
  const bool refuses =
      its_own && appended && !appended->success && appended->prev_log_index > e.match_index;
  judge.require(refuses && e.from_replication == "replicate", kMatch,
                "it has not refused anything");
  if (!refuses) return;
  const Index most = appended->prev_log_index;
  const Index least = e.match_index.next();
  judge.require(e.next_index <= most, kMatch, "its nextIndex is not behind what it refused");
  const auto next = goes_on_after(s, *appended);
  judge.require(!next || e.next_index == std::clamp(*next, least, most), kBacktrack,
                "its nextIndex is another one");
}

}  // namespace

std::optional<Index> acknowledged(const Cause& cause) {
  const auto* appended = message_of<AppendEntriesReply>(cause);
  if (appended && appended->success) return appended->match_index;
  const auto* installed = message_of<InstallSnapshotReply>(cause);
  if (installed && installed->installed) return installed->last_included_index;
  return std::nullopt;
}

bool has_entry(const State& s, Index index, Term term) {
  if (index < s.log.base_index()) return true;
  return index <= s.log.last_index() && s.log.term_at(index) == term;
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const EntriesAppended& e) {
  if (s.role == Role::leader) return guard_own_entries(judge, s, event, e);
  guard_leaders_entries(judge, s, event, e);
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const LogTruncated& e) {
  const AppendEntries* request = of_this_term(s, event);
  judge.require(s.role == Role::follower && request != nullptr, kConflict,
                "no leader of its term sent it entries");
  judge.require(e.first > s.commit, kCommitted, "it deletes entries that it knows to be committed");
  if (request == nullptr) return;
  judge.require(has_entry(s, request->prev_log_index, request->prev_log_term), kPrev,
                "its log has no such entry");
  judge.require(e.first > request->prev_log_index && e.first <= request->last_new(), kConflict,
                "no entry was sent for the place from where on it deletes");
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const AppendRejected& e) {
  const auto* request = message_of<AppendEntries>(event.cause);
  const bool fits = request && std::get<MessageCause>(event.cause).src == e.leader &&
                    request->term == e.leader_term && request->prev_log_index == e.prev_log_index;
  judge.require(fits, kTrue, "nobody sent what it refuses");
  if (!fits) return;
  if (e.reason == "old_term") {
    judge.require(request->term < s.term, kTrue, "the request is of no older term");
  } else if (e.reason == "log_too_short") {
    judge.require(request->prev_log_index > s.log.last_index(), kTrue, "its log is long enough");
  } else if (e.reason == "term_mismatch") {
    judge.require(!has_entry(s, request->prev_log_index, request->prev_log_term) &&
                      request->prev_log_index <= s.log.last_index(),
                  kTrue, "its log has that entry");
  } else {
    judge.require(false, kTrue, "it gives none that there is");
  }
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const ProgressChanged& e) {
  judge.require(s.leading.has_value(), kMatch, "it leads nobody");
  if (!s.leading) return;
  const Peer* known = s.peer(e.peer);
  judge.require(known || !s.leading->knows_peers, kMatch, "it is no member");
  if (known) {
    // Who was a member before and is one again may begin anew.
    const bool anew = known->anew && e.from_replication == "probe";
    judge.require(anew || e.from_replication == known->replication, kMatch,
                  "it was sent to otherwise");
    judge.require(e.match_index >= known->match, kMatch, "its matchIndex went back");
  }
  judge.require(e.match_index <= s.log.last_index() && e.next_index > e.match_index, kMatch,
                "its matchIndex is beyond the leader's log or its nextIndex");
  judge.require(e.next_index <= s.log.last_index().next(), kMatch,
                "its nextIndex is beyond the leader's log");
  const auto* received = std::get_if<MessageCause>(&event.cause);
  const bool its_own = received && received->src == e.peer;
  if (e.replication == "replicate") {
    guard_replicate(judge, s, event, e, its_own);
  } else if (e.replication == "probe") {
    guard_probe(judge, s, event, e, its_own);
  } else {
    judge.require(e.replication != e.from_replication && e.next_index <= s.compacted, kSnapshot,
                  "it has the entry that follows");
  }
}

}  // namespace verify::spec
