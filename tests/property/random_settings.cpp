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

std::string limits(Random& random) {
  static const std::vector<std::pair<std::string, std::vector<std::string>>> tiny = {
      {"max_append_entries", {"1", "2", "3"}}, {"max_append_bytes", {"1", "8", "20"}},
      {"max_in_flight", {"1", "2", "3"}},      {"max_in_flight_bytes", {"1", "10", "40"}},
      {"max_uncommitted_bytes", {"8", "40"}},  {"snapshot_chunk_bytes", {"5", "20", "64"}}};
  std::string words;
  for (const auto& [setting, values] : tiny) {
    if (random.below(2) == 0) words += " " + setting + "=" + one_of(random, values);
  }
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
  const std::uint64_t servers = kServers[random.below(std::size(kServers))];
  settings.words = fmt::format("n={}", servers) + members(random, servers);
  if (random.below(4) > 0) settings.words += " disk=when_told";
  settings.words += extensions(random, settings) + timing(random) + limits(random);
  return settings;
}

}  // namespace raft::property
