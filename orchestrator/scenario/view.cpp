// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/view.h"

#include <algorithm>

#include <fmt/format.h>

namespace scenario {

void View::started(raft::NodeId node, std::uint32_t incarnation) {
  NodeView& view = of(node);
  view.up = true;
  view.ready = false;
  view.incarnation = incarnation;
  view.status.reset();
  view.answer.reset();
}

void View::became_ready(raft::NodeId node) {
  of(node).ready = true;
}

void View::ended(raft::NodeId node) {
  NodeView& view = of(node);
  view.up = false;
  view.ready = false;
  view.status.reset();
  view.answer.reset();
}

bool View::heard(const node::Status& status) {
  NodeView& view = of(status.node);
  view.applied = std::max(view.applied, status.applied_index);
  if (view.up && view.incarnation == status.incarnation) {
    view.status = status;
    if (status.id != 0) view.answer = status;
  }
  // What is committed stays so: the one that stands furthest is the latest.
  if (status.configuration_index <= status.commit_index &&
      status.configuration_index > configuration_index_) {
    configuration_ = status.configuration;
    configuration_index_ = status.configuration_index;
  }
  if (status.role == raft::Role::follower || status.role == raft::Role::pre_candidate) return false;
  candidates_.emplace(status.term, status.node);
  if (status.role == raft::Role::candidate) return false;
  const auto [known, is_new] = leaders_.emplace(status.term, status.node);
  if (known->second != status.node && !two_leaders_) {
    two_leaders_ = fmt::format("{} and {} both lead term {}", node::node_name(known->second),
                               node::node_name(status.node), status.term.value);
  }
  return is_new;
}

void View::acknowledged(raft::NodeId node, raft::Time now) {
  of(node).acknowledgements.push_back(now);
}

void View::isolate(const std::string& id, std::vector<raft::NodeId> nodes) {
  isolated_[id] = std::move(nodes);
}

void View::heal(const std::string& id) {
  isolated_.erase(id);
}

bool View::is_isolated(raft::NodeId node) const {
  return std::any_of(isolated_.begin(), isolated_.end(), [&](const auto& cut) {
    return std::find(cut.second.begin(), cut.second.end(), node) != cut.second.end();
  });
}

std::vector<raft::NodeId> View::connected() const {
  return connected(all());
}

std::vector<raft::NodeId> View::connected(std::vector<raft::NodeId> among) const {
  std::erase_if(among, [&](raft::NodeId node) { return !is_connected(node); });
  return among;
}

std::optional<raft::NodeId> View::leader() const {
  std::optional<raft::NodeId> found;
  raft::Term term;
  for (raft::NodeId node : connected()) {
    const auto& status = at(node).status;
    if (!status || status->role != raft::Role::leader || (found && status->term < term)) continue;
    found = node;
    term = status->term;
  }
  return found;
}

std::optional<raft::NodeId> View::first_candidate(raft::Term term) const {
  const auto found = candidates_.find(term);
  if (found == candidates_.end()) return std::nullopt;
  return found->second;
}

unsigned View::applied_by(raft::Index index) const {
  return static_cast<unsigned>(std::count_if(
      nodes_.begin(), nodes_.end(), [&](const NodeView& view) { return view.applied >= index; }));
}

std::size_t View::acknowledged_since(raft::NodeId node, raft::Time from) const {
  const std::vector<raft::Time>& times = at(node).acknowledgements;
  return static_cast<std::size_t>(times.end() - std::lower_bound(times.begin(), times.end(), from));
}

std::uint64_t View::answered(node::ClientError error) const {
  const auto found = answered_.find(error);
  return found == answered_.end() ? 0 : found->second;
}

}  // namespace scenario
