// SPDX-License-Identifier: Apache-2.0
// within_limits: one run of 10 s in which n1 leads, of which each test changes one number.
#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::HasSubstr;

class WithinLimitsTest : public testing::Test {
 protected:
  WithinLimitsTest() {
    run_.fault("run_started",
               "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":3");
    for (unsigned i = 1; i <= 3; ++i) {
      run_.fault("node_started", fmt::format("\"node\":\"n{}\",\"inc\":1,\"pid\":{}", i, i));
      run_.node(i).compact_every(2).start();
      run_.fault("node_ready", fmt::format("\"node\":\"n{}\",\"inc\":1", i));
    }
    run_.node(1).line("timed_out").enter_term(1).vote("n1").persist().lead({"n1", "n2"});
  }
  // n1 led up to here: 200 intervals of a heartbeat, for each of the two others.
  void lead_for_10_s() {
    run_.pass(10'000);
    for (unsigned i = 1; i <= 3; ++i) {
      run_.fault("node_exited",
                 fmt::format("\"node\":\"n{}\",\"inc\":1,\"expected\":true,\"exit_code\":-1,"
                             "\"signal\":9,\"reason\":\"\"",
                             i));
    }
  }
  void sent(const std::string& type, const std::string& kind, unsigned messages, unsigned bytes) {
    run_.network("type_total",
                 fmt::format("\"type\":\"{}\",\"kind\":\"{}\",\"sent\":{{\"messages\":{},"
                             "\"bytes\":{}}},\"delivered\":{{\"messages\":{},\"bytes\":{}}}",
                             type, kind, messages, bytes, messages, bytes));
  }
  CheckResult judge() {
    run_.fault("run_ended", "\"reason\":\"completed\"");
    return run_.check("within_limits");
  }
  void expect_pass() {
    const CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  }
  void expect_fail(const std::string& message) {
    const CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, HasSubstr(message));
    EXPECT_FALSE(result.lines.empty());
  }

  RunFolder run_;
};

TEST_F(WithinLimitsTest, PassesForHeartbeatsAndTheirReplies) {
  lead_for_10_s();
  sent("append_entries", "request", 1'600, 160'000);
  sent("append_entries", "reply", 1'600, 160'000);
  sent("request_vote", "request", 2, 200);
  const CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw,
            "3,202 messages for 201 heartbeats, 0 entries and 1 election; 0 entries of the log at "
            "most since a snapshot");
}

TEST_F(WithinLimitsTest, FailsForHeartbeatsWithoutEnd) {
  lead_for_10_s();
  sent("append_entries", "request", 1'800, 180'000);
  expect_fail("1,800 messages of append_entries were sent; 201 heartbeats");
}

TEST_F(WithinLimitsTest, FailsForHeartbeatsWhereNobodyLed) {
  run_.node(1).follow();
  lead_for_10_s();
  sent("append_entries", "request", 150, 15'000);
  expect_fail("150 messages of append_entries were sent; 1 heartbeats");
}

TEST_F(WithinLimitsTest, FailsForEntriesSentAgainAndAgain) {
  run_.node(1).append({11, 12}).persist();
  lead_for_10_s();
  sent("append_entries", "request", 400, 400 * 1'000);
  expect_fail("400,000 bytes of append_entries were sent");
}

TEST_F(WithinLimitsTest, FailsForCandidatesThatAskAgainAndAgain) {
  lead_for_10_s();
  sent("pre_vote", "request", 300, 30'000);
  expect_fail("300 messages of pre_vote were sent");
}

TEST_F(WithinLimitsTest, FailsForSnapshotsToNobodyWhoIsBehind) {
  lead_for_10_s();
  sent("install_snapshot", "request", 400, 4'000'000);
  expect_fail("4,000,000 bytes of install_snapshot were sent");
}

TEST_F(WithinLimitsTest, FailsForMoreRepliesThanRequests) {
  lead_for_10_s();
  sent("append_entries", "request", 400, 40'000);
  sent("append_entries", "reply", 401, 40'000);
  expect_fail("401 replies to append_entries were sent, and 400 requests were delivered");
}

TEST_F(WithinLimitsTest, FailsForALogThatNoSnapshotShortens) {
  run_.node(1).append({11, 12, 13}).persist().commit(2).apply({"noop", "noop"});
  run_.node(1).commit(3).apply({"noop"});
  lead_for_10_s();
  sent("append_entries", "request", 400, 40'000);
  expect_fail(
      "n1 had applied entries up to 2, its last snapshot stood for those up to 0, it was "
      "to take one every 2");
}

TEST_F(WithinLimitsTest, PassesForALogThatASnapshotShortens) {
  run_.node(1).append({11, 12, 13}).persist().commit(2).apply({"noop", "noop"}).take_snapshot(2);
  run_.node(1).commit(3).apply({"noop"});
  lead_for_10_s();
  sent("append_entries", "request", 400, 40'000);
  expect_pass();
}

TEST_F(WithinLimitsTest, IsNotAskedOfMessagesThatHaveNoType) {
  lead_for_10_s();
  sent("absent", "request", 100'000, 1'000'000);
  EXPECT_EQ(judge().verdict, Verdict::not_applicable);
}

}  // namespace
}  // namespace verify
