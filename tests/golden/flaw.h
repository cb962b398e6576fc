// SPDX-License-Identifier: Apache-2.0
// What Raft builds on, broken on purpose: each shows that an invariant sees what it should, and
// that a failing run is shrunk.
#pragma once

#include "raft/raft.h"

namespace raft::golden {

enum class Flaw {
  none,
  disk_forgets_the_vote,     // after a crash votedFor is null
  disk_forgets_an_entry,     // after a crash the last durable entry is gone
  network_forges_votes,      // a denial arrives as a vote
  network_raises_acks,       // an acknowledgement names one entry more than it was sent with
  network_accepts_for_all,   // a refusal arrives as an acknowledgement of all that was asked
  network_swaps_commands,    // an entry's command arrives changed
  network_spoils_snapshots,  // a chunk arrives changed
  network_grants_reads,      // a follower is told to serve what it has
};

// "disk_forgets_the_vote" and the like; throws std::invalid_argument.
Flaw flaw_from(const std::string& text);

// What arrives of a message, and what is found on a disk after a crash.
void tamper(Flaw flaw, Message& message);
void tamper(Flaw flaw, Restored& found);

}  // namespace raft::golden
