// SPDX-License-Identifier: Apache-2.0
// Whole runs, in virtual time: from a scenario to a folder and a verdict.
#include "orchestrator/runner.h"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "orchestrator/report/result.h"
#include "orchestrator/scenario/generator.h"
#include "orchestrator/scenario/reader.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"
#include "tests/unit/orchestrator/runner/evidence_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using cluster::TemporaryFolder;
using testing::HasSubstr;

scenario::Scenario read(const std::string& text) {
  auto read = scenario::read_scenario(text, "test.yaml");
  if (const auto* errors = std::get_if<scenario::Errors>(&read)) {
    throw std::runtime_error(errors->front().text());
  }
  return std::get<scenario::Scenario>(read);
}

scenario::Scenario crash_and_return() {
  return read(R"(version: 1
name: crash and return
seed: 3
cluster: {nodes: 3}
workload: {clients: 3, rate: 300}
steps:
  - wait_for: {leader: stable, timeout: 5s}
  - sleep: 300ms
  - {fault: kill, target: leader, restart_after: 400ms}
  - sleep: 1s
)");
}

class RunnerTest : public testing::Test {
 protected:
  RunResult go(const scenario::Scenario& scenario, Keep keep = Keep::always,
               const std::string& out = "runs") {
    return run(scenario, {true, false, out_ / out, keep, "./squall run it"}, account_);
  }

  TemporaryFolder folder_;
  fs::path out_ = folder_.path();
  report::Account account_{{.prose = false, .colour = false, .json = false}};
};

TEST_F(RunnerTest, a_good_run_passes_and_leaves_its_evidence) {
  const RunResult result = go(crash_and_return());
  EXPECT_EQ(result.exit_code, kPass) << result.error;
  EXPECT_EQ(result.verdict.verdict, verify::Verdict::pass);
  EXPECT_EQ(result.tally.kills, 1u);
  EXPECT_EQ(result.tally.restarts, 1u);
  EXPECT_GE(result.tally.terms, 2u);
  EXPECT_GT(result.tally.operations, 100u);
  EXPECT_EQ(result.folder.parent_path(), out_ / "runs" / "crash_and_return");
  for (const char* name : {"scenario.yaml", "faults.jsonl", "history.jsonl", "network.jsonl",
                           "result.json", "nodes/n1.jsonl", "nodes/n3.jsonl"}) {
    EXPECT_GT(fs::file_size(result.folder / name), 0u) << name;
  }
  EXPECT_EQ(fs::canonical(out_ / "runs" / "latest"), fs::canonical(result.folder));
  EXPECT_EQ(report::read_result(result.folder)->verdict, verify::Verdict::pass);
}

// A lease read by a clock that runs too slow, in a scenario that would go on for a minute.
TEST_F(RunnerTest, a_violation_stops_the_run_and_is_the_same_from_the_folder) {
  const RunResult result = go(read(R"(version: 1
name: stale read
seed: 1
cluster: {nodes: 3, reads: lease, max_clock_drift: 10, heartbeat_interval: 50ms}
workload: {clients: 8, rate: 1000, keys: 2, mix: {read: 60, append: 40}, reads_from: any,
           request_timeout: 100ms}
steps:
  - wait_for: {leader: stable, as: first}
  - {fault: clock, target: first, rate: 0.2}
  - sleep: 500ms
  - {fault: partition, isolate: first, duration: 3s}
  - sleep: 60s
)"));
  EXPECT_EQ(result.exit_code, kFail) << result.error;
  EXPECT_LT(result.verdict.numbers.seconds, 10);
  EXPECT_EQ(result.verdict.run_again, "./squall run it");
  EXPECT_EQ(report::result_json(verify::judge(result.folder)), report::result_json(result.verdict));
}

TEST_F(RunnerTest, the_folder_alone_gives_the_same_verdict_and_the_same_run) {
  const RunResult first = go(crash_and_return());
  EXPECT_EQ(verify::judge(first.folder).verdict, first.verdict.verdict);
  const auto again = scenario::read_scenario(first.folder / "scenario.yaml");
  ASSERT_TRUE(std::holds_alternative<scenario::Scenario>(again));
  const RunResult second = go(std::get<scenario::Scenario>(again));
  EXPECT_EQ(files_in(first.folder), files_in(second.folder));
}

TEST_F(RunnerTest, the_same_seed_leaves_the_same_bytes) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto a = files_in(go(scenario::generate(seed)).folder);
    const auto b = files_in(go(scenario::generate(seed)).folder);
    EXPECT_EQ(a, b);
    EXPECT_GE(a.size(), 8u);
  }
}

