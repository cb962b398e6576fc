// SPDX-License-Identifier: Apache-2.0
// What is known of the cluster now, from what nodes said and what was done to them. Nothing is
// assumed: a node leads because it said so.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "node/protocol.h"
#include "orchestrator/scenario/scenario.h"
#include "proxy/sums.h"

namespace scenario {

struct NodeView {
  bool up = false;     // its process was started and has not ended
  bool ready = false;  // and has said so
  std::uint32_t incarnation = 0;
  std::optional<node::Status> status;  // the last one of this incarnation
  std::optional<node::Status> answer;  // the last one that a status request asked for
  raft::Index applied;                 // the furthest that any incarnation of it said it applied
  std::vector<raft::Time> acknowledgements;  // when its `ok` replies to clients came, in order
};

class View {
 public:
  View(unsigned nodes, raft::Configuration first)
      : nodes_(nodes), configuration_(std::move(first)) {
    for (raft::NodeId node{1}; node.value <= nodes; ++node)
      all_.push_back(node);
  }

  unsigned size() const { return static_cast<unsigned>(nodes_.size()); }
  const NodeView& at(raft::NodeId node) const { return nodes_.at(node.value - 1); }
  const std::vector<raft::NodeId>& all() const { return all_; }

  void started(raft::NodeId node, std::uint32_t incarnation);
  void became_ready(raft::NodeId node);
  void ended(raft::NodeId node);
  // Returns whether it tells of a leader that was not known yet.
  bool heard(const node::Status& status);
  void acknowledged(raft::NodeId node, raft::Time now);
  void answered(node::ClientError error) { ++answered_[error]; }
  // What became of the messages, as the network said last; nothing while it is being asked.
  void network_says(std::optional<proxy::Sums> sums) { network_ = std::move(sums); }

  // The latest configuration that is known to be committed, and where it stands.
  const raft::Configuration& configuration() const { return configuration_; }
  raft::Index configuration_index() const { return configuration_index_; }

  // Nodes that a partition named `id` cuts off from the rest, until it is healed.
  void isolate(const std::string& id, std::vector<raft::NodeId> nodes);
  void heal(const std::string& id);
  bool is_isolated(raft::NodeId node) const;

  // Up and not isolated: the lab's "connected".
  bool is_connected(raft::NodeId node) const { return at(node).up && !is_isolated(node); }
  std::vector<raft::NodeId> connected() const;
  std::vector<raft::NodeId> connected(std::vector<raft::NodeId> among) const;

  // The leader of the highest term among the connected.
  std::optional<raft::NodeId> leader() const;
  // Who was first heard of as a candidate of this term.
  std::optional<raft::NodeId> first_candidate(raft::Term term) const;
  // Who was heard of as leaders, by term.
  const std::map<raft::Term, raft::NodeId>& leaders() const { return leaders_; }
  // Two nodes said that they lead the same term: "at most one leader can be elected in a given
  // term" (Figure 3) is broken.
  const std::optional<std::string>& two_leaders() const { return two_leaders_; }

  unsigned applied_by(raft::Index index) const;  // how many nodes, those down included
  std::size_t acknowledged_since(raft::NodeId node, raft::Time from) const;
  std::uint64_t answered(node::ClientError error) const;  // how many answers to clients
  const std::optional<proxy::Sums>& network() const { return network_; }

 private:
  NodeView& of(raft::NodeId node) { return nodes_.at(node.value - 1); }

  std::vector<NodeView> nodes_;  // by number - 1
  std::vector<raft::NodeId> all_;
  raft::Configuration configuration_;
  raft::Index configuration_index_;
  std::map<std::string, std::vector<raft::NodeId>> isolated_;
  std::map<raft::Term, raft::NodeId> leaders_;
  std::map<raft::Term, raft::NodeId> candidates_;
  std::optional<std::string> two_leaders_;
  std::map<node::ClientError, std::uint64_t> answered_;
  std::optional<proxy::Sums> network_;
};

}  // namespace scenario
