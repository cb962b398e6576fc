// SPDX-License-Identifier: Apache-2.0
// Reads that are no entries, and sessions that expire: exactly_once, acknowledged_writes_survive,
// no_stale_read, state_machine_safety.
#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::HasSubstr;

class ServedReadsTest : public HealthyRunTest {
 protected:
  // c2/2 reads k1 and is answered from the state after `index`.
  void answer(const std::string& value, unsigned index) {
    run_.history("invoke c2/2 get k1");
    run_.history("ok c2/2 get k1", fmt::format("\"value\":\"{}\",\"log_index\":{},\"term\":1,"
                                               "\"node\":\"n2\"",
                                               value, index));
  }
};
class StaleReadsTest : public HealthyRunTest {};

// At most two sessions: those of c1, c2 and probe can't all be there.
class ExpiryTest : public testing::Test {
 protected:
  ExpiryTest() {
    run_.fault("run_started",
               "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
    run_.node(1).start({{"n1"}}, 2).enter_term(1).vote("n1").persist().lead({"n1"});
  }
  // By a client that knew the log up to `since`.
  void invoke(const std::string& request, unsigned since = 0) {
    run_.history("invoke " + request + " put k1",
                 fmt::format("\"value\":\"v{}\",\"since\":{}", request, since));
    run_.history("info " + request + " put k1");
  }
  void apply(const std::string& entry) {
    const unsigned index = run_.node(1).log_index() + 1;
    run_.node(1).append({10 + index}).persist().commit(index, fmt::format("\"n1\":{}", index));
    run_.node(1).apply({entry});
  }
  CheckResult judge() {
    run_.fault("run_ended", "\"reason\":\"completed\"");
    return run_.check("exactly_once");
  }
  void expect_fail(const std::string& message) {
    const CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, HasSubstr(message));
  }
  // Those of c1, c2, c3 in this order: that of c1 is forgotten.
  void forget_c1() {
    for (const char* request : {"c1/1", "c2/1", "c3/1"}) {
      invoke(request);
      apply(request);
    }
  }

  RunFolder run_;
};

TEST_F(ServedReadsTest, PassWithTheValueOfTheStateThatTheyName) {
  run_.node(2).serve("c2/2", "k1", 4);
  answer("c1.1 ", 4);
  for (const char* check :
       {"exactly_once", "acknowledged_writes_survive", "no_stale_read", "state_machine_safety"}) {
    expect_pass(check);
  }
  EXPECT_EQ(run_.check("exactly_once").saw, "3 commands, 0 retries, 2 answers");
  EXPECT_EQ(run_.check("no_stale_read").saw, "2 reads judged");
}

