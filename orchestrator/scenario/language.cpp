// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/language.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "orchestrator/scenario/suggest.h"
#include "orchestrator/scenario/values.h"
#include "orchestrator/verify/check.h"

namespace scenario {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestDescription = 2000;

const std::vector<Name<Profile>> kProfiles = {{"default", Profile::default_profile},
                                              {"figure2", Profile::figure2}};

// One duration for both ends, or {min, max}.
Value election_timeout(NodeSettings& s) {
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

void settings_fields(Form& f, NodeSettings& s) {
  f.optional("election_timeout", election_timeout(s));
  f.optional("heartbeat_interval", duration(s.heartbeat_interval, milliseconds(1), hours(1)));
  f.optional("noop_on_election", flag(s.noop_on_election));
  f.check(s.heartbeat_interval < s.election_timeout_min, {"heartbeat_interval", "election_timeout"},
          fmt::format("heartbeat_interval {} is not less than election_timeout {}: followers would "
                      "never hear from a leader in time",
                      duration_text(s.heartbeat_interval), duration_text(s.election_timeout_min)));
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

Value cluster_value(ClusterSpec& c) {
  return map("cluster", [&c](Form& f) {
    Reading* reading = f.reading();
    const std::size_t errors = reading == nullptr ? 0 : reading->errors.size();
    f.optional("nodes", number(c.nodes, 1, kMaxNodes));
    if (reading != nullptr && reading->errors.size() == errors) reading->nodes = c.nodes;
    f.optional("profile", word(c.profile, kProfiles));
    if (reading != nullptr) c.settings = settings_of(c.profile);
    settings_fields(f, c.settings);
    f.optional("node_settings", node_settings(c));
  });
}

Value workload_value(WorkloadSpec& w) {
  return map("workload", [&w](Form& f) {
    f.optional("clients", number(w.clients, 1, 1'000));
    f.optional("rate", decimal(w.rate, 0, 1'000'000));
    f.optional("keys", number(w.keys, 1, 1'000'000));
    f.optional("mix", map("mix", [&mix = w.mix](Form& inside) {
                 if (!inside.writing())
                   mix = {0, 0, 0, 0};  // what a given mix does not name is not done
                 inside.optional("read", number(mix.read, 0, 1'000));
                 inside.optional("put", number(mix.put, 0, 1'000));
                 inside.optional("append", number(mix.append, 0, 1'000));
                 inside.optional("cas", number(mix.cas, 0, 1'000));
                 inside.check(mix.read + mix.put + mix.append + mix.cas > 0,
                              {"read", "put", "append", "cas"},
                              "mix: at least one of read, put, append, cas is more than 0");
               }));
    f.optional("value_size", number(w.value_bytes, 0, 1'048'576));
    f.optional("request_timeout", duration(w.request_timeout, milliseconds(1), hours(1)));
    f.optional("give_up_after", duration(w.give_up_after, milliseconds(1), hours(1)));
    f.check(w.request_timeout <= w.give_up_after, {"give_up_after", "request_timeout"},
            fmt::format("give_up_after {} is less than request_timeout {}",
                        duration_text(w.give_up_after), duration_text(w.request_timeout)));
  });
}

Value finish_value(Finish& finish) {
  return map("finish", [&finish](Form& f) {
    f.optional("converge", flag(finish.converge));
    f.optional("timeout", duration(finish.timeout, milliseconds(1), hours(1)));
  });
}

Value check_name(std::string& place) {
  const std::vector<std::string>& all = verify::check_names();
  const std::vector<std::string_view> names(all.begin(), all.end());
  return word(
      names,
      [&place, names] {
        const auto at = std::find(names.begin(), names.end(), place);
        return static_cast<std::size_t>(std::min(at, names.end() - 1) - names.begin());
      },
      [&place, names](std::size_t i) { place = names[i]; });
}

// `all`, which leaves the list empty, or names.
Value checks_value(std::vector<std::string>& checks) {
  const auto names =
      list<std::string>(checks, "checks", [](std::string& name) { return check_name(name); });
  Value value{.expected = "all, or a list of checks"};
  value.read = [&checks, names, expected = value.expected](const YamlNode& node, Reading& reading) {
    if (node.kind == YamlNode::Kind::scalar && node.text == "all") return checks.clear();
    if (node.kind != YamlNode::Kind::sequence) return reading.refuse(node, expected);
    names.read(node, reading);
    for (std::size_t i = 0; i < checks.size(); ++i) {
      if (std::find(checks.begin(), checks.begin() + static_cast<std::ptrdiff_t>(i), checks[i]) !=
              checks.begin() + static_cast<std::ptrdiff_t>(i) &&
          !checks[i].empty()) {
        reading.fail(node.children[i].at, fmt::format("check '{}' a second time", checks[i]));
      }
    }
  };
  value.write = [&checks, names]() -> std::optional<YamlNode> {
    if (!checks.empty()) return names.write();
    return YamlNode{.kind = YamlNode::Kind::scalar, .text = "all"};
  };
  return value;
}

}  // namespace

Value scenario_value(Scenario& s) {
  return map("the scenario", [&s](Form& f) {
    f.required("version", number(s.version, 1, 1));
    f.required("name", text(s.name, kLongestName));
    f.optional("description", text(s.description, kLongestDescription));
    f.optional("tags", list<std::string>(s.tags, "texts",
                                         [](std::string& tag) { return text(tag, kLongestName); }));
    f.optional("seed", number(s.seed, 0, std::numeric_limits<std::uint64_t>::max()));
    if (f.reading() != nullptr && !f.has("cluster")) f.reading()->nodes = s.cluster.nodes;
    f.optional("cluster", cluster_value(s.cluster));
    f.optional("workload", maybe<WorkloadSpec>(s.workload, workload_value));
    f.required("steps", list<Step>(s.steps, "steps", step_value));
    f.optional("finish", finish_value(s.finish));
    f.optional("checks", checks_value(s.checks));
    f.optional("time_limit", duration(s.time_limit, seconds(1), hours(24)));
    f.optional("deliver_stale", flag(s.deliver_stale));
  });
}

std::vector<Word> all_words() {
  Scenario any;
  Listing listing;
  scenario_value(any).list(listing);
  return std::move(listing.words);
}

}  // namespace scenario
