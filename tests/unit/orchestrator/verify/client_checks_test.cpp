// SPDX-License-Identifier: Apache-2.0
// acknowledged_writes_survive and exactly_once.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AcknowledgedWritesTest : public HealthyRunTest {};
class ExactlyOnceTest : public HealthyRunTest {};

TEST_F(AcknowledgedWritesTest, PassesAndSaysWhatItSaw) {
  const CheckResult result = run_.check("acknowledged_writes_survive");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "3 operations, all on 3 nodes");
}

TEST_F(AcknowledgedWritesTest, FailsWhereAnotherCommandStandsInItsPlace) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("ok c1/2 append k1", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  commit_everywhere("c2/2");
  expect_fail("acknowledged_writes_survive",
              AllOf(HasSubstr("section 5.3"),
                    HasSubstr("n1 acknowledged c1/2 at index 5, but n1 applied c2/2 there")));
}

// c1/2 takes effect at 5, and something else stands at 6, where it is acknowledged.
class RetriedTest : public HealthyRunTest {
 protected:
  void acknowledged_where(const std::string& stands) {
    run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
    commit_everywhere("c1/2");
    commit_everywhere(stands);
    run_.history("ok c1/2 append k1", "\"log_index\":6,\"term\":1,\"node\":\"n1\"");
  }
};

TEST_F(RetriedTest, PassesWhereItStandsItself) {
  acknowledged_where("c1/2 duplicate");
  expect_pass("acknowledged_writes_survive");
}

TEST_F(RetriedTest, FailsWhereAnotherEntryStandsAlthoughItTookEffectBefore) {
  acknowledged_where("noop");
  expect_fail("acknowledged_writes_survive", HasSubstr("n1 applied no client's command there"));
}

TEST_F(RetriedTest, FailsWhereItStandsWithoutEffect) {
  acknowledged_where("c1/2 expired");
  expect_fail("acknowledged_writes_survive", HasSubstr("n1 applied c1/2, without effect, there"));
}

TEST_F(AcknowledgedWritesTest, FailsWhereItIsOnlyFoundLater) {
  run_.history("ok c1/2 append k1", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  commit_everywhere("noop");
  commit_everywhere("c1/2");
  expect_fail("acknowledged_writes_survive", HasSubstr("n1 applied no client's command there"));
}

TEST_F(AcknowledgedWritesTest, FailsWhereNoServerAppliedIt) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("ok c1/2 append k1", "\"log_index\":9,\"term\":1,\"node\":\"n1\"");
  expect_fail("acknowledged_writes_survive",
              AllOf(HasSubstr("c1/2 at index 9"), HasSubstr("the last that any did is 4")));
}

TEST_F(AcknowledgedWritesTest, FailsWhereOneServerDoesNotHaveItInTheEnd) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("ok c1/2 append k1", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  run_.node(1).append({15}).persist().commit(5).apply({"c1/2"});
  run_.node(2).append({15}).persist().commit(5).apply({"c1/2"});
  expect_fail("acknowledged_writes_survive", HasSubstr("n3 has applied only up to 4"));
}

TEST_F(AcknowledgedWritesTest, FailsWhereOneServerHasAnotherLogInTheEnd) {
  commit_everywhere("noop");
  run_.node(1).append({16}).persist().commit(6).apply({"noop"});
  run_.node(2).append({16}).persist().commit(6).apply({"noop"});
  run_.node(3).append({96}).persist().commit(6).apply({"noop"});
  expect_fail("acknowledged_writes_survive", HasSubstr("n3 has applied up to 6, and not what n1"));
}

TEST_F(ExactlyOnceTest, PassesAndSaysWhatItSaw) {
  const CheckResult result = run_.check("exactly_once");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "3 commands, 0 retries, 1 answer");
}

TEST_F(ExactlyOnceTest, PassesForARetryWithoutEffect) {
  commit_everywhere("c1/1 duplicate");
  expect_pass("exactly_once");
  EXPECT_THAT(run_.check("exactly_once").saw, HasSubstr("1 retry"));
}

TEST_F(ExactlyOnceTest, FailsForARetryThatTookEffectAgain) {
  commit_everywhere("c1/1");
  expect_fail("exactly_once", AllOf(HasSubstr("section 8"),
                                    HasSubstr("c1/1 took effect at index 2 and again at 5")));
}

TEST_F(ExactlyOnceTest, FailsForACommandThatWasTakenForARetry) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  commit_everywhere("c1/2 duplicate");
  expect_fail("exactly_once", HasSubstr("n1 left c1/2 at index 5 without effect"));
}

