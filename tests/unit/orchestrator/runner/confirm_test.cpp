// SPDX-License-Identifier: Apache-2.0
// What failed in virtual time is run on processes, and counted where it fails there as well.
#include "orchestrator/commands/confirm.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/scenario/reader.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace commands {
namespace {

using testing::HasSubstr;

// Nobody can have applied so much so soon, in either cluster.
constexpr const char* kImpossible = R"(version: 1
name: impossible
cluster: {nodes: 3}
steps:
  - wait_for: {applied: {log_index: 99, at_least: 3}, timeout: 100ms}
)";

class ConfirmTest : public testing::Test {
 protected:
  runner::RunResult simulate() {
    return runner::run(scenario_, {true, false, folder_.path(), runner::Keep::always, "again"},
                       account_);
  }
  static std::string result_of(const runner::RunResult& result) {
    std::ifstream file(result.folder / "result.json");
    return (std::stringstream() << file.rdbuf()).str();
  }

  cluster::TemporaryFolder folder_;
  scenario::Scenario scenario_ =
      std::get<scenario::Scenario>(scenario::read_scenario(kImpossible, "impossible.yaml"));
  report::Account account_{{.prose = false, .colour = false, .json = false}};
};

TEST_F(ConfirmTest, what_fails_on_processes_as_well_is_confirmed) {
  const runner::RunResult found = simulate();
  ASSERT_EQ(found.exit_code, runner::kFail);
  const auto confirmation = confirm(scenario_, found, 2, folder_.path(), account_);
  EXPECT_EQ(confirmation.runs, 2u);
  EXPECT_GE(confirmation.confirmed, 1u);  // a starved machine may be too busy to tell once
  EXPECT_THAT(result_of(found), HasSubstr(R"("on_processes":{"confirmed":)"));
}

TEST_F(ConfirmTest, another_failure_confirms_nothing) {
  runner::RunResult found = simulate();
  for (verify::CheckResult& check : found.verdict.checks) {
    const bool other = check.name == "no_crash";
    check.verdict = other ? verify::Verdict::fail : verify::Verdict::pass;
  }
  const auto confirmation = confirm(scenario_, found, 1, folder_.path(), account_);
  EXPECT_EQ(confirmation.runs, 1u);
  EXPECT_EQ(confirmation.confirmed, 0u);
  EXPECT_THAT(result_of(found), HasSubstr(R"("on_processes":{"confirmed":0,"runs":1})"));
}

}  // namespace
}  // namespace commands
