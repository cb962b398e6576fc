// SPDX-License-Identifier: Apache-2.0
// liveness, and what it knows of who hears whom. Timeouts are 150 to 300 ms, so that 2.3 s
// without a leader or a commit are too long.
#include <fmt/format.h>

#include "orchestrator/verify/connectivity.h"
#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Nodes = std::vector<NodeId>;

FaultEvent ready(unsigned node) {
  return {{}, {}, "node_ready", NodeReady{{node}, 1}};
}
FaultEvent started(const FaultStarted& fault) {
  return {{}, {}, "fault_started", fault};
}
FaultEvent ended(const std::string& id) {
  return {{}, {}, "fault_ended", FaultEnded{id}};
}

class ConnectivityTest : public testing::Test {
 protected:
  ConnectivityTest() {
    for (unsigned i = 1; i <= 3; ++i)
      network_.take(ready(i));
  }
  Connectivity network_;
};

TEST_F(ConnectivityTest, IsOfAllWhereNothingIsDone) {
  EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{1}, {2}, {3}}));
}

TEST_F(ConnectivityTest, IsOfEachSideOfAPartition) {
  network_.take(
      started({"p", "partition", {"n1"}, false, {{{1}, {2}}, {{2}, {1}}, {{1}, {3}}, {{3}, {1}}}}));
  EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{1}}, Nodes{{2}, {3}}));
  network_.take(ended("p"));
  EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{1}, {2}, {3}}));
}

TEST_F(ConnectivityTest, IsOfNobodyWhereALinkIsCutOneWay) {
  network_.take(started({"p", "partition", {"n1"}, false, {{{1}, {2}}}}));
  EXPECT_THAT(network_.undisturbed_groups(), IsEmpty());
}

TEST_F(ConnectivityTest, IsOfNobodyWhereOneHearsTwoThatDoNotHearEachOther) {
  network_.take(started({"p", "partition", {}, false, {{{1}, {3}}, {{3}, {1}}}}));
  EXPECT_THAT(network_.undisturbed_groups(), IsEmpty());
}

TEST_F(ConnectivityTest, IsOfNobodyWhileSomethingIsSlowOrLost) {
  for (const char* fault : {"loss", "delay", "slow", "clock"}) {
    network_.take(started({"f", fault, {"n1"}, false, {}}));
    EXPECT_THAT(network_.undisturbed_groups(), IsEmpty()) << fault;
    network_.take(ended("f"));
    EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{1}, {2}, {3}}));
  }
}

TEST_F(ConnectivityTest, IsNotOfWhoIsDownOrPaused) {
  network_.take(started({"f", "pause", {"n1"}, false, {}}));
  EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{2}, {3}}));
  network_.take({{}, {}, "node_killed", NodeKilled{{1}, 1}});
  network_.take(ready(1));
  EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{1}, {2}, {3}}));
  network_.take({{}, {}, "node_exited", NodeExited{{2}, 1, false, 1, 0, ""}});
  EXPECT_THAT(network_.undisturbed_groups(), ElementsAre(Nodes{{1}, {3}}));
}

class LivenessTest : public testing::Test {
 protected:
  LivenessTest() {
    run_.fault("run_started",
               "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":3");
    for (unsigned i = 1; i <= 3; ++i) {
      run_.fault("node_started", fmt::format("\"node\":\"n{}\",\"inc\":1,\"pid\":{}", i, i));
      run_.node(i).start();
      run_.fault("node_ready", fmt::format("\"node\":\"n{}\",\"inc\":1", i));
      run_.node(i).enter_term(1).vote("n1").persist();
    }
  }
  void lead() { run_.node(1).lead({"n1", "n2"}); }
  void fault(const std::string& id, const std::string& fields) {
    run_.fault("fault_started", fmt::format("\"id\":\"{}\",{}", id, fields));
  }
  CheckResult judge() {
    run_.fault("run_ended", "\"reason\":\"completed\"");
    return run_.check("liveness");
  }
  void expect_pass(const std::string& saw) {
    const CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
    EXPECT_THAT(result.saw, HasSubstr(saw));
  }
  void expect_fail(const std::string& message) {
    const CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, HasSubstr(message));
    EXPECT_FALSE(result.lines.empty());
  }

