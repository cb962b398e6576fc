// SPDX-License-Identifier: Apache-2.0
// What failed in virtual time is run on processes, and counted where it fails there as well.
#include "orchestrator/commands/confirm.h"

#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/commands/soak.h"
#include "orchestrator/scenario/reader.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace commands {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

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
  runner::Options processes() const {
    return {false, false, folder_.path(), runner::Keep::failed, "on processes"};
  }
  // The first seed fails, on both clusters.
  std::string soak_to_failure(runner::Keep keep, unsigned jobs) {
    SoakOptions options;
    options.seed = 7;
    options.seeds = 2;
    options.simulate = options.no_color = true;
    options.jobs = jobs;
    options.confirm = 1;
    options.out = folder_.path();
    options.keep = keep;
    testing::internal::CaptureStderr();
    const int code = soak(options, [this](std::uint64_t seed) {
      scenario::Scenario scenario = scenario_;
      scenario.seed = seed;
      return scenario;
    });
    EXPECT_EQ(code, runner::kFail);
    return testing::internal::GetCapturedStderr();
  }
  // Of the runs that were kept, by the cluster they ran on.
  std::map<std::string, std::string> results() const {
    std::map<std::string, std::string> by_cluster;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "impossible")) {
      std::ifstream file(entry.path() / "result.json");
      const std::string text = (std::stringstream() << file.rdbuf()).str();
      const bool simulated = text.find(R"("cluster":"simulated")") != text.npos;
      EXPECT_TRUE(by_cluster.emplace(simulated ? "simulated" : "processes", text).second);
    }
    return by_cluster;
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
  const auto confirmation = confirm(scenario_, found, 2, processes(), account_);
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
  const auto confirmation = confirm(scenario_, found, 1, processes(), account_);
  EXPECT_EQ(confirmation.runs, 1u);
  EXPECT_EQ(confirmation.confirmed, 0u);
  EXPECT_THAT(result_of(found), HasSubstr(R"("on_processes":{"confirmed":0,"runs":1})"));
}

TEST_F(ConfirmTest, a_soak_leaves_each_run_with_its_own_command_and_what_came_of_confirming) {
  for (const unsigned jobs : {1u, 2u}) {
    const std::string prose = soak_to_failure(runner::Keep::failed, jobs);
    EXPECT_THAT(prose, HasSubstr("reproduces: ./squall soak --simulate --seed 7 --seeds 1\n"));
    EXPECT_THAT(prose, HasSubstr("or: ./squall run --simulate "));
    EXPECT_THAT(prose, HasSubstr(" of 1 on processes\n"));
    const auto left = results();
    ASSERT_EQ(left.size(), 2u);
    EXPECT_THAT(left.at("simulated"),
                AllOf(HasSubstr(R"("run_again":"./squall soak --simulate --seed 7 --seeds 1")"),
                      HasSubstr(R"("on_processes":{"confirmed":)")));
    EXPECT_THAT(left.at("processes"),
                AllOf(HasSubstr(R"("run_again":"./squall soak --seed 7 --seeds 1")"),
                      Not(HasSubstr("on_processes"))));
    std::filesystem::remove_all(folder_.path() / "impossible");
  }
}

// What no simulator may be needed for. There a seed fixes no interleaving: one of three is enough.
TEST_F(ConfirmTest, a_lease_on_a_late_clock_reads_stale_values_on_processes_too) {
  auto scenario = std::get<scenario::Scenario>(scenario::read_scenario(
      std::filesystem::path(SQUALL_SOURCE_DIR "/tests/scenarios/must_fail") /
      "lease_on_a_late_clock.yaml"));
  bool found = false;
  for (scenario.seed = 1; scenario.seed <= 3 && !found; ++scenario.seed) {
    const runner::RunResult result = runner::run(scenario, processes(), account_);
    ASSERT_EQ(result.error, "");
    for (const verify::CheckResult& check : result.verdict.checks) {
      found |= check.name == "no_stale_read" && check.verdict == verify::Verdict::fail;
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(ConfirmTest, a_soak_that_keeps_nothing_confirms_and_names_no_folder) {
  const std::string prose = soak_to_failure(runner::Keep::never, 1);
  EXPECT_THAT(prose, HasSubstr(" of 1 on processes\n"));
  EXPECT_THAT(prose, Not(HasSubstr("folder:")));
  EXPECT_THAT(prose, Not(HasSubstr("\nor: ")));
  EXPECT_THAT(prose, Not(HasSubstr(folder_.path().string())));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "impossible"));
}

}  // namespace
}  // namespace commands
