// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/node_configuration.h"

#include <algorithm>

namespace verify {
namespace {

using Placed = NodeConfiguration::Placed;

// A server that starts from a snapshot knows which configuration was in force there, not where its
// entry stood.
std::shared_ptr<const Placed> based_on(Index snapshot,
                                       const std::shared_ptr<const Placed>& latest) {
  if (!latest || snapshot == Index{}) return latest;
  Placed placed = *latest;
  if (placed.index > snapshot) {
    placed.before = based_on(snapshot, placed.before);
  } else {
    placed.index = snapshot;
    placed.by_snapshot = true;
    placed.before = nullptr;
  }
  return std::make_shared<const Placed>(std::move(placed));
}

}  // namespace

void NodeConfiguration::take(const NodeEvent& event) {
  if (const auto* started = std::get_if<Started>(&event.what)) {
    if (started_) return;
    started_ = true;
    const Placed first{{}, started->first_configuration, false, event.where, nullptr};
    states_.push_back({{}, 0, std::make_shared<const Placed>(first)});
  }
  if (states_.empty()) return;
  if (const auto* appended = std::get_if<EntriesAppended>(&event.what)) {
    log_ends(appended->entries.back().index, appended->entries.back().digest);
  } else if (const auto* truncated = std::get_if<LogTruncated>(&event.what)) {
    log_ends(truncated->first.previous(), std::nullopt);
  } else if (const auto* installed = std::get_if<SnapshotInstalled>(&event.what)) {
    installed_ = installed->last.index;
    log_ends(installed->last.index, installed->last.digest);
  } else if (const auto* change = std::get_if<ConfigChanged>(&event.what)) {
    changed(event, *change);
  } else if (const auto* durable = std::get_if<Persisted>(&event.what)) {
    persisted(*durable);
  } else if (const auto* found = std::get_if<Recovered>(&event.what)) {
    recovered(*found);
  }
}

const NodeConfiguration::Placed* NodeConfiguration::in_force_at(Index index) const {
  const Placed* placed = latest();
  while (placed && placed->index > index)
    placed = placed->before.get();
  return placed;
}

void NodeConfiguration::log_ends(Index last_index, std::optional<std::uint64_t> digest) {
  states_.push_back({last_index, digest, states_.back().latest});
}

// Appended, brought by a snapshot, or left by a truncation: what stands at or after its place is
// not in the log any more, and nothing is of a log that a snapshot has replaced.
void NodeConfiguration::changed(const NodeEvent& event, const ConfigChanged& change) {
  State now = states_.back();
  const bool by_snapshot = change.log_index > Index{} && change.log_index == installed_;
  auto before = by_snapshot ? nullptr : now.latest;
  while (before && before->index >= change.log_index)
    before = before->before;
  now.latest = std::make_shared<const Placed>(
      Placed{change.log_index, change.configuration, by_snapshot, event.where, std::move(before)});
  states_.push_back(std::move(now));
}

void NodeConfiguration::persisted(const Persisted& persisted) {
  const auto found = std::find_if(states_.begin(), states_.end(), [&](const State& s) {
    return s.last_index == persisted.log_index && s.digest == persisted.digest;
  });
  if (found != states_.end()) states_.erase(states_.begin(), found);
}

// The last of those that end alike: it has the configuration that its last entry brought.
void NodeConfiguration::recovered(const Recovered& recovered) {
  if (recovered.snapshot.index < installed_) installed_ = {};
  const auto ends_alike = [&](const State& s) {
    return s.last_index == recovered.last.index && s.digest == recovered.last.digest;
  };
  const auto cut_alike = [&](const State& s) {
    return s.last_index == recovered.last.index && !s.digest;
  };
  auto found = std::find_if(states_.rbegin(), states_.rend(), ends_alike);
  if (found == states_.rend()) found = std::find_if(states_.rbegin(), states_.rend(), cut_alike);
  if (found == states_.rend()) return states_.clear();
  State state = *found;
  state.digest = recovered.last.digest;
  state.latest = based_on(recovered.snapshot.index, state.latest);
  states_.assign(1, std::move(state));
}

void CommittedConfiguration::take(const NodeEvent& event) {
  NodeConfiguration& node = nodes_[event.node];
  node.take(event);
  const NodeConfiguration::Placed* placed = nullptr;
  if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
    placed = node.in_force_at(advanced->commit_index);
  } else if (std::holds_alternative<Started>(event.what)) {
    placed = node.in_force_at(Index{});
  }
  const bool newer = placed && (configuration_.voters.empty() || placed->index > index_);
  if (!newer) return;
  index_ = placed->index;
  configuration_ = placed->configuration;
}

}  // namespace verify