  RunFolder run_;
};

TEST_F(LivenessTest, PassesWhereALeaderCommits) {
  lead();
  run_.node(1).append({11}).persist();
  run_.node(2).append({11}).persist();
  run_.node(1).commit(1);
  run_.pass(4500);
  expect_pass("4.5 s undisturbed, longest without a leader 0.0 s, a commit 0.0 s, an answer 0.0 s");
}

TEST_F(LivenessTest, FailsWhereNobodyLeads) {
  run_.pass(4100);
  expect_fail("For 4.1 s, nobody led; n1 n2 n3 were up, undisturbed and a quorum");
}

TEST_F(LivenessTest, FailsWhereTheLeaderStepsDownForGood) {
  lead();
  run_.pass(4200);
  run_.node(1).follow();
  run_.pass(4100);
  expect_fail("For 4.1 s, nobody led");
}

TEST_F(LivenessTest, FailsWhereTheLeaderCommitsNothing) {
  lead();
  run_.node(1).append({11});
  run_.pass(4100);
  expect_fail("For 4.1 s, the leader n1 had entry 1 in its log and did not commit it");
}

TEST_F(LivenessTest, FailsWhereAClientGetsNoAnswer) {
  lead();
  run_.history("invoke c1/1 get k1");
  run_.history("fail c1/1 get k1");
  run_.history("invoke c1/2 get k1");
  run_.pass(4100);
  run_.history("info c1/2 get k1");
  expect_fail("For 4.1 s, c1/2 got no answer; all nodes were up and undisturbed");
}

TEST_F(LivenessTest, AsksForNoAnswerWhereOneIsDownWhomAClientMayAsk) {
  lead();
  run_.fault("node_killed", "\"node\":\"n3\",\"inc\":1");
  run_.history("invoke c1/1 get k1");
  run_.pass(4100);
  run_.history("info c1/1 get k1");
  expect_pass("an answer 0.0 s");
}

TEST_F(LivenessTest, AsksForNoAnswerToWhatWasAskedBefore) {
  lead();
  run_.history("invoke c1/1 get k1");
  fault("l", "\"fault\":\"loss\",\"targets\":[]");
  run_.fault("fault_ended", "\"id\":\"l\"");
  run_.pass(4100);
  run_.history("info c1/1 get k1");
  expect_pass("an answer 0.0 s");
}

TEST_F(LivenessTest, IsOfTheLargerSideOfAPartition) {
  lead();
  fault("p",
        "\"fault\":\"partition\",\"targets\":[\"n1\"],\"links\":[[\"n1\",\"n2\"],[\"n2\",\"n1\"],"
        "[\"n1\",\"n3\"],[\"n3\",\"n1\"]]");
  run_.pass(4100);
  expect_fail("nobody led; n2 n3 were up");
}

TEST_F(LivenessTest, IsNotAskedWithoutAQuorum) {
  for (unsigned i = 2; i <= 3; ++i)
    run_.fault("node_killed", fmt::format("\"node\":\"n{}\",\"inc\":1", i));
  run_.pass(9000);
  EXPECT_EQ(judge().verdict, Verdict::not_applicable);
}

TEST_F(LivenessTest, IsNotAskedWhileAFaultIsInForceOrSoonAfter) {
  fault("l", "\"fault\":\"loss\",\"targets\":[]");
  run_.pass(9000);
  run_.fault("fault_ended", "\"id\":\"l\"");
  run_.pass(2200);
  EXPECT_EQ(judge().verdict, Verdict::not_applicable);
}

TEST_F(LivenessTest, IsNotAskedWhileTheMembersChange) {
  for (unsigned i = 1; i <= 4; ++i) {
    run_.pass(1500);
    run_.node(1).configure(i, {{"n1", "n2", "n3"}, {}, {fmt::format("n{}", i % 2 + 4)}});
  }
  EXPECT_EQ(judge().verdict, Verdict::not_applicable);
}

TEST_F(LivenessTest, IsUnknownWhereTheMachineWasBusy) {
  run_.pass(4050);
  run_.node(2).line("stalled", "\"late_us\":400000");
  const CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_THAT(result.message, HasSubstr("too busy to tell"));
}

}  // namespace
}  // namespace verify
