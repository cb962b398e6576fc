// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/suggest.h"

#include <algorithm>

#include <fmt/format.h>

namespace scenario {
namespace {

struct Foreign {
  std::string_view theirs, ours;
};

// Words of Chaos Mesh, tc-netem, toxiproxy, Jepsen, k6, the labs and of everyday speech.
constexpr Foreign kForeign[] = {
    {"action", "fault"},
    {"type", "fault"},
    {"toxic", "fault"},
    {"nemesis", "fault"},
    {"inject", "fault"},
    {"wait", "wait_for"},
    {"wait_until", "wait_for"},
    {"assert", "expect"},
    {"check", "expect"},
    {"one", "agree"},
    {"submit", "start"},
    {"pause", "sleep"},
    {"suspend", "sleep"},
    {"loop", "repeat"},
    {"join", "add"},
    {"add_node", "add"},
    {"add_voter", "add"},
    {"add_server", "add"},
    {"leave", "remove"},
    {"evict", "remove"},
    {"remove_node", "remove"},
    {"remove_server", "remove"},
    {"step_down", "transfer"},
    {"transfer_leader", "transfer"},
    {"transfer_leadership", "transfer"},
    {"move_leader", "transfer"},
    {"recover", "heal"},
    {"reconnect", "heal"},
    {"resume", "restart"},
    {"from", "src"},
    {"source", "src"},
    {"to", "dst"},
    {"dest", "dst"},
    {"destination", "dst"},
    {"target", "isolate"},
    {"target", "dst"},
    {"target", "to"},
    {"instead_of", "replacing"},
    {"node", "target"},
    {"nodes", "target"},
    {"selector", "target"},
    {"mode", "target"},
    {"deadline", "duration"},
    {"deadline", "timeout"},
    {"loss", "percent"},
    {"probability", "percent"},
    {"toxicity", "percent"},
    {"rate", "percent"},
    {"delay", "latency"},
    {"variance", "jitter"},
    {"message_types", "messages"},
    {"count", "times"},
    {"times", "count"},
    {"times", "at_most"},
    {"index", "log_index"},
    {"term_number", "term"},
    {"members", "voters"},
    {"members", "nodes"},
    {"servers", "nodes"},
    {"size", "nodes"},
    {"heartbeat", "heartbeat_interval"},
    {"heartbeat_timeout", "heartbeat_interval"},
    {"noop", "noop_on_election"},
    {"prevote", "pre_vote"},
    {"sticky_leader", "leader_stickiness"},
    {"read_only_option", "reads"},
    {"lease_based", "lease"},
    {"readindex", "read_index"},
    {"clock_drift_bound", "max_clock_drift"},
    {"snapshot_count", "snapshot_threshold"},
    {"snapshot_entries", "snapshot_threshold"},
    {"snapshot_catchup_entries", "trailing_entries"},
    {"trailing_logs", "trailing_entries"},
    {"trailing", "trailing_entries"},
    {"max_size_per_msg", "max_append_bytes"},
    {"max_inflight_msgs", "max_in_flight"},
    {"max_inflight_bytes", "max_in_flight_bytes"},
    {"max_uncommitted_size", "max_uncommitted_bytes"},
    {"peers", "voters"},
    {"initial_cluster", "voters"},
    {"observer", "learner"},
    {"observers", "learners"},
    {"non_voters", "learners"},
    {"nonvoters", "learners"},
    {"concurrency", "clients"},
    {"value_bytes", "value_size"},
    {"settle", "finish"},
    {"final", "finish"},
    {"timeout", "time_limit"},
    {"time-limit", "time_limit"},
    {"deadline", "time_limit"},
    {"invariants", "checks"},
    {"thresholds", "checks"},
    {"scenario", "steps"},
    {"network_partition", "partition"},
    {"netsplit", "partition"},
    {"cut", "partition"},
    {"disconnect", "partition"},
    {"drop", "loss"},
    {"crash", "kill"},
    {"sigkill", "kill"},
    {"pod-kill", "kill"},
    {"latency", "delay"},
    {"write", "put"},
    {"get", "read"},
    {"any", "one"},
    {"primary", "leader"},
    {"primaries", "leader"},
    {"gaussian", "normal"},
    {"ingress", "to"},
    {"egress", "from"},
};

// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongest = 64;  // nothing of ours is longer
  if (word.size() > kLongest) return {};
  for (const Foreign& foreign : kForeign) {
    if (foreign.theirs == word && contains(candidates, foreign.ours)) return foreign.ours;
  }
  std::string_view best;
  std::size_t best_distance = kLongest;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    const std::size_t longer = std::max(word.size(), candidate.size());
    const bool near = d <= std::max<std::size_t>(1, longer / 3) && d < candidate.size();
    if (near && d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view meant = nearest(word, candidates);
  return meant.empty() ? std::string() : fmt::format("; did you mean '{}'?", meant);
}

}  // namespace scenario
