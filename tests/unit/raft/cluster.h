// SPDX-License-Identifier: Apache-2.0
// A few servers and a network that carries a message at once or never, as the test says.
#pragma once

#include "tests/unit/raft/server.h"

namespace raft::test {

class Cluster {
 public:
  // Server i has `logs[i - 1]`; all of them are in `term`.
  Cluster(std::uint64_t term, const std::vector<Terms>& logs);

  Server& operator[](NodeId node) { return servers_.at(node.value - 1); }

  // `node` starts an election, and those of `among` vote; what it sends as a leader is lost.
  void elect(NodeId node, const std::vector<NodeId>& among);
  // `node`, a leader, takes a command; the index where it was put. What it sends is lost.
  std::uint64_t propose(NodeId node, const std::string& command);
  // `node`, a leader, sends its heartbeats, and those of `among` hear each other until all is said.
  void replicate(NodeId node, const std::vector<NodeId>& among);

 private:
  enum class Carried { votes, all };
  void carry(NodeId from, Output out, const std::vector<NodeId>& among, Carried what);

  std::vector<Server> servers_;
};

}  // namespace raft::test
