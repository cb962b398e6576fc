// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <fmt/format.h>

#include "tests/property/random_script.h"

namespace raft::property {
namespace {

std::string one_of(Random& random, const std::vector<std::string>& values) {
  return values[random.below(values.size())];
}

// One list of members in a cluster of `servers`: some are learners, some are not members yet.
std::string members(Random& random, std::uint64_t servers) {
  std::string voters;
  std::string learners;
  const bool all = random.below(2) == 0;
  for (std::uint64_t i = 1; i <= servers; ++i) {
    const std::uint64_t fate = random.below(6);
    const bool votes = all || i == 1 || fate < 4;
    if (!votes && fate == 4) continue;
    std::string& list = votes ? voters : learners;
    list += (list.empty() ? "" : ",") + std::to_string(i);
  }
  return " voters=" + voters + (learners.empty() ? "" : " learners=" + learners);
}

std::string extensions(Random& random, RandomSettings& settings) {
  switch (random.below(13)) {
    case 0:
    case 1:
      return "";
    case 2:
      return " noop_on_election=true";
    case 3:
      return " noop_on_election=true reads=read_index";
    case 4:
      return " pre_vote=true";
    case 5:
      return " check_quorum=true";
    case 6:
      return " leader_stickiness=true";
    case 7:
      return one_of(
          random, {" pre_vote=true check_quorum=true", " check_quorum=true leader_stickiness=true",
                   " pre_vote=true leader_stickiness=true"});
    case 8:
    case 9:
      return " profile=default";
    default:
      settings.leases = true;
      settings.clock_drift_percent = 10 * random.below(4);
      return one_of(random, {" profile=default", " noop_on_election=true leader_stickiness=true"}) +
             fmt::format(" reads=lease max_clock_drift_percent={}", settings.clock_drift_percent);
  }
}

using Values = std::vector<std::pair<std::string, std::vector<std::string>>>;

// Each of them with a chance of one in `odds`.
std::string some_of(Random& random, const Values& all, std::uint64_t odds) {
  std::string words;
  for (const auto& [setting, values] : all) {
    if (random.below(odds) == 0) words += " " + setting + "=" + one_of(random, values);
  }
  return words;
}

const Values& tiny_limits() {
  static const Values all = {
      {"max_append_entries", {"1", "2", "3"}}, {"max_append_bytes", {"1", "8", "20"}},
      {"max_in_flight", {"1", "2", "3"}},      {"max_in_flight_bytes", {"1", "10", "40"}},
      {"max_uncommitted_bytes", {"8", "40"}},  {"snapshot_chunk_bytes", {"5", "20", "64"}}};
  return all;
}

std::string limits(Random& random) {
  std::string words = some_of(random, tiny_limits(), 2);
  // Else no follower ever needs a snapshot.
  if (random.below(5) > 0) words += " trailing_entries=" + one_of(random, {"0", "0", "1", "3"});
  return words;
}

std::string timing(Random& random) {
  const std::uint64_t shortest = 100 + 50 * random.below(2);
  return fmt::format(" election_timeout_min={}ms election_timeout_max={}ms heartbeat_interval={}",
                     shortest, shortest + 50 + 100 * random.below(2),
                     one_of(random, {"20ms", "50ms"}));
}

}  // namespace

RandomSettings random_settings(Random& random) {
  RandomSettings settings;
  static constexpr std::uint64_t kServers[] = {1, 2, 3, 3, 3, 4, 5, 5, 6, 7};
  settings.servers = kServers[random.below(std::size(kServers))];
  settings.words = fmt::format("n={}", settings.servers) + members(random, settings.servers);
  if (random.below(4) > 0) settings.words += " disk=when_told";
  settings.words += extensions(random, settings) + timing(random) + limits(random);
  settings.differ = random.below(4) == 0;
  return settings;
}

std::string own_settings(Random& random, const RandomSettings& settings) {
  static const Values safe = {{"pre_vote", {"true", "false"}},
                              {"check_quorum", {"true", "false"}},
                              {"trailing_entries", {"0", "1", "5"}},
                              {"heartbeat_interval", {"10ms", "20ms", "50ms"}}};
  static const Values not_with_leases = {{"leader_stickiness", {"true", "false"}},
                                         {"election_timeout_min", {"80ms", "100ms"}},
                                         {"election_timeout_max", {"200ms", "300ms"}}};
  std::string words = some_of(random, safe, 4) + some_of(random, tiny_limits(), 6);
  if (settings.leases) return words;
  words += some_of(random, not_with_leases, 6);
  if (random.below(6) == 0) {
    words += one_of(random, {" reads=log", " noop_on_election=true reads=read_index",
                             " noop_on_election=false reads=log"});
  }
  return words;
}

}  // namespace raft::property
