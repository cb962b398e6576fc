// SPDX-License-Identifier: Apache-2.0
// The cluster: its nodes, its first members and what each node is set to.
#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/language.h"
#include "orchestrator/scenario/values.h"

namespace scenario {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const std::vector<Name<Profile>> kProfiles = {{"default", Profile::default_profile},
                                              {"figure2", Profile::figure2}};

const std::vector<Name<raft::Reads>> kReads = {{"log", raft::Reads::log},
                                               {"read_index", raft::Reads::read_index},
                                               {"lease", raft::Reads::lease}};

// What no node breaks by: a message stays far below the longest frame, a window holds something.
constexpr std::uint64_t kMostMessageBytes = 16 << 20;
constexpr std::uint64_t kMostBytes = 1 << 30;
constexpr std::uint64_t kMostMessages = 100'000;

// One duration for both ends, or {min, max}.
Value election_timeout(raft::Settings& s) {
  const auto range = map("election_timeout", [&s](Form& f) {
    f.required("min", duration(s.election_timeout_min, milliseconds(1), hours(1)));
    f.required("max", duration(s.election_timeout_max, milliseconds(1), hours(1)));
    f.check(
        s.election_timeout_min <= s.election_timeout_max, {"min", "max"},
        fmt::format("election_timeout: min {} is more than max {}",
                    duration_text(s.election_timeout_min), duration_text(s.election_timeout_max)));
  });
  const auto single = duration(s.election_timeout_min, milliseconds(1), hours(1));
  Value value{.expected = single.expected + ", or {min, max} of such"};
  value.read = [&s, range, single](const YamlNode& node, Reading& reading) {
    if (node.kind == YamlNode::Kind::map) return range.read(node, reading);
    single.read(node, reading);
    s.election_timeout_max = s.election_timeout_min;
  };
  value.write = [&s, range, single] {
    return s.election_timeout_min == s.election_timeout_max ? single.write() : range.write();
  };
  return value;
}

void timer_fields(Form& f, raft::Settings& s) {
  f.optional("election_timeout", election_timeout(s));
  f.optional("heartbeat_interval", duration(s.heartbeat_interval, milliseconds(1), hours(1)));
  f.check(s.heartbeat_interval < s.election_timeout_min, {"heartbeat_interval", "election_timeout"},
          fmt::format("heartbeat_interval {} is not less than election_timeout {}: followers would "
                      "never hear from a leader in time",
                      duration_text(s.heartbeat_interval), duration_text(s.election_timeout_min)));
}

void extension_fields(Form& f, raft::Settings& s) {
  using raft::Reads;
  f.optional("noop_on_election", flag(s.noop_on_election));
  f.optional("pre_vote", flag(s.pre_vote));
  f.optional("check_quorum", flag(s.check_quorum));
  f.optional("leader_stickiness", flag(s.leader_stickiness));
  f.optional("reads", word(s.reads, kReads));
  // Written where it means something, as it is only read there.
  if (!f.writing() || s.reads == Reads::lease) {
    f.optional("max_clock_drift", number(s.max_clock_drift_percent, 0, 99));
  }
  f.check(s.reads == Reads::log || s.noop_on_election, {"reads", "noop_on_election"},
          fmt::format("reads: {} needs noop_on_election: a new leader has to commit an entry of "
                      "its own first; say reads: log",
                      raft::name_of(s.reads)));
  f.check(s.reads != Reads::lease || s.leader_stickiness, {"reads", "leader_stickiness"},
          "reads: lease needs leader_stickiness: else those who answered the leader may elect "
          "another at once; say reads: read_index");
  f.check(s.reads == Reads::lease || !f.has("max_clock_drift"), {"max_clock_drift"},
          "max_clock_drift is for reads: lease; nothing else trusts clocks");
}

void limit_fields(Form& f, NodeSettings& s) {
  f.optional("snapshot_threshold", number(s.snapshot_threshold, 0, kMostNumber));
  f.optional("trailing_entries", number(s.raft.trailing_entries, 0, kMostNumber));
  f.optional("snapshot_chunk_bytes", number(s.raft.snapshot_chunk_bytes, 1, kMostMessageBytes));
  f.optional("max_snapshot_bytes", number(s.raft.max_snapshot_bytes, 1, kMostBytes));
  f.optional("max_append_entries", number(s.raft.max_append_entries, 1, kMostMessages));
  f.optional("max_append_bytes", number(s.raft.max_append_bytes, 1, kMostMessageBytes));
  f.optional("max_in_flight", number(s.raft.max_in_flight, 1, kMostMessages));
  f.optional("max_in_flight_bytes", number(s.raft.max_in_flight_bytes, 1, kMostBytes));
  f.optional("max_uncommitted_bytes", number(s.raft.max_uncommitted_bytes, 1, kMostBytes));
}

void settings_fields(Form& f, NodeSettings& s) {
  timer_fields(f, s.raft);
  extension_fields(f, s.raft);
  limit_fields(f, s);
}

// {n1: {...}, n3: {...}}: each node's settings start from the cluster's.
Value node_settings(ClusterSpec& c) {
  Value value{.expected = "a map from nodes to the settings above"};
  value.read = [&c](const YamlNode& node, Reading& reading) {
    if (node.kind != YamlNode::Kind::map)
      return reading.refuse(node, "a map from nodes to settings");
    for (const YamlNode& entry : node.children) {
      raft::NodeId id;
      const YamlNode key{.kind = YamlNode::Kind::scalar, .at = entry.key_at, .text = entry.key};
      scenario::node(id).read(key, reading);
      NodeSettings settings = c.settings;
      map(entry.key, [&settings](Form& f) { settings_fields(f, settings); }).read(entry, reading);
      c.node_settings.insert_or_assign(id, settings);
    }
  };
  value.write = [&c]() -> std::optional<YamlNode> {
    if (c.node_settings.empty()) return std::nullopt;
    YamlNode nodes{.kind = YamlNode::Kind::map};
    for (auto& [id, settings] : c.node_settings) {
      raft::NodeId copy = id;
      const Value inside = map("node", [&s = settings](Form& f) { settings_fields(f, s); });
      nodes.children.push_back(*inside.write());
      nodes.children.back().key = scenario::node(copy).write()->text;
    }
    return nodes;
  };
  return value;
}

// A lease lasts no longer than the leader's shortest election timeout, and rests on every other
// node keeping still for as long: after a restart too, which only those do that know of leases.
bool leases_are_kept(const ClusterSpec& c) {
  std::vector<const raft::Settings*> all;
  for (raft::NodeId node{1}; node.value <= c.nodes; ++node)
    all.push_back(&settings_of(c, node).raft);
  raft::Duration longest{};
  for (const raft::Settings* s : all) {
    if (s->reads == raft::Reads::lease) longest = std::max(longest, s->election_timeout_min);
  }
  return c.node_settings.empty() || longest == raft::Duration{} ||
         std::all_of(all.begin(), all.end(), [longest](const raft::Settings* s) {
           return s->reads == raft::Reads::lease && s->leader_stickiness &&
                  s->election_timeout_min >= longest;
         });
}

void member_fields(Form& f, ClusterSpec& c) {
  f.optional("voters", nodes(c.voters));
  f.optional("learners", nodes(c.learners));
  const bool twice = std::find_first_of(c.voters.begin(), c.voters.end(), c.learners.begin(),
                                        c.learners.end()) != c.voters.end();
  f.check(!twice, {"learners", "voters"}, "a node is a voter and a learner");
  f.check(!first_configuration(c).voters.empty(), {"learners"},
          "all nodes are learners, and somebody has to vote");
}

}  // namespace

Value cluster_value(ClusterSpec& c) {
  return map("cluster", [&c](Form& f) {
    Reading* reading = f.reading();
    const std::size_t errors = reading == nullptr ? 0 : reading->errors.size();
    f.optional("nodes", number(c.nodes, 1, kMaxNodes));
    if (reading != nullptr && reading->errors.size() == errors) reading->nodes = c.nodes;
    member_fields(f, c);
    f.optional("profile", word(c.profile, kProfiles));
    if (reading != nullptr) {
      c.settings = settings_of(c.profile);
      c.max_sessions = c.profile == Profile::figure2 ? 0 : kMaxSessions;
    }
    f.optional("max_sessions", number(c.max_sessions, 0, kMostNumber));
    settings_fields(f, c.settings);
    f.optional("node_settings", node_settings(c));
    f.check(
        leases_are_kept(c), {"node_settings"},
        "reads: lease is for all nodes or for none; each needs leader_stickiness, and no node a "
        "shorter election_timeout than another");
  });
}

}  // namespace scenario
