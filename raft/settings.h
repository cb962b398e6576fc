// SPDX-License-Identifier: Apache-2.0
// What one server is set to. As it stands a Settings is the paper's Figure 2: no extension of the
// protocol is on, and reads go through the log. What the figure leaves open is the same in all
// profiles: several AppendEntries on their way and several entries in one (one of each with
// max_in_flight and max_append_entries 1), backtracking by conflicting terms (section 5.3), sending
// while writing. Changes of members, transfers and snapshots happen only where the caller asks.
// `default_profile` turns on the extensions that are safe under any network and any clock.
#pragma once

#include "raft/configuration.h"
#include "raft/types.h"

namespace raft {

// How reads that do not go through the log are served (dissertation, 6.4).
enum class Reads : std::uint8_t {
  log,         // none are: each read is an entry
  read_index,  // a quorum confirms, read by read, that the leader still leads
  lease,       // the leader trusts the clocks for a while after a quorum answered; see
               // max_clock_drift_percent
};

struct Settings {
  NodeId self = {};
  Configuration first_configuration = {};  // index 0's; later ones are in the log

  // Each election timeout is drawn uniformly from [min, max].
  Duration election_timeout_min{150'000};
  Duration election_timeout_max{300'000};
  Duration heartbeat_interval{50'000};

  // A leader appends a no-op at the start of its term (section 8). Figure 2 has none, and an
  // application that counts log indexes, as the lab's tests do, wants none. Off, reads must go
  // through the log.
  bool noop_on_election = false;
  // Before it starts a term, a server asks whether it would be elected (dissertation, 9.6): by a
  // voter that has not heard from a current leader within election_timeout_min.
  bool pre_vote = false;
  // A leader that hears from no quorum for election_timeout_max steps down (dissertation, 6.2).
  bool check_quorum = false;
  // No vote within election_timeout_min of hearing from a current leader (dissertation, 4.2.3),
  // save for the leader itself that was deposed, and for an election that the leader asked for.
  bool leader_stickiness = false;

  Reads reads = Reads::log;
  // lease, on all members or on none: needs leader_stickiness, since what a lease rests on is that
  // those who answered vote for nobody else; and no clock of a member runs faster or slower than
  // another by more than this. A wrong bound makes stale reads.
  unsigned max_clock_drift_percent = 10;

  // Limits.
  std::size_t max_append_entries = 256;  // entries in one AppendEntries
  std::size_t max_append_bytes = 1
                                 << 20;  // bytes of commands in one, unless a single one is larger
  std::size_t max_in_flight = 16;        // unanswered AppendEntries with entries to one follower
  std::size_t max_in_flight_bytes =
      4 << 20;  // and their commands' bytes, unless one message has more
  std::size_t max_uncommitted_bytes =
      64 << 20;  // of the log's commands; beyond, proposals are refused
  std::size_t snapshot_chunk_bytes = 64 << 10;
  std::size_t max_snapshot_bytes = 1 << 30;  // a larger one is refused as impossible
  std::uint64_t trailing_entries =
      1000;  // kept in the log behind a snapshot, for followers that are near

  friend bool operator==(const Settings&, const Settings&) = default;
};

// Why no server can be set up so, in a few words; null where one can.
const char* why_invalid(const Settings& settings);

// The same with no-op, PreVote, CheckQuorum, leader stickiness and ReadIndex.
Settings default_profile(Settings settings);

const char* name_of(Reads reads);

}  // namespace raft
