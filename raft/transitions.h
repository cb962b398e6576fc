// SPDX-License-Identifier: Apache-2.0
// The transitions that a step took, bare: what was decided and what justified it. The caller adds
// which message caused the step. They are decisions; that they are durable is said by the writes
// that follow.
#pragma once

#include <variant>

#include "raft/types.h"

namespace raft {

// The election timer ran out in this term and role.
struct TimedOut {
  Term term;
  Role role = Role::follower;
};

// "If RPC request or response contains term T > currentTerm: set currentTerm = T", or a candidate's
// increment.
struct TermAdvanced {
  Term before;
  Term after;
};

struct RoleChanged {
  Role before = Role::follower;
  Role after = Role::follower;
  Term term;
  std::vector<NodeId> votes;  // to leader: who elected it, itself included
  Index last_log_index;       // of its log as it takes the role
  Term last_log_term;
};

struct VoteGranted {
  NodeId candidate;
  Term term;
};

struct VoteDenied {
  enum class Reason : std::uint8_t { old_term, voted_for_other, log_behind };
  NodeId candidate;
  Term term;  // the request's
  Reason reason = Reason::old_term;
};

struct EntriesAppended {
  Index first;
  Index last;
};

// The entries `first` to `last` conflicted with the leader's and were deleted, with all between
// them.
struct LogTruncated {
  Index first;
  Index last;
};

struct AppendRejected {
  enum class Reason : std::uint8_t { old_term, log_too_short, term_mismatch };
  NodeId leader;
  Term term;  // the request's
  Index prev_log_index;
  Reason reason = Reason::old_term;
};

// How a leader sends to one follower: probe, one message at a time to find where the logs part, or
// replicate, a window of messages ahead of their acknowledgements.
enum class Replication : std::uint8_t { probe, replicate };

struct ProgressChanged {
  NodeId peer;
  Replication before = Replication::probe;
  Replication after = Replication::probe;
  Index match_index;
  Index next_index;
};

struct Match {
  NodeId node;
  Index index;
};

struct CommitAdvanced {
  Index before;
  Index after;
  std::vector<Match>
      match;  // leader: what justified it, its own durable index included; else empty
};

using Transition =
    std::variant<TimedOut, TermAdvanced, RoleChanged, VoteGranted, VoteDenied, EntriesAppended,
                 LogTruncated, AppendRejected, ProgressChanged, CommitAdvanced>;

const char* name_of(VoteDenied::Reason reason);
const char* name_of(AppendRejected::Reason reason);
const char* name_of(Replication replication);

}  // namespace raft
