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

const std::vector<Name<WorkloadSpec::ReadsFrom>> kReadsFrom = {
    {"leader", WorkloadSpec::ReadsFrom::leader}, {"any", WorkloadSpec::ReadsFrom::any}};

// Whether some node takes a get to the log, which only a leader can.
bool reads_are_entries(const ClusterSpec& c) {
  for (raft::NodeId node{1}; node.value <= c.nodes; ++node) {
    if (settings_of(c, node).raft.reads == raft::Reads::log) return true;
  }
  return false;
}

Value workload_value(WorkloadSpec& w, const ClusterSpec& c) {
  return map("workload", [&w, &c](Form& f) {
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
    f.optional("reads_from", word(w.reads_from, kReadsFrom));
    f.check(w.reads_from == WorkloadSpec::ReadsFrom::leader || !reads_are_entries(c),
            {"reads_from"},
            "reads_from: any needs reads: read_index or lease on every node: a read that goes "
            "through the log is the leader's");
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
    f.optional("workload", maybe<WorkloadSpec>(s.workload, [&cluster = s.cluster](WorkloadSpec& w) {
                 return workload_value(w, cluster);
               }));
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
