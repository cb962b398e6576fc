// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ElectionSafetyTest : public testing::Test {
 protected:
  ElectionSafetyTest() { tell_healthy_run(run_); }

  void expect_fail(const testing::Matcher<std::string>& message) {
    const CheckResult result = run_.check("election_safety");
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, message);
    EXPECT_FALSE(result.lines.empty());
  }

  RunFolder run_;
};

TEST_F(ElectionSafetyTest, PassesWhereEachTermHasOneLeader) {
  run_.node(2).enter_term(2).vote("n2").persist();
  run_.node(3).enter_term(2).vote("n2").persist();
  run_.node(2).lead({"n2", "n3"});
  const CheckResult result = run_.check("election_safety");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "2 leaders in 2 terms, 5 votes");
}

TEST_F(ElectionSafetyTest, FailsForTwoLeadersInOneTerm) {
  run_.node(2).lead({"n2", "n3"});
  expect_fail(AllOf(HasSubstr("section 5.2"), HasSubstr("In term 1"), HasSubstr("n1"),
                    HasSubstr("n2 (incarnation 1) became leader")));
  const CheckResult result = run_.check("election_safety");
  ASSERT_EQ(result.lines.size(), 2u);
  EXPECT_EQ(file_name(result.lines[0].file), "nodes/n2.jsonl");
  EXPECT_EQ(file_name(result.lines[1].file), "nodes/n1.jsonl");
}

TEST_F(ElectionSafetyTest, FailsForTwoVotesInOneTerm) {
  run_.node(3).vote("n2");
  expect_fail(AllOf(HasSubstr("One vote"), HasSubstr("In term 1, n3 voted for n1"),
                    HasSubstr("and for n2 (incarnation 2)")));
}

TEST_F(ElectionSafetyTest, FailsForAVoteForgottenAcrossARestart) {
  run_.node(3).enter_term(5).vote("n2").persist().lose_vote().start();
  expect_fail(AllOf(HasSubstr("stable storage"), HasSubstr("term 5 with its vote for nobody"),
                    HasSubstr("last known durable was term 5 with its vote for n2")));
}

TEST_F(ElectionSafetyTest, AllowsAVoteThatWasDecidedAndNotDurableToBeLost) {
  run_.node(3).enter_term(5).vote("n2").start();
  EXPECT_EQ(run_.check("election_safety").verdict, Verdict::pass);
}

TEST_F(ElectionSafetyTest, AllowsAnotherVoteAfterOneThatWasLostBeforeItWasDurable) {
  run_.node(3).enter_term(5).vote("n2").start().enter_term(5).vote("n1").persist();
  EXPECT_EQ(run_.check("election_safety").verdict, Verdict::pass);
}

TEST_F(ElectionSafetyTest, FailsWhereAVoteIsCountedThatWasNeverDurable) {
  run_.node(3).enter_term(5).vote("n1");
  run_.node(1).enter_term(5).vote("n1").persist().lead({"n1", "n3"});
  expect_fail(AllOf(HasSubstr("stable storage"), HasSubstr("counting a vote of n3")));
}

TEST_F(ElectionSafetyTest, AllowsAVoteThatWasDecidedAndNotKnownDurableToBeFound) {
  run_.node(3).enter_term(5).vote("n2").persist_silently().start();
  EXPECT_EQ(run_.check("election_safety").verdict, Verdict::pass);
}

TEST_F(ElectionSafetyTest, FailsForADurableStateThatWasNeverDecided) {
  run_.node(2).enter_term(5).persist().enter_term(6);
  run_.node(2).line("persisted", "\"write\":9,\"voted_for\":\"n3\",\"log_index\":4,\"digest\":\"" +
                                     digest(14) + "\",\"snapshot_index\":0");
  expect_fail(
      AllOf(HasSubstr("stable storage"), HasSubstr("made term 6 with its vote for n3 durable")));
}

TEST_F(ElectionSafetyTest, FailsForALeaderWithoutAMajority) {
  run_.node(2).enter_term(2).vote("n2").persist().lead({"n2"});
  expect_fail(AllOf(HasSubstr("majority"),
                    HasSubstr("by the votes of n2, which are no quorum of n1 n2 n3")));
}

TEST_F(ElectionSafetyTest, FailsWhereOneVoteIsCountedTwice) {
  run_.node(2).enter_term(2).vote("n2").persist().lead({"n2", "n2"});
  expect_fail(HasSubstr("by the votes of n2 n2, which are no quorum"));
}

TEST_F(ElectionSafetyTest, FailsForAVoteThatWasNotGiven) {
  run_.node(2).enter_term(2).vote("n2").persist().lead({"n2", "n3"});
  expect_fail(HasSubstr("counting a vote of n3, which voted for nobody"));
}

TEST_F(ElectionSafetyTest, FailsForAVoteThatBecameDurableAfterItWasCounted) {
  run_.node(2).enter_term(2).vote("n2").persist();
  run_.node(3).enter_term(2).vote("n2");
  run_.node(2).lead({"n2", "n3"});
  run_.node(3).persist();
  expect_fail(AllOf(HasSubstr("stable storage"), HasSubstr("counting a vote of n3, which had not "
                                                           "made its vote durable by then")));
}

// Told while the run goes on: its evidence has no end, and need not be whole.
TEST_F(ElectionSafetyTest, FailsAsSoonAsTheVoterHasALineOfLater) {
  run_.node(2).enter_term(2).vote("n2").persist().lead({"n2", "n3"});
  run_.node(3).line("timed_out").bytes("?\n");
  expect_fail(HasSubstr("counting a vote of n3, which voted for nobody"));
  const CheckResult result = run_.check("election_safety");
  ASSERT_EQ(result.involved.size(), 1u);
  EXPECT_EQ(result.involved[0].node, NodeId{3});
}

TEST_F(ElectionSafetyTest, FailsForATermThatGoesBack) {
  run_.node(2).enter_term(4).enter_term(3);
  expect_fail(HasSubstr("n2 went from term 4 back to term 3"));
}

TEST(ElectionSafety, IsUnknownWhereNobodyEverVoted) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"completed\"");
  const CheckResult result = run.check("election_safety");
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_THAT(result.message, HasSubstr("saw nothing"));
}

}  // namespace
}  // namespace verify
