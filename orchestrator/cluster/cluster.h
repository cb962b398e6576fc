// SPDX-License-Identifier: Apache-2.0
// The cluster as the rest of the orchestrator sees it: start and kill nodes, talk to them, command
// the network, and wait for what happens next. ProcessCluster has real processes and real time;
// SimulatedCluster has neither. Nothing above this interface knows which of them it runs on.
#pragma once

#include <string>
#include <variant>

#include "node/protocol.h"
#include "orchestrator/cluster/harness_error.h"
#include "orchestrator/cluster/run_folder.h"
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

// Far more than any end takes of a node that works, on a loaded machine too.
inline constexpr Time kStopPatience = std::chrono::seconds(10);

// Its constructor brings the network up: nodes can be started and rules be given at once. Every
// call may throw HarnessError.
class Cluster {
 public:
  virtual ~Cluster() = default;

  // Microseconds of the monotonic clock, or of virtual time; and the wall time that belongs to it,
  // since the epoch.
  virtual Time now() const = 0;
  virtual Time wall() const = 0;

  // Starts a node that is down, from whatever it persisted, with an incarnation that is larger than
  // its last one. It reports Ready and then waits for Go. It may be started as soon as it was
  // killed: NodeExited of the old incarnation may then come after the call.
  virtual void start(NodeId node, std::uint32_t incarnation) = 0;
  // kill -9. NodeExited follows. Nothing where the node is down. On processes, what was written
  // survives it. Simulated, the node's machine ends with it: of what was not synced, it leaves what
  // a power failure leaves (node/crash_image.h).
  virtual void kill(NodeId node) = 0;
  // From now on the node does nothing, and what comes for it waits (SIGSTOP), until it may go on
  // (SIGCONT) or is killed. Nothing where the node is down.
  virtual void pause(NodeId node) = 0;
  virtual void resume(NodeId node) = 0;
  // Lost without notice where the node is down.
  virtual void send(NodeId node, const node::ToNode& message) = 0;
  // In effect once a report with the command's id came back. The caller's ids are below
  // kFirstOwnCommand. What tells the network of nodes and ends it is the cluster's to say.
  virtual void command(const proxy::Command& command) = 0;

  // The next thing that happened, waiting for it until `deadline`, which is reached before
  // everything that happens later. Events come in the order of their times. What is due at a time
  // that is past already has happened now.
  virtual Event next(Time deadline) = 0;
  // When what `next` returned last happened: now, or earlier, where it waited to be taken.
  virtual Time happened() const = 0;

  // What nodes have written so far stands in their files now.
  virtual void flush() = 0;

  // Ends what is left of the nodes and the network, in order, the paused among them going on for
  // that; their evidence is complete afterwards. A node that has not ended within kStopPatience is
  // killed, an end that nobody asked for: a server that hangs is no better than one that crashes.
  // `next` then has what happened meanwhile.
  virtual void shut_down() = 0;
};

// Commands of the cluster itself have ids from here on.
inline constexpr std::uint64_t kFirstOwnCommand = std::uint64_t{1} << 63;

}  // namespace cluster