TEST_F(RunnerTest, another_seed_is_another_run) {
  scenario::Scenario scenario = crash_and_return();
  const auto a = files_in(go(scenario).folder);
  scenario.seed = 4;
  const auto b = files_in(go(scenario).folder);
  EXPECT_NE(a.at("nodes/n1.jsonl"), b.at("nodes/n1.jsonl"));
  EXPECT_NE(a.at("history.jsonl"), b.at("history.jsonl"));
}

TEST_F(RunnerTest, what_was_expected_in_vain_fails) {
  const RunResult result = go(read(R"(version: 1
name: impossible
cluster: {nodes: 3}
steps:
  - wait_for: {applied: {log_index: 99, at_least: 3}, timeout: 100ms}
)"));
  EXPECT_EQ(result.exit_code, kFail);
  std::string message;
  for (const verify::CheckResult& check : result.verdict.checks) {
    if (check.name == "expectations") message = check.message;
  }
  EXPECT_THAT(message, HasSubstr("index 99"));
}

TEST_F(RunnerTest, a_partition_that_cuts_nothing_is_told_and_no_error_of_the_environment) {
  const RunResult result = go(read(R"(version: 1
name: alone
cluster: {nodes: 1}
steps:
  - {fault: partition, isolate: leader}
)"));
  EXPECT_EQ(result.exit_code, kFail) << result.error;
}

TEST_F(RunnerTest, a_run_over_its_time_limit_does_not_pass) {
  scenario::Scenario scenario = crash_and_return();
  scenario.time_limit = std::chrono::milliseconds(700);
  const RunResult result = go(scenario);
  EXPECT_EQ(result.exit_code, kFail);
  EXPECT_NEAR(result.verdict.numbers.seconds, 0.7, 0.3);
}

TEST_F(RunnerTest, a_fault_that_met_no_message_leaves_the_verdict_unknown) {
  const std::string text = R"(version: 1
name: idle fault
cluster: {nodes: 3}
steps:
  - wait_for: {leader: stable, timeout: 5s}
  - {fault: loss, percent: 50, messages: [install_snapshot], duration: 200ms MAY}
  - sleep: 300ms
)";
  const auto with = [&](const std::string& may) {
    std::string changed = text;
    changed.replace(changed.find(" MAY"), 4, may);
    return go(read(changed)).exit_code;
  };
  EXPECT_EQ(with(""), kUnknown);
  EXPECT_EQ(with(", may_not_match: true"), kPass);
}

TEST_F(RunnerTest, folders_are_kept_as_asked) {
  EXPECT_FALSE(fs::exists(go(crash_and_return(), Keep::failed).folder));
  EXPECT_FALSE(fs::exists(out_ / "runs" / "latest"));
  scenario::Scenario slow = crash_and_return();
  slow.time_limit = std::chrono::milliseconds(300);
  EXPECT_TRUE(fs::exists(go(slow, Keep::failed).folder));
  EXPECT_FALSE(fs::exists(go(slow, Keep::never).folder));
}

TEST_F(RunnerTest, a_folder_that_cannot_be_made_is_a_harness_error) {
  std::ofstream(out_ / "file") << "x";
  const RunResult result = go(crash_and_return(), Keep::always, "file/runs");
  EXPECT_EQ(result.exit_code, kHarnessError);
  EXPECT_THAT(result.error, HasSubstr("file/runs"));
  EXPECT_THAT(result.error, HasSubstr("Not a directory"));
}

// A file that can't grow stands for a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST_F(RunnerTest, a_disk_that_takes_no_more_is_a_harness_error_that_names_the_file) {
  for (const rlim_t bytes : {100u, 2'000u, 20'000u}) {
    const RunResult result = [&] {
      const FileSizeLimit limit(bytes);
      return go(crash_and_return());
    }();
    EXPECT_EQ(result.exit_code, kHarnessError) << bytes;
    EXPECT_THAT(result.error, HasSubstr(result.folder.string())) << bytes;
    EXPECT_TRUE(fs::exists(result.folder)) << "it is kept";
    if (bytes < 1'000) continue;  // not even this fits
    EXPECT_THAT(files_in(result.folder).at("result.json"), HasSubstr("File too large"));
  }
}

}  // namespace
}  // namespace runner
