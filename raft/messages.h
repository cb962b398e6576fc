// SPDX-License-Identifier: Apache-2.0
// The two RPCs of Figure 2 as messages. A reply names what it answers, since nothing else ties it
// to its request: the term it was asked in, and for an append the previous index that was sent.
#pragma once

#include <variant>

#include "raft/types.h"

namespace raft {

// "Invoked by candidates to gather votes" (section 5.2). The sender is the candidate.
struct RequestVote {
  Term term;             // candidate's term
  Index last_log_index;  // index of candidate's last log entry (section 5.4)
  Term last_log_term;    // term of candidate's last log entry (section 5.4)
};

struct RequestVoteReply {
  Term term;      // currentTerm, for candidate to update itself
  Term asked_in;  // the request's term: the vote counts in that term only
  bool vote_granted = false;
};

// "Invoked by leader to replicate log entries; also used as heartbeat" (section 5.3). The sender is
// the leader.
struct AppendEntries {
  Term term;                   // leader's term
  Index prev_log_index;        // index of log entry immediately preceding new ones
  Term prev_log_term;          // term of prevLogIndex entry
  std::vector<Entry> entries;  // log entries to store (empty for heartbeat)
  Index leader_commit;         // leader's commitIndex
};

// A refusal carries what lets the leader skip back over a whole term at a time (section 5.3, last
// paragraphs, as the students' guide settles them).
struct AppendEntriesReply {
  Term term;             // currentTerm, for leader to update itself
  Term asked_in;         // the request's term
  Index prev_log_index;  // the request's prevLogIndex
  bool success = false;
  Index match_index;     // on success: prevLogIndex + number of entries in the request
  Index conflict_index;  // on a log conflict: where the leader may go on; see conflict_term
  Term conflict_term;    // the term of the follower's entry at prevLogIndex, 0 where its log ends
                         // before that
};

using Message = std::variant<RequestVote, RequestVoteReply, AppendEntries, AppendEntriesReply>;

inline bool is_reply(const Message& message) {
  return std::holds_alternative<RequestVoteReply>(message) ||
         std::holds_alternative<AppendEntriesReply>(message);
}

// The sender's current term at the time of sending ("term" is in every RPC and reply of Figure 2).
inline Term term_of(const Message& message) {
  return std::visit([](const auto& m) { return m.term; }, message);
}

const char* name_of(const Message& message);

}  // namespace raft
