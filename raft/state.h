// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "State": what a server remembers. Persistent state is `HardState` (types.h) and the
// log; the rest here is volatile. What only a leader or a candidate has stands inside its role, so
// that no one else can touch it.
#pragma once

#include <deque>
#include <variant>

#include "raft/log.h"
#include "raft/transitions.h"

namespace raft {

// "Volatile state on leaders (Reinitialized after election)": one per follower.
struct Progress {
  NodeId peer;
  // "index of the next log entry to send to that server": a guess, optimistic, moved back on a
  // refusal.
  Index next_index;
  // "index of highest log entry known to be replicated on server": a measurement, never moved back.
  Index match_index;
  Replication replication = Replication::probe;
  bool probe_in_flight = false;  // probe: one message is out and not answered
  std::deque<Index> in_flight;   // replicate: the last index of each message that is out
};

struct Follower {
  NodeId leader;  // whom this term's AppendEntries came from, or nobody yet
};

struct Candidate {
  std::vector<NodeId> votes;
  WriteId own_vote;  // its own vote counts once this write is durable
};

struct Leader {
  std::vector<Progress> followers;
  Time heartbeat_due{};
};

using RoleState = std::variant<Follower, Candidate, Leader>;

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