TEST_F(ServedReadsTest, PassWithTheValueOfAnEarlierState) {
  run_.history("invoke c2/2 get k1");
  run_.history("invoke c1/2 put k1", "\"value\":\"c1.2\"");
  run_.node(2).serve("c2/2", "k1", 4);
  commit_everywhere("c1/2");
  run_.history("ok c1/2 put k1", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  run_.history("ok c2/2 get k1", "\"value\":\"c1.1 \",\"log_index\":4,\"term\":1,\"node\":\"n2\"");
  for (const char* check : {"exactly_once", "acknowledged_writes_survive"})
    expect_pass(check);
}

TEST_F(ServedReadsTest, FailWithAnotherValue) {
  run_.node(2).serve("c2/2", "k1", 4);
  answer("c9.9 ", 4);
  expect_fail(
      "exactly_once",
      HasSubstr("c2/2 (get of k1) was answered \"c9.9 \" from the state after entry 4; "
                "replaying what was committed up to there gives another value, of 5 bytes"));
}

TEST_F(ServedReadsTest, FailWhereNobodyServedThem) {
  run_.node(2).serve("c2/2", "k1", 4);
  answer("c1.1 ", 3);
  expect_fail(
      "acknowledged_writes_survive",
      HasSubstr("acknowledged the read c2/2 at index 3; it does not stand there, and no node "
                "answered it from the state after that entry"));
}

TEST_F(ServedReadsTest, FailWhereTheStateWasNeverReached) {
  answer("c1.1 ", 9);
  expect_fail("acknowledged_writes_survive", HasSubstr("c2/2 at index 9, which no server ever"));
}

TEST_F(ServedReadsTest, FailBeforeTheirReadIndexIsApplied) {
  run_.node(2).serve("c2/2", "k1", 5);
  expect_fail("state_machine_safety",
              HasSubstr("answers c2/2, granted at 5, from the state after entry 4"));
}

TEST_F(ServedReadsTest, FailFromAStateThatTheNodeDoesNotHave) {
  run_.node(2).line("read_served", fmt::format("\"client\":\"c2\",\"request\":2,\"key\":\"k1\","
                                               "\"read_index\":3,\"log_index\":3,\"digest\":\"{}\"",
                                               digest(13)));
  expect_fail("state_machine_safety", HasSubstr("it has applied up to 4"));
}

TEST_F(StaleReadsTest, FailWhereTheyMissWhatWasAcknowledgedBefore) {
  run_.history("invoke c2/2 get k1");
  run_.history("ok c2/2 get k1", "\"value\":\"c1.1 \",\"log_index\":3,\"term\":1,\"node\":\"n2\"");
  expect_fail(
      "no_stale_read",
      HasSubstr("c2/2 was answered by n2 from the state after entry 3, but probe/1 had been "
                "acknowledged at 4 before it was invoked"));
}

TEST_F(StaleReadsTest, PassWhereThatWasAcknowledgedMeanwhile) {
  run_.history("invoke c2/2 get k1").history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("ok c1/2 append k1", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  run_.history("ok c2/2 get k1", "\"value\":\"c1.1 \",\"log_index\":4,\"term\":1,\"node\":\"n2\"");
  expect_pass("no_stale_read");
}

TEST(StaleReads, DoNotApplyWhereNobodyReads) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.check("no_stale_read").verdict, Verdict::not_applicable);
}

TEST_F(ExpiryTest, PassesForARequestOfAForgottenSession) {
  forget_c1();
  apply("c1/1 expired");
  const CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "3 commands, 0 retries, 0 answers, 1 expired");
}

TEST_F(ExpiryTest, PassesForANewSessionOfWhoKnewTheLog) {
  forget_c1();
  invoke("c1/2", 1);
  apply("c1/2");  // and that of c2 is forgotten
  apply("c3/1 duplicate");
  apply("c2/1 expired");
  const CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
}

TEST_F(ExpiryTest, FailsWhereTheSessionIsThere) {
  forget_c1();
  invoke("c3/2");
  apply("c3/2 expired");
  expect_fail(
      "n1 refused c3/2 at index 4 as expired, but no session of its client's can have been");
}

TEST_F(ExpiryTest, FailsWhereNoneWasForgotten) {
  invoke("c1/1");
  apply("c1/1 expired");
  expect_fail("n1 refused c1/1 at index 1 as expired");
}

TEST_F(ExpiryTest, FailsWhereARequestTakesEffectWhoseSessionMayBeForgotten) {
  forget_c1();
  invoke("c1/2");
  apply("c1/2");
  expect_fail("c1/2 took effect at index 4 on n1, where its session may have been forgotten");
}

TEST_F(ExpiryTest, FailsWhereTheRequestTakesEffectAgain) {
  forget_c1();
  apply("c1/1");
  expect_fail("c1/1 took effect at index 1 and again at 4");
}

TEST_F(ExpiryTest, FailsWhereAForgottenSessionIsKnownYet) {
  forget_c1();
  apply("c1/1 duplicate");
  expect_fail("n1 left c1/1 at index 4 without effect");
}

// A kind of node may not tell where it answered from; then its read is linearizable's to judge.
TEST_F(HealthyRunTest, AReadWithoutAPlaceIsNotExpectedInTheLog) {
  run_.history("invoke c2/2 get k1");
  run_.history("ok c2/2 get k1", "\"value\":\"c1.1 \",\"node\":\"n2\"");
  expect_pass("exactly_once");
}

TEST_F(HealthyRunTest, NodesAgreeOnWhatHasExpired) {
  for (unsigned i = 1; i <= 2; ++i)
    run_.node(i).append({15}).persist().commit(5);
  run_.node(1).apply({"c1/1 expired"});
  run_.node(2).apply({"c1/1 duplicate"});
  expect_fail("state_machine_safety", HasSubstr("c1/1 as expired"));
}

}  // namespace
}  // namespace verify
