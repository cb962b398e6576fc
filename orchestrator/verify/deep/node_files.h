// SPDX-License-Identifier: Apache-2.0
// What lies on a node's disk when a run is over, read from its files by their description
// (node/wal.h, node/snapshot_file.h) and not by the node's code. Only the arithmetic of checksums
// and of numbers as bytes is shared.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/verify/configuration.h"
#include "orchestrator/verify/log_bytes.h"
#include "raft/types.h"

namespace verify {

struct StoredEntry {
  raft::Term term;
  EntryKind kind = EntryKind::command;
  std::string bytes;  // none of a no-op
};

struct StoredSnapshot {
  raft::Index index;  // of the last entry that it stands for
  raft::Term term;
  std::string configuration;  // its bytes
  std::uint64_t digest = 0;   // chained, up to `index`
  std::string state;          // ReplicatedState's bytes
};

struct NodeFiles {
  raft::Term term;
  raft::NodeId voted_for;
  raft::Index base;  // the log begins after this
  raft::Term base_term;
  std::vector<StoredEntry> entries;  // that of index i stands at i - base - 1
  std::optional<StoredSnapshot> snapshot;
  std::uint64_t records = 0;

  raft::Index last_index() const { return base + entries.size(); }
  const StoredEntry& at(raft::Index index) const { return entries.at(index - base - 1); }
};

// What a crash cut short at the log's end is passed over. A node that has no files yet has none:
// everything is 0 then. `problem` says what is wrong with them, where something is.
NodeFiles read_node_files(const std::filesystem::path& folder, std::string& problem);

}  // namespace verify
