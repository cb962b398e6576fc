// SPDX-License-Identifier: Apache-2.0
// The RPCs as messages. A reply names what it answers, since nothing else ties it to its request:
// the term it was asked in, and what it needs besides. "term" in a reply is always the replier's
// current term, "for leader (candidate) to update itself".
#pragma once

#include <variant>

#include "raft/configuration.h"
#include "raft/types.h"

namespace raft {

// "Invoked by candidates to gather votes" (section 5.2). The sender is the candidate.
struct RequestVote {
  Term term;              // candidate's term; of a pre-vote: the term it would start
  Index last_log_index;   // index of candidate's last log entry (section 5.4)
  Term last_log_term;     // term of candidate's last log entry (section 5.4)
  bool pre_vote = false;  // asks only whether the vote would be given (dissertation, 9.6)
  bool transfer = false;  // the leader asked for this election (dissertation, 3.10 and 4.2.3)
};

struct RequestVoteReply {
  Term term;
  Term asked_in;  // the request's term: the vote counts in that term only
  bool vote_granted = false;
  bool pre_vote = false;
};

// "Invoked by leader to replicate log entries; also used as heartbeat" (section 5.3). The sender is
// the leader.
struct AppendEntries {
  Term term;                   // leader's term
  Index prev_log_index;        // index of log entry immediately preceding new ones
  Term prev_log_term;          // term of prevLogIndex entry
  std::vector<Entry> entries;  // log entries to store (empty for heartbeat)
  Index leader_commit;         // leader's commitIndex
  Round round;
};

// A refusal carries what lets the leader skip back over a whole term at a time (section 5.3, last
// paragraphs, as the students' guide settles them).
struct AppendEntriesReply {
  Term term;
  Term asked_in;         // the request's term
  Index prev_log_index;  // the request's prevLogIndex
  bool success = false;
  Index match_index;     // on success: prevLogIndex + number of entries in the request
  Index conflict_index;  // on a log conflict: where the leader may go on; see conflict_term
  Term conflict_term;    // the term of the follower's entry at prevLogIndex, 0 where its log ends
                         // before that
  Round round;           // the request's
};

// "Invoked by leader to send chunks of a snapshot to a follower. Leaders always send chunks in
// order." (section 7)
struct InstallSnapshot {
  Term term;  // leader's term
  Index
      last_included_index;  // the snapshot replaces all entries up through and including this index
  Term last_included_term;  // term of lastIncludedIndex
  Configuration configuration;  // the latest as of lastIncludedIndex
  std::uint64_t size = 0;       // of the whole snapshot in bytes
  std::uint64_t offset = 0;     // byte offset where chunk is positioned in the snapshot
  Command data;                 // the chunk, starting at offset; the last one ends at `size`
  Round round;
};

struct InstallSnapshotReply {
  Term term;
  Term asked_in;
  Index last_included_index;      // the request's
  std::uint64_t next_offset = 0;  // the byte wanted next
  bool installed = false;         // all of it is here and durable, or was not needed
  Round round;
};

// The leader's word to its chosen successor: start an election now (dissertation, 3.10).
struct TimeoutNow {
  Term term;
};

// A follower asks the leader up to where it must have applied before it may serve a read
// (dissertation, 6.4).
struct ReadIndex {
  Term term;
  ReadId read;
};

struct ReadIndexReply {
  Term term;
  Term asked_in;
  ReadId read;
  bool granted = false;
  Index index;
};

// No cluster reaches this term or index in its life; what names a larger one, from which there
// would soon be no next, is refused.
inline constexpr std::uint64_t kMostTermOrIndex = std::uint64_t{1} << 62;

using Message =
    std::variant<RequestVote, RequestVoteReply, AppendEntries, AppendEntriesReply, InstallSnapshot,
                 InstallSnapshotReply, TimeoutNow, ReadIndex, ReadIndexReply>;

bool is_reply(const Message& message);
// The term in the message: its sender's current term, but for a pre-vote's.
Term term_of(const Message& message);
// "append_entries", "append_entries_reply", ...; a pre-vote has names of its own.
const char* name_of(const Message& message);

}  // namespace raft
