// SPDX-License-Identifier: Apache-2.0
#include "node/settings_text.h"

#include <gtest/gtest.h>

namespace node {
namespace {

ServerSettings three_nodes() {
  ServerSettings settings;
  settings.raft.first_configuration.voters = {{1}, {2}, {3}};
  return settings;
}

std::string why_not(const std::string& text) {
  ServerSettings settings = three_nodes();
  std::string why;
  return read_settings(text, settings, why) ? "" : why;
}

TEST(SettingsText, comes_back_as_it_was) {
  ServerSettings settings = three_nodes();
  settings.raft = raft::default_profile(settings.raft);
  settings.raft.first_configuration.learners = {{4}};
  settings.raft.election_timeout_min = raft::Duration(1);
  settings.raft.trailing_entries = 0;
  settings.raft.reads = raft::Reads::lease;
  settings.snapshot_threshold = 5;
  settings.max_sessions = 6;
  ServerSettings read;
  std::string why;
  ASSERT_TRUE(read_settings(settings_text(settings), read, why)) << why;
  EXPECT_EQ(settings_text(read), settings_text(settings));
  EXPECT_NE(settings_text(read), settings_text(three_nodes()));
  EXPECT_EQ(read.raft.first_configuration, settings.raft.first_configuration);
  EXPECT_EQ(read.max_sessions, 6u);
}

TEST(SettingsText, what_is_missing_keeps_its_value) {
  EXPECT_EQ(why_not("{}"), "");
  ServerSettings settings = three_nodes();
  std::string why;
  ASSERT_TRUE(read_settings(R"({"trailing_entries":7})", settings, why));
  EXPECT_EQ(settings.raft.trailing_entries, 7u);
  EXPECT_EQ(settings.raft.first_configuration.voters.size(), 3u);
}

TEST(SettingsText, what_no_server_can_be_set_to_is_refused) {
  EXPECT_EQ(why_not(R"({"tailing_entries":7})"), "there is no setting 'tailing_entries'");
  EXPECT_EQ(why_not(R"({"trailing_entries":-7})"), "trailing_entries is not a whole number from 0");
  EXPECT_EQ(why_not(R"({"reads":"maybe"})"), "reads is none of log, read_index, lease");
  EXPECT_EQ(why_not(R"({"voters":["m1"]})"), "voters: 'm1' is no node");
  for (const char* text :
       {R"({"voters":[]})", R"({"voters":["n2","n1"]})", R"({"election_timeout_min_us":0})",
        R"({"election_timeout_max_us":10})", R"({"max_in_flight":0})", R"({"reads":"read_index"})",
        R"({"reads":"lease","noop_on_election":true})", "[]", "", "7"})
    EXPECT_NE(why_not(text), "") << text;
}

}  // namespace
}  // namespace node
