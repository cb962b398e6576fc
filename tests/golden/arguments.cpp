// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/arguments.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace raft::golden {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::invalid_argument(what);
}

bool bool_from(const std::string& text) {
  if (text != "true" && text != "false") fail("'" + text + "' is neither true nor false");
  return text == "true";
}

Reads reads_from(const std::string& text) {
  if (text == "log") return Reads::log;
  if (text == "read_index") return Reads::read_index;
  if (text == "lease") return Reads::lease;
  fail("reads are log, read_index or lease, not '" + text + "'");
}

}  // namespace

Arguments::Arguments(const std::string& line) {
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    const std::string word = line.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    const std::size_t equals = word.find('=');
    if (verb_.empty()) {
      verb_ = word;
    } else if (equals == word.npos) {
      words_.push_back(word);
    } else if (!values_.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      fail("'" + word + "' is set twice");
    }
  }
}

std::string Arguments::word() {
  if (words_.empty()) fail("'" + verb_ + "' needs more words");
  std::string first = words_.front();
  words_.erase(words_.begin());
  return first;
}

bool Arguments::flag(const std::string& word) {
  if (words_.empty() || words_.front() != word) return false;
  words_.erase(words_.begin());
  return true;
}

std::vector<std::string> Arguments::words() {
  return std::exchange(words_, {});
}

std::optional<std::string> Arguments::value(const std::string& key) {
  const auto found = values_.extract(key);
  return found ? std::optional(found.mapped()) : std::nullopt;
}

std::map<std::string, std::string> Arguments::values() {
  return std::exchange(values_, {});
}

void Arguments::done() const {
  if (!words_.empty()) fail("'" + verb_ + "' knows nothing of '" + words_.front() + "'");
  if (!values_.empty()) fail("'" + verb_ + "' knows no '" + values_.begin()->first + "'");
}

std::uint64_t number_from(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) fail("'" + text + "' is no number");
  return number;
}

NodeId node_from(const std::string& text) {
  if (text.empty() || text.front() != 'n')
    fail("'" + text + "' is no server: they are n1, n2, ...");
  return NodeId{number_from(text.substr(1))};
}

Duration duration_from(const std::string& text) {
  const auto ends = [&](const std::string& unit) {
    return text.size() > unit.size() && text.substr(text.size() - unit.size()) == unit;
  };
  const auto count = [&](std::size_t unit) {
    return static_cast<std::int64_t>(number_from(text.substr(0, text.size() - unit)));
  };
  if (ends("ms")) return std::chrono::milliseconds(count(2));
  if (ends("s")) return std::chrono::seconds(count(1));
  fail("'" + text + "' is no duration such as 50ms");
}

std::vector<std::uint64_t> numbers_from(const std::string& text) {
  std::vector<std::uint64_t> numbers;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');)
    numbers.push_back(number_from(part));
  return numbers;
}

std::vector<NodeId> nodes_from(const std::string& text) {
  std::vector<NodeId> nodes;
  for (std::uint64_t number : numbers_from(text))
    nodes.push_back(NodeId{number});
  return nodes;
}

void set(Settings& settings, const std::string& key, const std::string& value) {
  static const std::map<std::string, bool Settings::*> switches = {
      {"noop_on_election", &Settings::noop_on_election},
      {"pre_vote", &Settings::pre_vote},
      {"check_quorum", &Settings::check_quorum},
      {"leader_stickiness", &Settings::leader_stickiness}};
  static const std::map<std::string, std::size_t Settings::*> limits = {
      {"max_append_entries", &Settings::max_append_entries},
      {"max_append_bytes", &Settings::max_append_bytes},
      {"max_in_flight", &Settings::max_in_flight},
      {"max_in_flight_bytes", &Settings::max_in_flight_bytes},
      {"max_uncommitted_bytes", &Settings::max_uncommitted_bytes},
      {"snapshot_chunk_bytes", &Settings::snapshot_chunk_bytes},
      {"max_snapshot_bytes", &Settings::max_snapshot_bytes},
      {"trailing_entries", &Settings::trailing_entries}};
  static const std::map<std::string, Duration Settings::*> durations = {
      {"election_timeout_min", &Settings::election_timeout_min},
      {"election_timeout_max", &Settings::election_timeout_max},
      {"heartbeat_interval", &Settings::heartbeat_interval}};
  if (const auto it = switches.find(key); it != switches.end()) {
    settings.*it->second = bool_from(value);
  } else if (const auto limit = limits.find(key); limit != limits.end()) {
    settings.*limit->second = number_from(value);
  } else if (const auto duration = durations.find(key); duration != durations.end()) {
    settings.*duration->second = duration_from(value);
  } else if (key == "max_clock_drift_percent") {
    settings.max_clock_drift_percent = static_cast<unsigned>(number_from(value));
  } else if (key == "reads") {
    settings.reads = reads_from(value);
  } else {
    fail("no setting is called '" + key + "'");
  }
}

}  // namespace raft::golden
