// SPDX-License-Identifier: Apache-2.0
// acknowledged_when_durable and monotonic_sessions.
#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AcknowledgedWhenDurableTest : public HealthyRunTest {};
class MonotonicSessionsTest : public HealthyRunTest {
 protected:
  void answer(const std::string& what, unsigned index) {
    const bool reads = what.find(" get ") != std::string::npos;
    run_.history("invoke " + what, reads ? "" : "\"value\":\"v\"");
    run_.history("ok " + what, (reads ? "\"value\":\"\"," : "") +
                                   ("\"log_index\":" + std::to_string(index)) +
                                   ",\"term\":1,\"node\":\"n2\"");
  }
};

TEST_F(AcknowledgedWhenDurableTest, PassesWhereEachCopyWasOnDiskBefore) {
  const CheckResult result = run_.check("acknowledged_when_durable");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "6 copies counted for 3 commits, 3 answers");
}

TEST_F(AcknowledgedWhenDurableTest, FailsForACopyThatWasNeverDurable) {
  run_.node(1).append({15}).persist();
  run_.node(3).append({15});
  run_.node(1).commit(5, "\"n1\":5,\"n2\":0,\"n3\":5");
  expect_fail("acknowledged_when_durable",
              AllOf(HasSubstr("Figure 2"), HasSubstr("n1 committed entry 5 counting the copy on "
                                                     "n3, which was not durable there by then")));
}

TEST_F(AcknowledgedWhenDurableTest, FailsForACopyThatBecameDurableLater) {
  run_.node(1).append({15}).persist();
  run_.node(3).append({15});
  run_.node(1).commit(5, "\"n1\":5,\"n2\":0,\"n3\":5");
  run_.node(3).persist();
  expect_fail("acknowledged_when_durable",
              HasSubstr("counting the copy on n3, which was not durable there by then"));
}

TEST_F(AcknowledgedWhenDurableTest, FailsForALeadersOwnCopy) {
  run_.node(1).append({15});
  run_.node(2).append({15}).persist();
  run_.node(1).commit(5).persist();
  expect_fail("acknowledged_when_durable", HasSubstr("counting the copy on n1"));
}

TEST_F(AcknowledgedWhenDurableTest, FailsForACopyOfAnotherEntry) {
  run_.node(1).append({15}).persist();
  run_.node(2).append({99}).persist();
  run_.node(1).commit(5);
  expect_fail("acknowledged_when_durable", HasSubstr("counting the copy on n2"));
}

TEST_F(AcknowledgedWhenDurableTest, PassesForWhatWasCutOffAndAppendedAgain) {
  run_.node(2).append({99}).persist().truncate(5).append({15}).persist();
  run_.node(1).append({15}).persist().commit(5);
  expect_pass("acknowledged_when_durable");
}

TEST_F(AcknowledgedWhenDurableTest, FailsForWhatWasCutOffAndIsAppendedAgainOnly) {
  run_.node(2).append({15}).persist().truncate(5).append({15});
  run_.node(1).append({15}).persist().commit(5);
  run_.node(2).persist();
  expect_fail("acknowledged_when_durable", HasSubstr("counting the copy on n2, which was not "
                                                     "durable there by then"));
}

TEST_F(AcknowledgedWhenDurableTest, FailsForACopyOfBeforeASnapshotCameInItsPlace) {
  for (const unsigned i : {1u, 2u})
    run_.node(i).append({15}).persist();
  run_.node(3).append({15});
  run_.node(1).commit(5, "\"n1\":5,\"n2\":0,\"n3\":5");
  run_.node(3).install(8, 1, 18).configure(8, {{"n1", "n2", "n3"}}).persist();
  expect_fail("acknowledged_when_durable", HasSubstr("counting the copy on n3, which was not "
                                                     "durable there by then"));
}

// What the snapshot stood for has no digests.
TEST_F(AcknowledgedWhenDurableTest, DoesNotCountCopiesThatAnInstalledSnapshotHolds) {
  run_.node(1).append({15}).persist();
  run_.node(3).install(8, 1, 18).configure(8, {{"n1", "n2", "n3"}}).persist();
  run_.node(1).commit(5, "\"n1\":5,\"n2\":0,\"n3\":8");
  const CheckResult result = run_.check("acknowledged_when_durable");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "7 copies counted for 4 commits, 3 answers");
}

