// SPDX-License-Identifier: Apache-2.0
// The transitions that a step took, bare: what was decided and what justified it. The caller adds
// which message caused the step. They are decisions; that they are durable is said by the writes
// that follow.
#pragma once

#include <variant>

#include "raft/configuration.h"
#include "raft/types.h"

namespace raft {

// The election timer of a server that may campaign ran out in this term and role.
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
  enum class Reason : std::uint8_t {
    election_timeout,
    votes,           // a quorum gave its (pre-)vote
    newer_term,      // a message of a newer term came
    current_leader,  // this term has a leader
    quorum_silent,   // a leader heard from no quorum for an election timeout (CheckQuorum)
    removed,         // a leader that is no voter of the committed configuration
    transfer,        // the leader asked for this candidacy
  };
  Role before = Role::follower;
  Role after = Role::follower;
  Reason reason = Reason::election_timeout;
  Term term;
  std::vector<NodeId> votes;  // to candidate and leader: the voters that gave them, itself included
  Index last_log_index;       // of its log as it takes the role
  Term last_log_term;
};

struct VoteGranted {
  NodeId candidate;
  Term term;
  bool pre_vote = false;  // promises nothing
};

struct VoteDenied {
  enum class Reason : std::uint8_t { old_term, voted_for_other, log_behind, leader_alive };
  NodeId candidate;
  Term term;  // the request's
  Reason reason = Reason::old_term;
  bool pre_vote = false;
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

// How a leader sends to one follower: probe, one message at a time to find where the logs part;
// replicate, a window of messages ahead of their acknowledgements; snapshot, chunk by chunk, where
// what it needs was compacted away.
enum class Replication : std::uint8_t { probe, replicate, snapshot };

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

// The latest configuration of the log is another one now: appended, or rolled back by a truncation.
struct ConfigurationChanged {
  Index index;  // where it stands; 0 for the first one
  Configuration configuration;
};

// A leadership transfer began or ended.
struct TransferChanged {
  enum class Phase : std::uint8_t { started, sent_timeout_now, deadline_passed };
  NodeId target;
  Phase phase = Phase::started;
};

// Its state up to `index` stands in a snapshot, of its own making or received.
struct SnapshotTaken {
  Index index;
  Term term;
};
struct SnapshotInstalled {
  NodeId leader;
  Index index;
  Term term;
};

using Transition =
    std::variant<TimedOut, TermAdvanced, RoleChanged, VoteGranted, VoteDenied, EntriesAppended,
                 LogTruncated, AppendRejected, ProgressChanged, CommitAdvanced,
                 ConfigurationChanged, TransferChanged, SnapshotTaken, SnapshotInstalled>;

const char* name_of(RoleChanged::Reason reason);
const char* name_of(VoteDenied::Reason reason);
const char* name_of(AppendRejected::Reason reason);
const char* name_of(Replication replication);
const char* name_of(TransferChanged::Phase phase);

}  // namespace raft