TEST_F(ExactlyOnceTest, FailsForARequestThatTookEffectAfterALaterOne) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("invoke c1/3 append k1", "\"value\":\"c1.3 \"");
  commit_everywhere("c1/3");
  commit_everywhere("c1/2");
  expect_fail("exactly_once", HasSubstr("after a later request of its client"));
}

TEST_F(ExactlyOnceTest, FailsForACommandThatNobodyInvoked) {
  commit_everywhere("c9/1");
  expect_fail("exactly_once", HasSubstr("n1 applied c9/1 at index 5, which no client invoked"));
}

TEST_F(ExactlyOnceTest, FailsForAnAcknowledgedCommandThatTookNoEffect) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("ok c1/2 append k1", "\"log_index\":2,\"term\":1,\"node\":\"n1\"");
  expect_fail("exactly_once", HasSubstr("c1/2 was acknowledged and never took effect"));
}

TEST_F(ExactlyOnceTest, TellsOfSeveralThatTookNoEffectTheOneAcknowledgedFirst) {
  for (const char* client : {"d7", "d3", "d9", "d1", "d5", "d8", "d2"}) {
    run_.history(fmt::format("invoke {}/1 append k1", client),
                 fmt::format("\"value\":\"{}.1 \"", client));
    run_.history(fmt::format("ok {}/1 append k1", client),
                 "\"log_index\":2,\"term\":1,\"node\":\"n1\"");
  }
  expect_fail("exactly_once", HasSubstr("d7/1 was acknowledged and never took effect"));
}

TEST_F(ExactlyOnceTest, FailsForACertainFailureThatTookEffect) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("fail c1/2 append k1", "\"error\":\"replaced\"");
  commit_everywhere("c1/2");
  expect_fail("exactly_once", HasSubstr("failed for certain, but it took effect at index 5"));
}

TEST_F(ExactlyOnceTest, PassesForAnUncertainOperationThatTookEffect) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("info c1/2 append k1", "\"error\":\"truncated\"");
  commit_everywhere("c1/2");
  expect_pass("exactly_once");
}

TEST_F(ExactlyOnceTest, FailsForAStaleRead) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  commit_everywhere("c1/2");
  run_.history("invoke c2/2 get k1");
  commit_everywhere("c2/2");
  run_.history("ok c2/2 get k1", "\"value\":\"c1.1 \",\"log_index\":6,\"term\":1,\"node\":\"n1\"");
  expect_fail("exactly_once",
              AllOf(HasSubstr("c2/2 (get of k1) took effect at index 6 and answered \"c1.1 \""),
                    HasSubstr("gives \"c1.1 c1.2 \"")));
}

TEST_F(ExactlyOnceTest, ComparesCompareAndSets) {
  run_.history("invoke c1/2 cas k2", "\"value\":\"c1.2\",\"expected\":\"\"");
  commit_everywhere("c1/2");
  run_.history("ok c1/2 cas k2",
               "\"swapped\":true,\"value\":\"\",\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  run_.history("invoke c2/2 cas k2", "\"value\":\"c2.2\",\"expected\":\"\"");
  commit_everywhere("c2/2");
  run_.history("ok c2/2 cas k2",
               "\"swapped\":false,\"value\":\"c1.2\",\"log_index\":6,\"term\":1,\"node\":\"n1\"");
  expect_pass("exactly_once");
  EXPECT_THAT(run_.check("exactly_once").saw, HasSubstr("3 answers"));
  run_.history("invoke c2/3 cas k2", "\"value\":\"c2.3\",\"expected\":\"\"");
  commit_everywhere("c2/3");
  run_.history("ok c2/3 cas k2",
               "\"swapped\":true,\"value\":\"c1.2\",\"log_index\":7,\"term\":1,\"node\":\"n1\"");
  expect_fail("exactly_once", HasSubstr("answered swapped with \"c1.2\" found; replaying what was "
                                        "committed before gives not swapped"));
}

TEST_F(ExactlyOnceTest, FailsForAValueWrittenOnceAndReadTwice) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("invoke c2/2 get k1");
  run_.history("ok c2/2 get k1",
               "\"value\":\"c1.1 c1.2 c1.1 \",\"log_index\":6,\"term\":1,\"node\":\"n1\"");
  expect_fail("exactly_once", HasSubstr("where \"c1.1 \" stands twice; it was written once"));
}

TEST(ClientChecks, AreUnknownWhereNothingWasSeen) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.check("acknowledged_writes_survive").verdict, Verdict::unknown);
  EXPECT_EQ(run.check("exactly_once").verdict, Verdict::unknown);
}

}  // namespace
}  // namespace verify