// What happens afterwards need not come, and the rest of the evidence may be damaged.
TEST_F(AcknowledgedWhenDurableTest, FailsAsSoonAsTheNodeHasALineOfLater) {
  run_.node(1).append({15}).persist();
  run_.node(3).append({15});
  run_.node(1).commit(5, "\"n1\":5,\"n2\":0,\"n3\":5");
  run_.node(3).line("timed_out").bytes("?\n");
  expect_fail("acknowledged_when_durable", HasSubstr("counting the copy on n3"));
}

class AcknowledgementTest : public AcknowledgedWhenDurableTest {
 protected:
  void acknowledge(unsigned match) {
    run_.node(1).line("progress_changed",
                      fmt::format("\"peer\":\"n3\",\"from_replication\":\"probe\","
                                  "\"replication\":\"replicate\",\"match_index\":{},"
                                  "\"next_index\":{},\"cause\":{{\"kind\":\"timer\"}}",
                                  match, match + 1));
  }
};

TEST_F(AcknowledgementTest, FailsForWhatThePeerLacks) {
  run_.node(1).append({15}).persist();
  run_.node(3).append({15});
  acknowledge(5);
  run_.node(3).persist();
  expect_fail("acknowledged_when_durable",
              HasSubstr("n1 holds entry 5 to be on n3, which was not durable there by then"));
}

TEST_F(AcknowledgementTest, PassesForWhatThePeerHasOrHad) {
  run_.node(1).append({15}).persist();
  run_.node(3).append({15}).persist().truncate(5);
  acknowledge(5);
  acknowledge(4);
  expect_pass("acknowledged_when_durable");
}

TEST_F(AcknowledgedWhenDurableTest, ShowsTheNodeThatLacksTheLine) {
  run_.node(1).append({15}).persist();
  run_.node(1).commit(5, "\"n1\":5,\"n2\":0,\"n3\":5");
  const CheckResult result = run_.check("acknowledged_when_durable");
  ASSERT_EQ(result.involved.size(), 1u);
  EXPECT_EQ(result.involved[0].node, NodeId{3});
}

TEST_F(AcknowledgedWhenDurableTest, PassesForACopyThatACrashLeft) {
  run_.node(2).append({15}).persist_silently().start();
  run_.node(1).append({15}).persist().commit(5);
  expect_pass("acknowledged_when_durable");
}

TEST_F(AcknowledgedWhenDurableTest, FailsForAnAnswerBeforeTheEntryIsApplied) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.node(1).append({15}).persist();
  run_.node(2).append({15}).persist();
  run_.history("ok c1/2 append k1", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  run_.node(1).commit(5).apply({"c1/2"});
  expect_fail("acknowledged_when_durable",
              HasSubstr("n1 answered c1/2 with index 5, which it had not applied by then"));
}

TEST_F(AcknowledgedWhenDurableTest, FailsForAnAnswerOfANodeThatNeverAppliedIt) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.node(1).append({15}).persist();
  run_.node(2).append({15}).persist();
  run_.node(1).commit(5).apply({"c1/2"});
  run_.history("ok c1/2 append k1", "\"log_index\":5,\"term\":1,\"node\":\"n2\"");
  expect_fail("acknowledged_when_durable", HasSubstr("n2 answered c1/2 with index 5, which it "
                                                     "had not applied by then"));
}

TEST_F(MonotonicSessionsTest, PassWhereEachAnswerComesAfterTheOnesBefore) {
  answer("c1/2 put k1", 5);
  answer("c1/3 get k1", 5);
  answer("c1/4 get k1", 6);
  answer("c1/5 put k1", 7);
  expect_pass("monotonic_sessions");
}

TEST_F(MonotonicSessionsTest, FailForAReadThatMissesAWriteOfItsClient) {
  answer("c1/2 put k1", 5);
  answer("c1/3 get k1", 4);
  expect_fail("monotonic_sessions", HasSubstr("c1/3 (get of k1) was answered by n2 with index 4, "
                                              "after c1/2 with index 5"));
}

TEST_F(MonotonicSessionsTest, FailForAWriteThatStandsWhereItsClientHasReadAlready) {
  answer("c1/2 get k1", 6);
  answer("c1/3 put k1", 6);
  expect_fail("monotonic_sessions", HasSubstr("c1/3 (put of k1)"));
}

TEST_F(MonotonicSessionsTest, LetOtherClientsSeeLess) {
  answer("c1/2 put k1", 9);
  answer("c3/1 get k1", 5);
  expect_pass("monotonic_sessions");
}

}  // namespace
}  // namespace verify
