// SPDX-License-Identifier: Apache-2.0
// How a run went and ended: convergence, no_crash, expectations, faults_took_effect.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class RunChecksTest : public testing::Test {
 protected:
  void expect(Verdict verdict, const std::string& check,
              const testing::Matcher<std::string>& message) {
    const CheckResult result = run_.check(check);
    EXPECT_EQ(result.verdict, verdict);
    EXPECT_THAT(result.message, message);
  }
  // Three nodes that applied a no-op and the probe, up to where they stop.
  void apply_probe() {
    run_.fault("run_started",
               "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":3");
    for (unsigned i = 1; i <= 3; ++i) {
      run_.node(i).start().enter_term(1).append({11, 12}).persist().commit(2).apply(
          {"noop", "probe/1"});
    }
    run_.fault("finishing", "\"converge\":true").fault("probe", "\"log_index\":2");
  }
  void end(const std::string& converged) {
    run_.fault("converged", converged);
    run_.fault("run_ended", "\"reason\":\"completed\"");
  }

  RunFolder run_;
};

using ConvergenceTest = RunChecksTest;
using NoCrashTest = RunChecksTest;
using ExpectationsTest = RunChecksTest;
using FaultsTest = RunChecksTest;

const std::string kAgreed = fmt::format("\"log_index\":2,\"digest\":\"{}\"", digest(12));

TEST_F(ConvergenceTest, PassesWhereAllStoppedInOneState) {
  tell_healthy_run(run_);
  expect(Verdict::pass, "convergence", "");
  EXPECT_EQ(run_.check("convergence").saw, "3 nodes at 4, 3 states compared");
}

TEST_F(ConvergenceTest, FailsWhereTheNodesWereWaitedForInVain) {
  apply_probe();
  run_.fault("not_converged", "\"observed\":\"n3 has applied up to 1\"");
  run_.fault("run_ended", "\"reason\":\"completed\"");
  expect(Verdict::fail, "convergence", HasSubstr("did not converge: n3 has applied up to 1"));
}

TEST_F(ConvergenceTest, IsUnknownWhereTheMachineWasTooBusy) {
  apply_probe();
  run_.network("stalled", "\"late_us\":250000").fault("stalled", "\"late_us\":100000");
  run_.fault("not_converged", "\"observed\":\"n3 has applied up to 1\"");
  run_.fault("run_ended", "\"reason\":\"completed\"");
  expect(Verdict::unknown, "convergence", HasSubstr("But the network ran 250 ms too late"));
}

TEST_F(ConvergenceTest, IsUnknownWhereTheRunEndedBefore) {
  apply_probe();
  run_.fault("run_ended", "\"reason\":\"interrupted\"");
  expect(Verdict::unknown, "convergence", HasSubstr("ended before the nodes converged"));
}

TEST_F(ConvergenceTest, DoesNotApplyWhereTheScenarioEndsWithoutIt) {
  run_.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":3");
  run_.fault("finishing", "\"converge\":false").fault("run_ended", "\"reason\":\"completed\"");
  expect(Verdict::not_applicable, "convergence", "");
}

TEST_F(ConvergenceTest, FailsForANodeThatStoppedBeforeTheProbe) {
  apply_probe();
  run_.node(1).stop();
  run_.node(2).stop();
  run_.node(3).start().commit(1).apply({"noop"}).stop();
  end(kAgreed);
  expect(Verdict::fail, "convergence",
         AllOf(HasSubstr("section 5.3"), HasSubstr("n3 stopped with entries applied up to 1"),
               HasSubstr("the probe stands at 2")));
}

TEST_F(ConvergenceTest, FailsForANodeThatAppliedAnotherLog) {
  apply_probe();
  run_.node(1).stop();
  run_.node(2).stop();
  run_.node(3).stop();
  end(fmt::format("\"log_index\":2,\"digest\":\"{}\"", digest(99)));
  expect(Verdict::fail, "convergence", HasSubstr("n1 has applied a log with digest"));
}

TEST_F(ConvergenceTest, FailsForANodeInAnotherState) {
  apply_probe();
  run_.node(1).stop();
  run_.node(2).stop(78);
  run_.node(3).stop();
  end(kAgreed);
  expect(Verdict::fail, "convergence",
         HasSubstr("n1 and n2 stopped after the same entry 2 with different states"));
}

TEST_F(ConvergenceTest, ComparesOnlyStatesOfTheSameEntry) {
  apply_probe();
  run_.node(1).stop();
  run_.node(2).stop();
  run_.node(3).append({13}).persist().commit(3).apply({"noop"}).stop(78);
  end(kAgreed);
  expect(Verdict::pass, "convergence", "");
  EXPECT_THAT(run_.check("convergence").saw, HasSubstr("2 states compared"));
}

TEST_F(ConvergenceTest, IsUnknownWhereANodeDidNotStopInOrder) {
  apply_probe();
  run_.node(1).stop();
  run_.node(2).stop();
  end(kAgreed);
  expect(Verdict::unknown, "convergence", HasSubstr("n3 did not stop in order"));
}

TEST_F(NoCrashTest, PassesForKillsThatWereAskedFor) {
  tell_healthy_run(run_);
  expect(Verdict::pass, "no_crash", "");
  EXPECT_EQ(run_.check("no_crash").saw, "4 starts, 4 ends, none unasked");
}

TEST_F(RunChecksTest, NoImpossibleMessageFailsForOneThatWasRefused) {
  tell_healthy_run(run_);
  expect(Verdict::pass, "no_impossible_message", "");
  run_.node(2).line("refused", R"("reason":"a second leader in one term")");
  expect(Verdict::fail, "no_impossible_message", HasSubstr("n2 was sent a second leader"));
}

