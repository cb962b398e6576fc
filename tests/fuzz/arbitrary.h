// SPDX-License-Identifier: Apache-2.0
// Anything that a server of Raft may be set to, may find on its disk and may be told: near to what
// it knows, so that it is not refused at the door, and now and then far from it.
#pragma once

#include "raft/raft.h"
#include "tests/fuzz/fuzz.h"

namespace fuzz {

// Settings that Raft's constructor takes, with limits small enough to be met.
raft::Settings arbitrary_settings(Input& in);

// What a disk may hold after any crash of a correct server.
raft::Restored arbitrary_disk(Input& in);

// Whatever decodes, and more: what its fields say need not make sense. `raft` is whom it is for.
raft::Message arbitrary_message(Input& in, const raft::Raft& raft);

// The chunks of one snapshot as a leader sends them, in order: it may fit what `raft` has, or not.
std::vector<raft::Message> arbitrary_snapshot(Input& in, const raft::Raft& raft);

// An answer to this message such as a correct server could give.
raft::Message fitting_answer(Input& in, const raft::Message& message);

raft::Command arbitrary_command(Input& in);
// Up to four of the nodes 0 to 7, in any order, some twice.
std::vector<raft::NodeId> arbitrary_nodes(Input& in);

}  // namespace fuzz
