// SPDX-License-Identifier: Apache-2.0
// The write-ahead log: all that Raft persists ("currentTerm, votedFor, log[]", Figure 2), as the
// writes it asked for, one after another, in one file named "wal". What Raft holds is what these
// writes, carried out in their order, leave.
//
// The file, all numbers little-endian:
//
//   offset size field
//        0    8 magic     "squallwl"
//        8    4 version   1
//       12    4 checksum  CRC-32C of the 12 bytes before
//       16      records, each at a multiple of 8, then zeros to the end of the file
//
// A record is one raft::Write. It is there as a whole or not at all, so term and vote change
// together, and a step of Raft is one step on disk too:
//
//        0    4 checksum  CRC-32C of all that follows, padding included
//        4    4 length    of the body in bytes; 1 to kMaxBody
//        8    8 position  the offset of this record in the file
//       16    8 durable   the file up to this offset was synced before this record was written
//       24      body, then zeros up to a multiple of 8
//
// The body has these parts, as far as `contents` says that they are there:
//
//             1 contents  1 hard state + 2 truncation + 4 entries + 8 base
//   hard state:
//             8 term
//             8 voted_for     0: nobody
//   base:                 the log begins after this place from now on (section 7)
//             8 index
//             8 term
//             1 discard_log   1: all entries are gone, 0: those up to index
//   truncation:
//             8 truncate_from
//   entries:
//             8 first_index   one more than the last index so far
//             4 count
//               and for each
//             8 term
//             1 kind          0 command, 1 no-op, 2 configuration
//             4 length        of the command; neither for a no-op
//               command
//
// Where the log ends. The file grows in steps of zeros that are allocated ahead, so that a sync
// seldom has to write a new size as well; a length of 0 is therefore the end. A record that is not
// valid (length, position or checksum) ends the log too: a crash cuts a write anywhere, and after a
// power failure any page of it may be missing, but only of what was not synced. `durable` tells
// this from damage: if a valid record further on says that this place was synced before it was
// written, then a promise was lost, and recovery refuses the file. Damage to the last synced batch
// is taken for a torn write, since nothing that was written later bears witness to it.
//
// Compaction. A snapshot (snapshot_file.h) is durable before the record that cuts the log is
// written; a crash between the two leaves a log that the snapshot overlaps, which Raft reconciles
// ("a server could crash between persisting a snapshot and persisting the updated Raft state",
// students' guide). A large file whose log was cut is written anew and renamed into place.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "node/file.h"
#include "raft/raft.h"

namespace node {

// What was once durable can't be read: `offset` in the file, and what is wrong there.
class CorruptLog : public std::runtime_error {
 public:
  CorruptLog(const std::string& file, std::uint64_t offset, const std::string& what);
  std::uint64_t offset() const { return offset_; }

 private:
  std::uint64_t offset_;
};

struct Recovered {
  raft::Restored restored;
  std::uint64_t wal_bytes = 0;   // up to the end of the last record; 0: there is no log yet
  std::uint64_t torn_bytes = 0;  // after it, of writes that a crash cut short
  std::uint64_t records = 0;
};

// Reads the log and changes nothing. Throws DiskError, or CorruptLog.
Recovered recover(Directory& directory);

class Wal {
 public:
  // Goes on after what recover() found in the directory: makes the file if it is not there, cuts
  // off what is torn, and makes what was found durable, so that it may be relied upon. Uses
  // `recovered`'s byte counts only. Throws DiskError, after which the object can't be used, as
  // after one from append() or sync().
  // A file of `rewrite_from` bytes or more is worth writing anew when its log was cut.
  Wal(Directory& directory, const Recovered& recovered, std::uint64_t rewrite_from = 4 << 20);

  // Adds a write to the batch. Nothing of it reaches the disk before sync(); but what was appended
  // before a write with a snapshot does now, since the snapshot must not be there without it.
  void append(const raft::Write& write);
  // Writes the batch with one call, and returns once it is durable.
  void sync();

 private:
  void prepare_file();
  void sync_batch();
  void rewrite();

  Directory& directory_;
  std::unique_ptr<File> file_;
  const std::uint64_t rewrite_from_;
  std::uint64_t end_ = 0;                   // of the last durable record
  std::uint64_t rewritten_size_ = 0;        // where it was when the file was last written anew
  std::uint64_t allocated_ = 0;             // the file's size
  std::string batch_;                       // records to be written at end_
  std::optional<raft::Snapshot> snapshot_;  // of the batch's first write
  bool compacted_ = false;                  // the batch cuts the log's beginning
};

}  // namespace node
