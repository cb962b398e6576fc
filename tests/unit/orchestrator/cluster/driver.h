// SPDX-License-Identifier: Apache-2.0
// Drives a cluster by hand, one thing after another, as the tests of both kinds of cluster need it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "orchestrator/cluster/cluster.h"
#include "orchestrator/scenario/scenario.h"

namespace cluster {

// A scenario without steps: so many nodes, and a seed.
scenario::Scenario plain_scenario(unsigned nodes, std::uint64_t seed);

class Driver {
 public:
  Driver(Cluster& cluster, unsigned nodes) : cluster_(cluster), nodes_(nodes) {}

  // Takes what happens until `done`. Throws where that takes too long.
  void until(const char* what, const std::function<bool()>& done);

  // Starts the node and waits until it is ready; it takes part.
  void start(NodeId node);
  void start_all();
  // kill -9, and waits for the news of it.
  void kill(NodeId node);
  // Waits until most of the nodes that run follow one leader, which runs.
  NodeId leader();
  // Has the operation done, whoever leads, trying again as a client does.
  node::OpResult call(const node::Operation& operation);
  // Sends the command and waits for its report.
  proxy::Report command(std::variant<proxy::Change, proxy::AskTotals, proxy::Stop> request);
  // Waits until all nodes run and have applied the same entries.
  void converge();

  std::vector<NodeId> all() const;
  // Of the process that runs the node now; 0 in the simulator.
  pid_t pid(NodeId node) { return static_cast<pid_t>(views_[node].pid); }
  const std::vector<NodeExited>& exits() const { return exits_; }
  bool interrupted() const { return interrupted_ != 0; }

 private:
  struct View {
    bool up = false;
    bool ready = false;
    std::uint32_t incarnation = 0;
    std::int64_t pid = 0;
    node::Status status;
  };

  void take(const Event& event);
  void take(const NodeMessage& message);

  Cluster& cluster_;
  unsigned nodes_;
  std::map<NodeId, View> views_;
  std::map<std::uint64_t, proxy::Report> reports_;
  std::vector<NodeExited> exits_;
  std::optional<node::ClientReply> reply_;
  std::uint64_t request_ = 0;
  std::uint64_t command_ = 0;
  int interrupted_ = 0;
};

// One of three nodes takes a minute for every event, and is to be stopped: it is killed in the end,
// which nobody asked for.
void kills_what_does_not_stop(Cluster& cluster);

// What every cluster must be able to do: elect, commit, lose its leader to kill -9, go on, take the
// killed one back from what it persisted, lose and regain all, agree.
void elects_commits_and_recovers(Cluster& cluster, unsigned nodes);

}  // namespace cluster
