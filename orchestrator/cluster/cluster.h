// SPDX-License-Identifier: Apache-2.0
// The cluster as the rest of the orchestrator sees it: start and kill nodes, talk to them, command
// the network, and wait for what happens next. ProcessCluster has real processes and real time;
// SimulatedCluster has neither. Nothing above this interface knows which of them it runs on.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include "node/protocol.h"
#include "orchestrator/scenario/scenario.h"
#include "proxy/control.h"
#include "raft/types.h"

namespace cluster {

using raft::NodeId;
using raft::Time;

// What happened. A node's messages come in their order; one from an incarnation that was killed may
// still come after the kill, and says which it is from.
struct NodeMessage {
  NodeId node;
  std::uint32_t incarnation = 0;
  node::FromNode message;
};
struct NodeExited {
  NodeId node;
  std::uint32_t incarnation = 0;
  bool expected = false;  // kill() or Stop asked for it
  int exit_code = -1;     // -1: ended by a signal
  int signal = 0;
  std::string reason;  // the last line it wrote to stderr, if it wrote one
};
struct NetworkReport {
  proxy::Report report;
};
struct DeadlineReached {};
struct Interrupted {
  int signal = 0;  // SIGINT or SIGTERM came for the orchestrator
};
using Event = std::variant<NodeMessage, NodeExited, NetworkReport, DeadlineReached, Interrupted>;

// The environment failed, not the system under test: exit code 3. `what()` says what and where.
class HarnessError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Cluster {
 public:
  virtual ~Cluster() = default;

  // Microseconds of the monotonic clock, or of virtual time; and the wall time that belongs to it,
  // since the epoch.
  virtual Time now() const = 0;
  virtual Time wall() const = 0;

  // Starts a node that is down, from whatever it persisted. It reports Ready and then waits for Go.
  virtual void start(NodeId node, std::uint32_t incarnation) = 0;
  // kill -9. NodeExited follows.
  virtual void kill(NodeId node) = 0;
  // Lost without notice where the node is down.
  virtual void send(NodeId node, const node::ToNode& message) = 0;
  // In effect once a report with the command's id came back.
  virtual void command(const proxy::Command& command) = 0;

  // The next thing that happened, waiting for it until `deadline`. Events come in the order of
  // their times.
  virtual Event next(Time deadline) = 0;

  // Ends what is left of the network and the nodes, in order; their evidence is complete
  // afterwards.
  virtual void shut_down() = 0;
};

// Where a run writes what. All folders exist.
struct RunFolder {
  std::filesystem::path root;
  std::filesystem::path node_log(NodeId node) const {
    return root / "nodes" / (node::node_name(node) + ".jsonl");
  }
  std::filesystem::path node_state(NodeId node) const {
    return root / "nodes" / node::node_name(node);
  }
  std::filesystem::path network_log() const { return root / "network.jsonl"; }
};

}  // namespace cluster
