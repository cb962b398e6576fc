// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::HasSubstr;

class LinearizableTest : public HealthyRunTest {
 protected:
  LinearizableTest& read(const std::string& value, unsigned index) {
    run_.history("invoke c2/2 get k1");
    run_.history("ok c2/2 get k1", fmt::format("\"value\":\"{}\",\"log_index\":{},\"term\":1,"
                                               "\"node\":\"n2\"",
                                               value, index));
    return *this;
  }
};

TEST_F(LinearizableTest, IsProvenByTheLogsOrder) {
  read("c1.1 ", 4);
  expect_pass("linearizable");
  EXPECT_EQ(run_.check("linearizable").saw, "4 operations on 2 keys; proven: 2 by the log's order");
}

TEST_F(LinearizableTest, FailsWithThePictureOfAStaleRead) {
  read("", 1);
  expect_fail("linearizable",
              AllOf(HasSubstr("Herlihy and Wing"), HasSubstr("Of k1 it is not so: "),
                    HasSubstr("|--append \"c1.1 \"--|"), HasSubstr("|--read \"\"--|")));
}

TEST_F(LinearizableTest, FailsWithAValueThatNobodyWrote) {
  read("c9.9 ", 4);
  expect_fail("linearizable", HasSubstr("|--read \"c9.9 \"--|"));
}

// A client was told nothing; the entry is in the log, and it was read.
TEST_F(LinearizableTest, PutsAnUnknownOutcomeWhereItStandsInTheLog) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  commit_everywhere("c1/2");
  run_.history("info c1/2 append k1");
  read("c1.1 c1.2 ", 5);
  expect_pass("linearizable");
  EXPECT_THAT(run_.check("linearizable").saw,
              HasSubstr("5 operations on 2 keys; proven: 2 by the"));
}

TEST_F(LinearizableTest, HoldsAFailedOperationToHaveHadNoEffect) {
  run_.history("invoke c1/2 append k1", "\"value\":\"c1.2 \"");
  run_.history("fail c1/2 append k1");
  read("c1.1 c1.2 ", 4);
  expect_fail("linearizable", HasSubstr("|--read \"c1.1 c1.2 \"--|"));
}

// Two writes in real time, committed the other way round, and nobody reads.
TEST_F(LinearizableTest, FailsWhereTheLogIsNoWitnessThoughClientsCanNotTell) {
  run_.history("invoke c1/2 append k2", "\"value\":\"c1.2 \"");
  run_.history("ok c1/2 append k2", "\"log_index\":6,\"term\":1,\"node\":\"n1\"");
  run_.history("invoke c2/2 put k2", "\"value\":\"c2.2 \"");
  run_.history("ok c2/2 put k2", "\"log_index\":5,\"term\":1,\"node\":\"n1\"");
  commit_everywhere("c2/2");
  commit_everywhere("c1/2");
  expect_fail("linearizable", AllOf(HasSubstr("clients saw nothing else"),
                                    HasSubstr("stands behind the write of line")));
  expect_fail("no_stale_read", HasSubstr("c2/2 was answered by n1 as the entry at 5, but c1/2 had "
                                         "been acknowledged at 6 before it was invoked"));
}

TEST_F(LinearizableTest, CanNotTellWhatIsMissingInEvidenceThatIsNotWhole) {
  read("c1.1 ", 4);
  run_.history_bytes("{\"torn\n");
  const CheckResult result = run_.check("linearizable");
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_EQ(result.message, "the evidence is not whole");
}

TEST_F(LinearizableTest, SaysWhatIsWrongByEvidenceThatIsNotWhole) {
  read("c9.9 ", 4);
  run_.history_bytes("{\"torn\n");
  const CheckResult result = run_.check("linearizable");
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_THAT(result.message, HasSubstr("the evidence is not whole; by what there is, k1 is not "
                                        "linearizable"));
}

TEST(Linearizable, DoesNotApplyWhereNobodyAsks) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  run.fault("run_ended", "\"reason\":\"completed\"");
  EXPECT_EQ(run.check("linearizable").verdict, Verdict::not_applicable);
}

}  // namespace
}  // namespace verify
