// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/connectivity.h"

#include <algorithm>

namespace verify {

bool Connectivity::take(const FaultEvent& event) {
  if (const auto* ready = std::get_if<NodeReady>(&event.what)) {
    ready_.insert(ready->node);
  } else if (const auto* killed = std::get_if<NodeKilled>(&event.what)) {
    gone(killed->node);
  } else if (const auto* exited = std::get_if<NodeExited>(&event.what)) {
    gone(exited->node);
  } else if (const auto* fault = std::get_if<FaultStarted>(&event.what)) {
    began(*fault);
  } else if (const auto* ended = std::get_if<FaultEnded>(&event.what)) {
    paused_.erase(ended->id);
    cut_.erase(ended->id);
    disturbing_.erase(ended->id);
  } else {
    return false;
  }
  return true;
}

// A pause ends with the process.
void Connectivity::gone(NodeId node) {
  ready_.erase(node);
  for (auto& [id, nodes] : paused_)
    nodes.erase(node);
}

void Connectivity::began(const FaultStarted& fault) {
  if (fault.fault == "kill") return;  // each node's end has a line of its own
  if (fault.fault == "pause") {
    for (const std::string& name : fault.targets) {
      if (const auto node = node::node_from_name(name)) paused_[fault.id].insert(*node);
    }
  } else if (fault.fault == "partition") {
    cut_[fault.id] = {fault.links.begin(), fault.links.end()};
  } else {
    disturbing_.insert(fault.id);
  }
}

bool Connectivity::is_up(NodeId node) const {
  return std::none_of(paused_.begin(), paused_.end(),
                      [&](const auto& fault) { return fault.second.contains(node); });
}

Connectivity::Link Connectivity::link(NodeId a, NodeId b) const {
  const auto is_cut = [&](NodeId from, NodeId to) {
    return std::any_of(cut_.begin(), cut_.end(), [&](const auto& fault) {
      return fault.second.contains({from, to});
    });
  };
  const bool there = is_cut(a, b);
  const bool back = is_cut(b, a);
  if (there && back) return Link::cut;
  return there || back ? Link::half : Link::whole;
}

std::vector<std::vector<NodeId>> Connectivity::undisturbed_groups() const {
  if (!disturbing_.empty()) return {};
  std::vector<std::vector<NodeId>> groups;
  for (const NodeId node : ready_) {
    if (!is_up(node)) continue;
    std::vector<NodeId>* mine = nullptr;
    for (std::vector<NodeId>& group : groups) {
      const auto linked = [&](Link how) {
        return std::count_if(group.begin(), group.end(),
                             [&](NodeId other) { return link(node, other) == how; });
      };
      if (linked(Link::cut) == static_cast<std::ptrdiff_t>(group.size())) continue;
      const bool all = linked(Link::whole) == static_cast<std::ptrdiff_t>(group.size());
      if (!all || mine) return {};
      mine = &group;
    }
    if (mine) {
      mine->push_back(node);
    } else {
      groups.push_back({node});
    }
  }
  return groups;
}

}  // namespace verify
