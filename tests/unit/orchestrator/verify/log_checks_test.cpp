// SPDX-License-Identifier: Apache-2.0
// log_matching and leader_completeness.
#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class LogMatchingTest : public HealthyRunTest {};
class LeaderCompletenessTest : public HealthyRunTest {};

TEST_F(LogMatchingTest, PassesAndSaysWhatItSaw) {
  EXPECT_EQ(run_.check("log_matching").saw, "4 entries in 3 logs, 0 cut off");
  expect_pass("log_matching");
}

TEST_F(LogMatchingTest, PassesWhereAFollowerReplacesEntriesOfAnOldTerm) {
  run_.node(1).append({15, 16});
  elect_n2();
  run_.node(2).append({21});
  run_.node(1).enter_term(2).truncate(5).append({21}, 2).persist();
  expect_pass("log_matching");
}

TEST_F(LogMatchingTest, PassesWhereACrashBringsBackWhatWasCutOff) {
  run_.node(1).append({15, 16}).persist();
  elect_n2();
  run_.node(2).append({21});
  run_.node(1).enter_term(2).truncate(5).append({21}, 2);  // not durable
  run_.node(1).start();                                    // with 15 and 16 again
  run_.node(1).enter_term(2).truncate(5).append({21}, 2).persist();
  expect_pass("log_matching");
}

TEST_F(LogMatchingTest, FailsForTwoLogsThatDifferAtTheSameIndexAndTerm) {
  run_.node(1).append({15});
  run_.node(2).append({99});
  expect_fail("log_matching", AllOf(HasSubstr("section 5.3"), HasSubstr("At index 5, term 1, n2"),
                                    HasSubstr(digest(15)), HasSubstr(digest(99))));
}

TEST_F(LogMatchingTest, FailsForAGapInALog) {
  run_.node(2).line("entries_appended", "\"entries\":[[6,1,\"" + digest(16) + "\"]]");
  expect_fail("log_matching", HasSubstr("appends entry 6 to a log that ends at 4"));
}

TEST_F(LogMatchingTest, FailsForATermThatDecreasesAlongTheLog) {
  elect_n2();
  run_.node(2).append({21}).append({22}, 1);
  expect_fail("log_matching", HasSubstr("entry 6 of term 1 after one of term 2"));
}

TEST_F(LogMatchingTest, FailsForALeaderThatDeletesItsOwnEntries) {
  run_.node(1).append({15}).truncate(5);
  expect_fail("log_matching", AllOf(HasSubstr("Leader Append-Only"), HasSubstr("entries 5 to 5")));
}

TEST_F(LogMatchingTest, FailsForADurableLogThatACrashLost) {
  run_.node(2).append({15}).persist().lose_entry().start();
  expect_fail("log_matching", AllOf(HasSubstr("found a log up to 4"),
                                    HasSubstr("last one known durable went up to 5")));
}

TEST_F(LogMatchingTest, FailsForADurableLogThatWasNeverDecided) {
  run_.node(2).line("persisted", "\"write\":9,\"voted_for\":\"n1\",\"log_index\":9,\"digest\":\"" +
                                     digest(19) + "\",\"snapshot_index\":0");
  expect_fail("log_matching", HasSubstr("says that a log up to 9"));
}

TEST_F(LogMatchingTest, FailsForACommitBeyondTheLog) {
  run_.node(2).line("commit_advanced",
                    "\"from_commit_index\":4,\"commit_index\":7,\"log_term\":1,"
                    "\"digest\":\"" +
                        digest(17) + "\"," + append_entries_cause(7, 0, 7));
  expect_fail("log_matching", HasSubstr("committed entry 7, but its log ends at 4"));
}

TEST_F(LogMatchingTest, FailsWhereWhatIsAppliedIsNotWhatStandsInTheLog) {
  run_.node(2).append({15}).line(
      "applied", "\"commit_index\":5,\"entries\":[[5,2,\"" + digest(25) + "\",\"noop\"]]");
  expect_fail("log_matching", HasSubstr("n2 applied entry 5 of term 2"));
}

TEST_F(LeaderCompletenessTest, PassesWhereALaterLeaderHasAllThatWasCommitted) {
  elect_n2();
  const CheckResult result = run_.check("leader_completeness");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "2 leaders, 4 committed entries");
}

TEST_F(LeaderCompletenessTest, FailsForALeaderWhoseLogEndsBeforeACommittedEntry) {
  run_.node(1).append({15}).persist().commit(5);
  elect_n2();
  expect_fail("leader_completeness",
              AllOf(HasSubstr("section 5.4"),
                    HasSubstr("Entry 5 of term 1 was committed in term 1 or before, but n2, which "
                              "became leader of term 2, has a log that ends at 4")));
}

TEST_F(LeaderCompletenessTest, FailsForALeaderWithAnotherEntryInThePlaceOfACommittedOne) {
  run_.node(1).append({15, 16}).persist().commit(6);
  elect_n2();
  run_.node(2).append({21});
  run_.node(3).append({21}, 2).enter_term(3).vote("n3").persist();
  run_.node(2).enter_term(3).vote("n3").persist();
  run_.node(3).lead({"n2", "n3"});
  expect_fail("leader_completeness", HasSubstr("Entry 5 of term 1"));
}

// The evidence of the commit comes after that of the leader: node logs are read one after another.
TEST_F(LeaderCompletenessTest, FailsWhicheverIsReadFirst) {
  run_.node(3).append({15}).persist().commit(5);
  run_.node(2).enter_term(2).vote("n2").persist();
  run_.node(1).enter_term(2).vote("n2").persist();
  run_.node(2).lead({"n1", "n2"});
  expect_fail("leader_completeness", HasSubstr("Entry 5 of term 1"));
}

TEST_F(LeaderCompletenessTest, FailsForTwoCommittedLogsThatDiffer) {
  run_.node(1).append({15}).persist().commit(5);
  run_.node(3).enter_term(2).append({25}, 2).persist().commit(5);
  expect_fail("leader_completeness", HasSubstr("Two logs are committed up to 5, and they differ"));
}

TEST_F(LeaderCompletenessTest, FailsForALeaderThatCutItsLogAfterwards) {
  run_.node(1).append({15}).persist();
  run_.node(2).append({15}).persist();
  run_.node(3).enter_term(2).vote("n3").persist();
  run_.node(1).enter_term(2).vote("n3").persist();
  run_.node(3).lead({"n1", "n3"}).append({25});  // it lacks 15
  run_.node(3).enter_term(3).truncate(5);
  run_.node(2).commit(5);  // and 15 had been committed in term 1
  expect_fail("leader_completeness", HasSubstr("n3, which became leader of term 2"));
}

TEST_F(LeaderCompletenessTest, IsUnknownWhereALogCannotBeTold) {
  run_.node(2).line("entries_appended", "\"entries\":[[9,1,\"" + digest(16) + "\"]]");
  const CheckResult result = run_.check("leader_completeness");
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_THAT(result.message, HasSubstr("can't tell what the log of n2 is"));
}

TEST(LogChecks, AreUnknownWhereNothingWasSeen) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.check("log_matching").verdict, Verdict::unknown);
  EXPECT_EQ(run.check("leader_completeness").verdict, Verdict::unknown);
}

}  // namespace
}  // namespace verify
