// SPDX-License-Identifier: Apache-2.0
// Which nodes are up and hear one another, by what the orchestrator did to nodes and network.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace verify {

class Connectivity {
 public:
  // False where it changes nothing.
  bool take(const FaultEvent& event);

  // Groups of nodes that run undisturbed: each hears all others of its group and nobody else, both
  // ways. None while a fault is in force that slows or loses something, or lets a message go one
  // way only: then nothing is said of anybody.
  std::vector<std::vector<NodeId>> undisturbed_groups() const;

 private:
  enum class Link : std::uint8_t { cut, half, whole };
  Link link(NodeId a, NodeId b) const;
  bool is_up(NodeId node) const;
  void began(const FaultStarted& fault);
  void gone(NodeId node);

  std::set<NodeId> ready_;
  std::map<std::string, std::set<NodeId>> paused_;                  // by the fault's id
  std::map<std::string, std::set<std::pair<NodeId, NodeId>>> cut_;  // from, to
  std::set<std::string> disturbing_;                                // ids of all other faults
};

}  // namespace verify
