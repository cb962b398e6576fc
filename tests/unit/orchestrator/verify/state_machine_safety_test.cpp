// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class StateMachineSafetyTest : public testing::Test {
 protected:
  StateMachineSafetyTest() { tell_healthy_run(run_); }

  void expect_fail(const testing::Matcher<std::string>& message) {
    const CheckResult result = run_.check("state_machine_safety");
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, message);
    EXPECT_FALSE(result.lines.empty());
  }

  RunFolder run_;
};

TEST_F(StateMachineSafetyTest, PassesAndSaysWhatItSaw) {
  const CheckResult result = run_.check("state_machine_safety");
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "4 entries applied, 1 state compared");
}

TEST_F(StateMachineSafetyTest, PassesWhereARestartedNodeAppliesTheSameAgain) {
  run_.node(2).start();
  run_.node(2).commit(4).apply({"noop", "c1/1", "c2/1", "probe/1"});
  EXPECT_EQ(run_.check("state_machine_safety").verdict, Verdict::pass);
}

TEST_F(StateMachineSafetyTest, FailsAtTheFirstEntryThatDiffers) {
  run_.node(1).append({15, 16}).persist().commit(6).apply({"c1/2", "c1/3"});
  run_.node(2).append({25, 26}).persist().commit(6).apply({"c2/2", "c2/3"});
  expect_fail(AllOf(HasSubstr("section 5.4.3"), HasSubstr("first entry that differs is 5"),
                    HasSubstr("n1 applied c1/2"), HasSubstr("n2 (incarnation 1) c2/2")));
  const CheckResult result = run_.check("state_machine_safety");
  ASSERT_EQ(result.lines.size(), 2u);
  EXPECT_EQ(file_name(result.lines[0].file), "nodes/n2.jsonl");
  EXPECT_EQ(file_name(result.lines[1].file), "nodes/n1.jsonl");
}

TEST_F(StateMachineSafetyTest, FailsWhereARestartedNodeAppliesSomethingElse) {
  run_.node(2).start();
  run_.node(2).commit(4).apply({"noop", "c1/1", "c1/2"});
  expect_fail(AllOf(HasSubstr("first entry that differs is 3"), HasSubstr("(incarnation 2) c1/2")));
}

TEST_F(StateMachineSafetyTest, FailsWhereOneNodeExecutedWhatAnotherTookForARetry) {
  run_.node(1).append({15}).persist().commit(5).apply({"c1/1 duplicate"});
  run_.node(2).append({15}).persist().commit(5).apply({"c1/1"});
  expect_fail(HasSubstr("c1/1 as a duplicate"));
}

TEST_F(StateMachineSafetyTest, FailsForAGapInWhatWasApplied) {
  run_.node(2).append({15, 16}).commit(6).line(
      "applied", "\"commit_index\":6,\"entries\":[[6,1,\"" + digest(16) + "\",\"noop\"]]");
  expect_fail(HasSubstr("n2 applies entry 6 after 4"));
}

TEST_F(StateMachineSafetyTest, FailsForAnEntryAppliedTwice) {
  run_.node(2).line("applied",
                    "\"commit_index\":4,\"entries\":[[4,1,\"" + digest(14) + "\",\"probe\",1]]");
  expect_fail(HasSubstr("n2 applies entry 4 after 4"));
}

TEST_F(StateMachineSafetyTest, FailsForAnEntryAppliedBeforeItIsKnownToBeCommitted) {
  run_.node(2).append({15}).line(
      "applied", "\"commit_index\":4,\"entries\":[[5,1,\"" + digest(15) + "\",\"noop\"]]");
  expect_fail(HasSubstr("n2 applied up to 5 and says that its commitIndex is 4"));
}

TEST_F(StateMachineSafetyTest, FailsForACommitIndexThatGoesBack) {
  run_.node(2).commit(3);
  expect_fail(AllOf(HasSubstr("increases monotonically"), HasSubstr("from 4 to 3")));
}

TEST_F(StateMachineSafetyTest, FailsForCommittedEntriesDeleted) {
  run_.node(2).truncate(4);
  expect_fail(HasSubstr("n2 deletes entries 4 to 4 although it knows all up to 4"));
}

TEST_F(StateMachineSafetyTest, FailsForStatesThatDifferAfterTheSameEntry) {
  run_.node(3).stop(78);
  expect_fail(AllOf(HasSubstr("After entry 4 the state of n1"), HasSubstr(digest(78))));
}

TEST_F(StateMachineSafetyTest, ComparesStatesWhereverTheBatchesEnd) {
  const auto up_to = [this](unsigned node, unsigned last, unsigned state) {
    std::vector<unsigned> digests;
    std::vector<std::string> kinds;
    for (unsigned i = run_.node(node).log_index() + 1; i <= last; ++i) {
      digests.push_back(100 + i);
      kinds.emplace_back("noop");
    }
    run_.node(node).append(digests).persist().commit(last);
    std::string entries;
    for (unsigned i = 5; i <= last; ++i) {
      entries += fmt::format("{}[{},1,\"{}\",\"noop\"]", i == 5 ? "" : ",", i, digest(100 + i));
    }
    run_.node(node).line("applied", fmt::format("\"commit_index\":{},\"entries\":[{}],"
                                                "\"state_digest\":\"{}\"",
                                                last, entries, digest(state)));
  };
  up_to(1, 1003, 5);
  up_to(2, 1001, 5);
  EXPECT_EQ(run_.check("state_machine_safety").verdict, Verdict::pass)
      << run_.check("state_machine_safety").message;
  EXPECT_EQ(run_.check("state_machine_safety").saw, "1,003 entries applied, 2 states compared");
  up_to(3, 1000, 6);
  expect_fail(HasSubstr("After entry 1000 the state of n1"));
}

TEST(StateMachineSafety, IsUnknownWhereNothingWasApplied) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  run.node(1).start(1);
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.check("state_machine_safety").verdict, Verdict::unknown);
}

}  // namespace
}  // namespace verify
