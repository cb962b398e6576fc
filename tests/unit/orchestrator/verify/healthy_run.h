// SPDX-License-Identifier: Apache-2.0
// A test that starts from a healthy run (run_folder.h), goes on with it, and asks a check.
#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {

class HealthyRunTest : public testing::Test {
 protected:
  HealthyRunTest() { tell_healthy_run(run_); }

  void expect_fail(const std::string& check, const testing::Matcher<std::string>& message) {
    const CheckResult result = run_.check(check);
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, message);
    EXPECT_FALSE(result.lines.empty());
  }
  void expect_pass(const std::string& check) {
    const CheckResult result = run_.check(check);
    EXPECT_EQ(result.verdict, Verdict::pass) << check << ": " << result.message;
  }
  // All nodes append, commit and apply this one entry after the others.
  void commit_everywhere(const std::string& entry) {
    const unsigned index = run_.node(1).log_index() + 1;
    for (unsigned i = 1; i <= 3; ++i)
      run_.node(i).append({10 + index}).persist().commit(index).apply({entry});
  }
  // n2 leads `term`, elected by itself and n3.
  void elect_n2(unsigned term = 2) {
    run_.node(2).enter_term(term).vote("n2").persist();
    run_.node(3).enter_term(term).vote("n2").persist();
    run_.node(2).lead({"n2", "n3"});
  }

  RunFolder run_;
};

}  // namespace verify
