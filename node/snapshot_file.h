// SPDX-License-Identifier: Apache-2.0
// The newest snapshot, in a file named "snapshot". It is written under another name, synced and
// renamed into place, so that one is there whole or not at all; a file that is there and not valid
// was damaged.
//
// The file, all numbers little-endian:
//
//   offset size field
//        0    8 magic     "squallsn"
//        8    4 version   1
//       12    4 checksum  CRC-32C of all that follows
//       16    8 index     of the last entry that it stands for
//       24    8 term      of that entry
//       32    4 length    of the configuration's text (raft::encode)
//       36      the configuration, then the application's state to the end of the file
#pragma once

#include <optional>
#include <string_view>

#include "node/file.h"
#include "raft/raft.h"

namespace node {

// What a crash may leave of one that was being written.
inline constexpr std::string_view kNewSnapshotFileName = "snapshot.new";

// Returns once the snapshot is durable and has replaced the one before. Throws DiskError.
void write_snapshot(Directory& directory, const raft::Snapshot& snapshot);

// The snapshot, if there is one. Throws DiskError, or CorruptLog.
std::optional<raft::Snapshot> read_snapshot(Directory& directory);

}  // namespace node
