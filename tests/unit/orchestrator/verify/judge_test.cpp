// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/judge.h"

#include <gmock/gmock.h>

#include "orchestrator/verify/check.h"
#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<std::string> names_in(const Result& result) {
  std::vector<std::string> names;
  for (const CheckResult& check : result.checks)
    names.push_back(check.name);
  return names;
}

TEST(Judge, PassesAHealthyRunByEveryCheck) {
  RunFolder run;
  tell_healthy_run(run);
  const Result result = run.judge();
  EXPECT_EQ(result.verdict, Verdict::pass);
  EXPECT_THAT(names_in(result), ElementsAreArray(checks_of_scripts()));
}

TEST(Judge, TellsTheNumbersAndHowToRunItAgain) {
  RunFolder run;
  tell_healthy_run(run);
  const Result result = run.judge();
  EXPECT_EQ(result.scenario, "healthy");
  EXPECT_EQ(result.seed, 7u);
  EXPECT_EQ(result.cluster, "processes");
  EXPECT_EQ(result.numbers.peers, 3u);
  EXPECT_EQ(result.numbers.messages, 20u);
  EXPECT_EQ(result.numbers.bytes, 900u);
  EXPECT_EQ(result.numbers.committed, 4u);
  EXPECT_GT(result.numbers.seconds, 0.01);
  EXPECT_EQ(result.run_again, "./squall run 'a b.yaml' --seed 7");
  EXPECT_EQ(result.commit, "0123456789ab-dirty");
}

TEST(Judge, IsUnknownWhereAFileIsMissing) {
  for (const char* file : {"network.jsonl", "history.jsonl", "nodes/n2.jsonl"}) {
    RunFolder run;
    tell_healthy_run(run);
    std::filesystem::remove(run.write() / file);
    EXPECT_EQ(judge(run.write_nothing()).verdict, Verdict::unknown) << file;
  }
}

TEST(Judge, IsUnknownWhereAClientsAnswerIsMissing) {
  RunFolder run;
  tell_healthy_run(run);
  run.history("invoke c1/8 append k1", "\"value\":\"c1.8 \"");
  EXPECT_EQ(run.judge().verdict, Verdict::unknown);
}

TEST(Judge, UsesTheChecksThatTheRunWasStartedWith) {
  RunFolder run;
  run.fault("run_started",
            "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"simulated\",\"nodes\":1,"
            "\"checks\":[\"no_crash\"]");
  run.fault("node_started", "\"node\":\"n1\",\"inc\":1,\"pid\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"completed\"");
  const Result result = run.judge();
  EXPECT_THAT(names_in(result), ElementsAre("no_crash"));
  EXPECT_EQ(result.verdict, Verdict::pass);
  EXPECT_EQ(result.run_again, "");
}

TEST(Judge, AsksANodeKindWithoutTracesForWhatItsClientsGot) {
  RunFolder run;
  run.fault("run_started",
            "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1,"
            "\"kind\":\"etcd\",\"checks\":[\"conformance\",\"log_matching\",\"no_crash\"]");
  run.fault("node_started", "\"node\":\"n1\",\"inc\":1");
  run.fault("node_ready", "\"node\":\"n1\",\"inc\":1");
  run.fault("node_exited", "\"node\":\"n1\",\"inc\":1,\"expected\":true,\"exit_code\":0");
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.judge().verdict, Verdict::pass);
  EXPECT_EQ(run.check("conformance").verdict, Verdict::not_applicable);
  EXPECT_EQ(run.check("log_matching").verdict, Verdict::not_applicable);
  EXPECT_EQ(run.check("no_crash").verdict, Verdict::pass);
}

TEST(Judge, IsUnknownWhereASquallNodeDoesNotSayWhatItWasSetTo) {
  RunFolder run;
  run.fault("run_started",
            "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1,"
            "\"kind\":\"squall-node\",\"checks\":[\"no_crash\"]");
  run.fault("node_started", "\"node\":\"n1\",\"inc\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.judge().verdict, Verdict::unknown);
  EXPECT_EQ(run.check("evidence").message, "n1 does not say what of the algorithm it was set to");
}

TEST(Judge, IsUnknownWhereNoCheckApplies) {
  RunFolder run;
  run.fault("run_started",
            "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1,"
            "\"checks\":[\"convergence\"]");
  run.fault("expectation",
            "\"number\":1,\"text\":\"a\",\"met\":true,\"observed\":\"\","
            "\"about\":\"time\"");
  run.fault("finishing", "\"converge\":false").fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.judge().verdict, Verdict::unknown);
}

TEST(Judge, IsUnknownForARunThatReachedItsTimeLimit) {
  RunFolder run;
  run.fault("run_started",
            "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1,"
            "\"checks\":[\"no_crash\"]");
  run.fault("node_started", "\"node\":\"n1\",\"inc\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"time_limit\"");
  EXPECT_EQ(run.judge().verdict, Verdict::unknown);
  EXPECT_EQ(run.check("evidence").message, "the run was cut short: time_limit");
  EXPECT_EQ(run.check("no_crash").verdict, Verdict::pass);
}

TEST(Judge, IsUnknownForACheckThatDoesNotExist) {
  RunFolder run;
  run.fault("run_started",
            "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1,"
            "\"checks\":[\"world_peace\"]");
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.judge().verdict, Verdict::unknown);
  EXPECT_EQ(run.check("checks").message, "no check is called world_peace");
}

TEST(Overall, IsTheWorst) {
  const auto of = [](std::vector<Verdict> verdicts) {
    std::vector<CheckResult> results;
    for (const Verdict verdict : verdicts)
      results.push_back({"", verdict, "", "", {}});
    return overall(results);
  };
  using enum Verdict;
  EXPECT_EQ(of({pass, not_applicable}), pass);
  EXPECT_EQ(of({pass, unknown}), unknown);
  EXPECT_EQ(of({unknown, fail, pass}), fail);
  EXPECT_EQ(of({not_applicable}), unknown);
  EXPECT_EQ(of({}), unknown);
}

// A run under way is stopped at its first violation: checks say so before they are finished.
TEST(Checks, FailAsSoonAsTheySeeAViolation) {
  auto checks = make_checks({"election_safety"});
  Check& check = *checks[0].check;
  NodeEvent event;
  event.node = {1};
  event.term = {3};
  event.role = Role::leader;
  event.what = RoleChanged{Role::candidate, "votes", {{1}, {2}}, {}, {}, 0};
  check.on_node(event);
  EXPECT_FALSE(check.failed());
  event.node = {2};
  check.on_node(event);
  EXPECT_TRUE(check.failed());
}

}  // namespace
}  // namespace verify
