// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "node/protocol.h"

namespace cluster {

// Where a cluster writes what. It makes the folders that it needs in `root`, which exists.
struct RunFolder {
  std::filesystem::path root;

  std::filesystem::path nodes() const { return root / "nodes"; }
  std::filesystem::path node_log(raft::NodeId node) const {
    return nodes() / (node::node_name(node) + ".jsonl");
  }
  std::filesystem::path node_state(raft::NodeId node) const {
    return nodes() / node::node_name(node);
  }
  // What its process wrote to stdout and stderr.
  std::filesystem::path node_output(raft::NodeId node) const {
    return nodes() / (node::node_name(node) + ".stderr");
  }
  std::filesystem::path network_log() const { return root / "network.jsonl"; }
  std::filesystem::path network_output() const { return root / "proxy.stderr"; }
  // What the orchestrator dropped as malformed, and the like; only there if there was something.
  std::filesystem::path cluster_log() const { return root / "cluster.jsonl"; }

  // Throws HarnessError naming the folder.
  void make_nodes() const;
};

}  // namespace cluster
