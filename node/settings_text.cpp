// SPDX-License-Identifier: Apache-2.0
#include "node/settings_text.h"

#include <array>

#include <fmt/format.h>

#include "node/json_nodes.h"
#include "proxy/wire/json.h"

namespace node {
namespace {

// The one list of the fields. `visit` takes a name and a member.
template <class Settings, class Visit>
void for_each_field(Settings& settings, const Visit& visit) {
  auto& raft = settings.raft;
  visit("voters", raft.first_configuration.voters);
  visit("learners", raft.first_configuration.learners);
  visit("election_timeout_min_us", raft.election_timeout_min);
  visit("election_timeout_max_us", raft.election_timeout_max);
  visit("heartbeat_interval_us", raft.heartbeat_interval);
  visit("noop_on_election", raft.noop_on_election);
  visit("pre_vote", raft.pre_vote);
  visit("check_quorum", raft.check_quorum);
  visit("leader_stickiness", raft.leader_stickiness);
  visit("reads", raft.reads);
  visit("max_clock_drift_percent", raft.max_clock_drift_percent);
  visit("max_append_entries", raft.max_append_entries);
  visit("max_append_bytes", raft.max_append_bytes);
  visit("max_in_flight", raft.max_in_flight);
  visit("max_in_flight_bytes", raft.max_in_flight_bytes);
  visit("max_uncommitted_bytes", raft.max_uncommitted_bytes);
  visit("snapshot_chunk_bytes", raft.snapshot_chunk_bytes);
  visit("max_snapshot_bytes", raft.max_snapshot_bytes);
  visit("trailing_entries", raft.trailing_entries);
  visit("snapshot_threshold", settings.snapshot_threshold);
  visit("max_sessions", settings.max_sessions);
}

struct Writer {
  proxy::JsonLine& line;

  void operator()(const char* name, bool value) const { line.field(name, value); }
  void operator()(const char* name, std::uint64_t value) const { line.field(name, value); }
  void operator()(const char* name, unsigned value) const { line.field(name, value); }
  void operator()(const char* name, raft::Duration value) const { line.field(name, value.count()); }
  void operator()(const char* name, raft::Reads value) const {
    line.field(name, raft::name_of(value));
  }
  void operator()(const char* name, const std::vector<raft::NodeId>& nodes) const {
    add_nodes(line, name, nodes);
  }
};

struct Reader {
  JsonFields& in;

  template <class Value>
  void operator()(const char* name, Value& value) const {
    if (in.has(name)) read(name, value);
  }

  void read(const char* name, bool& value) const { value = in.flag(name); }
  void read(const char* name, std::uint64_t& value) const { value = in.number(name); }
  void read(const char* name, unsigned& value) const {
    value = static_cast<unsigned>(in.number(name, UINT32_MAX));
  }
  void read(const char* name, raft::Duration& value) const {
    value = raft::Duration(static_cast<std::int64_t>(in.number(name, INT64_MAX)));
  }
  void read(const char* name, raft::Reads& value) const {
    const std::string text = in.text(name);
    for (const auto reads : {raft::Reads::log, raft::Reads::read_index, raft::Reads::lease}) {
      if (text == raft::name_of(reads)) {
        value = reads;
        return;
      }
    }
    in.fail(fmt::format("{} is none of log, read_index, lease", name));
  }
  void read(const char* name, std::vector<raft::NodeId>& nodes) const {
    nodes = read_nodes(in, name);
  }
};

}  // namespace

std::string settings_text(const ServerSettings& settings) {
  std::string text;
  proxy::JsonLine line(text);
  for_each_field(settings, Writer{line});
  line.end_line();
  text.pop_back();
  return text;
}

bool read_settings(std::string_view text, ServerSettings& settings, std::string& why) {
  JsonFields in(text);
  std::vector<std::string_view> names;
  for_each_field(settings, [&](const char* name, auto& value) {
    names.push_back(name);
    Reader{in}(name, value);
  });
  const std::string unknown = in.other_than(names);
  if (!unknown.empty()) in.fail(fmt::format("there is no setting '{}'", unknown));
  why = in.error();
  if (!why.empty()) return false;
  if (const char* invalid = raft::why_invalid(settings.raft)) why = invalid;
  return why.empty();
}

}  // namespace node
