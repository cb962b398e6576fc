// SPDX-License-Identifier: Apache-2.0
#include "raft/settings.h"

#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

Settings valid() {
  Settings settings;
  settings.self = kS1;
  settings.first_configuration.voters = {kS1, kS2, kS3};
  return settings;
}

TEST(Settings, AreFigure2AsTheyStand) {
  const Settings settings;
  EXPECT_FALSE(settings.noop_on_election);
  EXPECT_FALSE(settings.pre_vote);
  EXPECT_FALSE(settings.check_quorum);
  EXPECT_FALSE(settings.leader_stickiness);
  EXPECT_EQ(settings.reads, Reads::log);
}

TEST(Settings, OfTheDefaultProfileAreSafeUnderAnyClock) {
  Settings settings = valid();
  settings.max_in_flight = 3;
  const Settings profile = default_profile(settings);
  EXPECT_TRUE(profile.noop_on_election);
  EXPECT_TRUE(profile.pre_vote);
  EXPECT_TRUE(profile.check_quorum);
  EXPECT_TRUE(profile.leader_stickiness);
  EXPECT_EQ(profile.reads, Reads::read_index);
  EXPECT_EQ(profile.max_in_flight, 3u);
  EXPECT_EQ(profile.first_configuration, settings.first_configuration);
}

TEST(Settings, ThatFitAreTaken) {
  EXPECT_EQ(why_invalid(valid()), nullptr);
  EXPECT_EQ(why_invalid(default_profile(valid())), nullptr);
  Settings at_the_edge = default_profile(valid());
  at_the_edge.election_timeout_min = at_the_edge.election_timeout_max = Duration{1};
  at_the_edge.heartbeat_interval = Duration{1};
  at_the_edge.reads = Reads::lease;
  at_the_edge.max_clock_drift_percent = 99;
  at_the_edge.max_append_entries = at_the_edge.max_in_flight = 1;
  at_the_edge.max_append_bytes = at_the_edge.max_in_flight_bytes = 1;
  at_the_edge.max_uncommitted_bytes = at_the_edge.snapshot_chunk_bytes = 1;
  at_the_edge.trailing_entries = 0;
  EXPECT_EQ(why_invalid(at_the_edge), nullptr);
}

TEST(Settings, ThatFitNoServerAreRefused) {
  const std::vector<void (*)(Settings&)> wrong = {
      [](Settings& s) { s.first_configuration.voters.clear(); },
      [](Settings& s) {
        s.first_configuration.voters = {kS2, kS1};
      },
      [](Settings& s) {
        s.first_configuration.voters = {NodeId{}, kS1};
      },
      [](Settings& s) { s.election_timeout_min = Duration{}; },
      [](Settings& s) { s.election_timeout_min = s.election_timeout_max + Duration{1}; },
      [](Settings& s) { s.heartbeat_interval = Duration{}; },
      [](Settings& s) { s.noop_on_election = false; },
      [](Settings& s) {
        s.reads = Reads::lease;
        s.leader_stickiness = false;
      },
      [](Settings& s) { s.max_clock_drift_percent = 100; },
      [](Settings& s) { s.max_append_entries = 0; },
      [](Settings& s) { s.max_append_bytes = 0; },
      [](Settings& s) { s.max_in_flight = 0; },
      [](Settings& s) { s.max_in_flight_bytes = 0; },
      [](Settings& s) { s.max_uncommitted_bytes = 0; },
      [](Settings& s) { s.snapshot_chunk_bytes = 0; },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    Settings settings = default_profile(valid());
    wrong[i](settings);
    EXPECT_NE(why_invalid(settings), nullptr) << "the one at " << i;
  }
}

}  // namespace
}  // namespace raft::test
