// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "State": what a server remembers. Persistent state is `HardState` (types.h), the
// log, and the snapshot of section 7; the rest here is volatile. What only a leader or a candidate
// has stands inside its role, so that no one else can touch it.
#pragma once

#include <deque>
#include <variant>

#include "raft/log.h"
#include "raft/transitions.h"

namespace raft {

// The state of the application after the entry of `index`, and the configuration as of then.
struct Snapshot {
  Index index;
  Term term;
  Configuration configuration;
  Command data;  // opaque to Raft
};

// "Volatile state on leaders (Reinitialized after election)": one per other member.
struct Progress {
  // A message with entries that is out.
  struct InFlight {
    Index last;
    std::size_t bytes = 0;
  };

  NodeId peer;
  // "index of the next log entry to send to that server": a guess, optimistic, moved back on a
  // refusal.
  Index next_index;
  // "index of highest log entry known to be replicated on server": a measurement, never moved back.
  Index match_index;
  Replication replication = Replication::probe;
  bool awaiting_reply = false;     // probe, snapshot: one message is out and not answered
  std::deque<InFlight> in_flight;  // replicate
  std::size_t in_flight_bytes = 0;
  std::optional<Snapshot> snapshot;  // snapshot: what is being sent
  std::uint64_t snapshot_offset = 0;
  Round chunk_round;    // snapshot: the round in which the chunk at snapshot_offset went out
  Round answered;       // the newest round that it answered
  Time last_contact{};  // when any answer of this term came last
};

// A read that waits for a quorum to confirm that this server still leads (dissertation, 6.4).
struct PendingRead {
  ReadId id;
  NodeId asked_by;  // itself, or the follower that asked
  MessageId asked_with;
  Time deadline{};  // then it fails
};

struct Transfer {
  NodeId target;
  Time deadline{};
  bool sent = false;  // TimeoutNow went out
};

struct Follower {
  NodeId leader;  // whom this term's AppendEntries came from, or nobody yet
};

struct PreCandidate {
  std::vector<NodeId> votes;
};

struct Candidate {
  std::vector<NodeId> votes;
  WriteId own_vote;  // its own vote counts once this write is durable
  bool transfer = false;
};

struct Leader {
  // When a round began.
  struct RoundStart {
    Round round;
    Time at{};
  };

  std::vector<Progress> followers;
  Time heartbeat_due{};
  Time quorum_check_due{};  // its own timer: reads send heartbeats early, and put that one off
  Round round;
  std::deque<RoundStart> rounds;   // lease: those that no quorum has answered, and the newest that
                                   // one has
  std::vector<PendingRead> reads;  // wait for a round of theirs to begin
  std::vector<PendingRead> confirming;  // wait for a quorum to answer read_round
  Round read_round;
  Index read_index;  // the commit index when that round began
  std::optional<Transfer> transfer;
  bool handed_over = false;  // sent TimeoutNow in this term: its lease is void for good
  bool departing = false;    // C_new is committed: those outside it get one last message
};

using RoleState = std::variant<Follower, PreCandidate, Candidate, Leader>;

// How much of the log is durable, safe against entries that are truncated and written again while a
// sync is under way.
class Durability {
 public:
  explicit Durability(Index last_index) : durable_index_(last_index) {}

  // A write was handed out after which the log ends at `last_index`.
  void written(WriteId id, Index last_index) { in_flight_.push_back({id, last_index}); }
  // The log was cut so that `first` and all after it are gone: no earlier write vouches for those
  // indexes any more.
  void truncated(Index first);
  // All writes up to `id` are durable.
  void persisted(WriteId id);

  // "your writes up to here are durable", as told last.
  WriteId durable_write() const { return durable_write_; }
  // The last entry that is certain to survive a crash.
  Index durable_index() const { return durable_index_; }
  // The write that makes the log up to `index` durable; 0 where it is already.
  WriteId write_for(Index index) const;

 private:
  struct Write {
    WriteId id;
    Index last_index;
  };
  std::deque<Write> in_flight_;
  WriteId durable_write_;
  Index durable_index_;
};

}  // namespace raft