TEST_F(NoCrashTest, FailsForAnAssertion) {
  tell_healthy_run(run_);
  run_.fault("node_exited",
             "\"node\":\"n2\",\"inc\":1,\"expected\":false,\"exit_code\":null,\"signal\":6,"
             "\"reason\":\"raft.cpp:7: assertion failed: match <= last\"");
  expect(Verdict::fail, "no_crash",
         AllOf(HasSubstr("n2 (incarnation 1) ended unasked"), HasSubstr("SIGABRT"),
               HasSubstr("assertion failed: match <= last")));
}

TEST_F(NoCrashTest, FailsForAnAssertionWhileStopping) {
  tell_healthy_run(run_);
  run_.fault("node_exited",
             "\"node\":\"n2\",\"inc\":1,\"expected\":true,\"exit_code\":null,"
             "\"signal\":11,\"reason\":\"\"");
  expect(Verdict::fail, "no_crash", HasSubstr("ended with signal SIGSEGV"));
}

TEST_F(NoCrashTest, FailsForAnEndThatNobodyAskedFor) {
  tell_healthy_run(run_);
  run_.fault("node_exited",
             "\"node\":\"n2\",\"inc\":1,\"expected\":false,\"exit_code\":0,"
             "\"signal\":null,\"reason\":\"\"");
  expect(Verdict::fail, "no_crash", HasSubstr("ended unasked, with exit code 0"));
}

TEST_F(NoCrashTest, IsUnknownWhereTheEnvironmentFailedANode) {
  tell_healthy_run(run_);
  run_.fault("node_exited",
             "\"node\":\"n2\",\"inc\":1,\"expected\":false,\"exit_code\":3,"
             "\"signal\":null,\"reason\":\"disk full\"");
  expect(Verdict::unknown, "no_crash",
         HasSubstr("harness error: n2 (incarnation 1) could not run"));
}

TEST_F(ExpectationsTest, PassWhereAllWereMet) {
  tell_healthy_run(run_);
  run_.fault("expectation",
             "\"number\":1,\"text\":\"a leader\",\"met\":true,\"observed\":\"n1\","
             "\"about\":\"time\"");
  expect(Verdict::pass, "expectations", "");
  EXPECT_EQ(run_.check("expectations").saw, "1 expectation judged");
}

TEST_F(ExpectationsTest, FailTheRunWhereOneWasNotMet) {
  tell_healthy_run(run_);
  run_.fault("expectation",
             "\"number\":1,\"text\":\"no leader\",\"met\":false,\"observed\":\"n1 leads term 1\","
             "\"about\":\"safety\"");
  expect(Verdict::fail, "expectations", "Expected: no leader. Observed: n1 leads term 1");
  EXPECT_EQ(run_.judge().verdict, Verdict::fail);
}

TEST_F(ExpectationsTest, FailTheRunWhereOneAboutTimeWasNotMet) {
  tell_healthy_run(run_);
  run_.node(2).line("stalled", "\"late_us\":60000");
  run_.fault("expectation",
             "\"number\":1,\"text\":\"a leader\",\"met\":false,\"observed\":\"none\","
             "\"about\":\"time\"");
  run_.node(2).line("stalled", "\"late_us\":600000");  // too late to be an excuse
  expect(Verdict::fail, "expectations", "Expected: a leader. Observed: none");
}

TEST_F(ExpectationsTest, AreUnknownWhereTheMachineWasTooBusy) {
  tell_healthy_run(run_);
  run_.node(2).line("stalled", "\"late_us\":160000");
  run_.fault("expectation",
             "\"number\":1,\"text\":\"a leader\",\"met\":false,\"observed\":\"none\","
             "\"about\":\"time\"");
  expect(Verdict::unknown, "expectations", HasSubstr("But n2 ran 160 ms too late"));
  run_.fault("expectation",
             "\"number\":2,\"text\":\"one leader\",\"met\":false,\"observed\":\"two\","
             "\"about\":\"safety\"");
  expect(Verdict::fail, "expectations", "Expected: one leader. Observed: two");
}

TEST_F(FaultsTest, TookEffectWhereEachMetAMessage) {
  tell_healthy_run(run_);
  run_.network("rule_added", "\"rule\":\"cut\"");
  run_.network("rule_total", "\"rule\":\"cut\",\"matched\":4,\"affected\":2");
  expect(Verdict::pass, "faults_took_effect", "");
  EXPECT_EQ(run_.judge().verdict, Verdict::pass);
}

TEST_F(FaultsTest, AreUnknownWhereOneMetNoMessage) {
  tell_healthy_run(run_);
  run_.fault("fault_started", "\"id\":\"cut\",\"fault\":\"partition\",\"targets\":[\"n1\"]");
  run_.network("rule_added", "\"rule\":\"cut\"");
  run_.network("rule_total", "\"rule\":\"cut\",\"matched\":0,\"affected\":0");
  expect(Verdict::unknown, "faults_took_effect", HasSubstr("'cut' met no message"));
  EXPECT_EQ(run_.judge().verdict, Verdict::unknown);
}

TEST_F(FaultsTest, MayMeetNoMessageWhereTheySaySo) {
  tell_healthy_run(run_);
  run_.fault("fault_started",
             "\"id\":\"cut\",\"fault\":\"loss\",\"targets\":[],\"may_not_match\":true");
  run_.network("rule_total", "\"rule\":\"cut\",\"matched\":0,\"affected\":0");
  expect(Verdict::pass, "faults_took_effect", "");
}

TEST_F(FaultsTest, AreUnknownWhereTheNetworkTellsNoTotal) {
  tell_healthy_run(run_);
  run_.network("rule_added", "\"rule\":\"cut\"");
  expect(Verdict::unknown, "faults_took_effect", HasSubstr("no total of the fault 'cut'"));
}

}  // namespace
}  // namespace verify
