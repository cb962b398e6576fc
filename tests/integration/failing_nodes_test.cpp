// SPDX-License-Identifier: Apache-2.0
// A node that fails ends alone, with the same news and the same verdict in both clusters.
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "orchestrator/cluster/process_cluster.h"
#include "orchestrator/cluster/simulated_cluster.h"
#include "orchestrator/commands/soak.h"
#include "orchestrator/runner.h"
#include "orchestrator/scenario/reader.h"
#include "tests/unit/orchestrator/cluster/driver.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace cluster {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kVariable = "SQUALL_TEST_FAILURE";

struct Failure {
  const char* name;
  int exit_code;
  int signal;
  const char* reason;
};
constexpr Failure kFailures[] = {
    {"assertion", -1, SIGABRT, "assertion failed: failure == nullptr"},
    {"logic_error", -1, SIGABRT, "it makes no sense"},
    {"corrupt_log", 5, 0, "wal is corrupt at byte 7: as asked"},
};

class FailingNodes : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const rlimit none{0, 0};  // no core files
    ::setrlimit(RLIMIT_CORE, &none);
  }
  void TearDown() override { ::unsetenv(kVariable); }

  bool simulated() const { return GetParam(); }

  // Three nodes, of which one comes back and fails.
  std::unique_ptr<Cluster> with_a_failing_node(const char* failure) {
    const fs::path folder = folder_.path() / failure;
    fs::create_directory(folder);
    std::unique_ptr<Cluster> cluster;
    if (simulated()) {
      cluster = std::make_unique<SimulatedCluster>(plain_scenario(3, 1), RunFolder{folder});
    } else {
      cluster = std::make_unique<ProcessCluster>(plain_scenario(3, 1), RunFolder{folder});
    }
    driver_ = std::make_unique<Driver>(*cluster, 3);
    driver_->start_all();
    driver_->call({node::OpKind::append, "k", "x", ""});
    driver_->kill(NodeId{1});
    ::setenv(kVariable, failure, 1);
    cluster->start(NodeId{1}, 2);
    return cluster;
  }

  runner::RunResult run(const std::string& steps) {
    const auto read = scenario::read_scenario(
        "version: 1\nname: failing\ncluster: {nodes: 3}\nworkload: {clients: 2}\n" + steps,
        "f.yaml");
    report::Account silent({.prose = false, .colour = false, .json = false});
    return runner::run(std::get<scenario::Scenario>(read),
                       {simulated(), false, folder_.path() / "runs", runner::Keep::always, "again"},
                       silent);
  }
  static std::string read(const fs::path& path) {
    std::ifstream file(path);
    return (std::stringstream() << file.rdbuf()).str();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Driver> driver_;
};

TEST_P(FailingNodes, EndAloneAndUnasked) {
  for (const Failure& failure : kFailures) {
    SCOPED_TRACE(failure.name);
    const auto cluster = with_a_failing_node(failure.name);
    driver_->until("its end", [&] { return driver_->exits().size() == 2; });
    const NodeExited& exited = driver_->exits().back();
    EXPECT_EQ(exited.node, NodeId{1});
    EXPECT_EQ(exited.incarnation, 2u);
    EXPECT_FALSE(exited.expected);
    EXPECT_EQ(exited.exit_code, failure.exit_code);
    EXPECT_EQ(exited.signal, failure.signal);
    EXPECT_THAT(exited.reason, HasSubstr(failure.reason));
    driver_->call({node::OpKind::append, "k", "y", ""});
    cluster->shut_down();
  }
}

TEST_P(FailingNodes, ADiskThatFailsIsAHarnessError) {
  const auto cluster = with_a_failing_node("disk_error");
  try {
    driver_->until("an error", [] { return false; });
    FAIL();
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("n1 (exit code 3): "), HasSubstr("cannot read wal")));
  }
  ASSERT_EQ(driver_->exits().size(), 2u);
  EXPECT_FALSE(driver_->exits().back().expected);
  EXPECT_EQ(driver_->exits().back().exit_code, 3);
}

constexpr const char* kSteps = R"(steps:
  - wait_for: {leader: stable, timeout: 5s}
  - {fault: kill, target: leader, restart_after: 200ms}
  - sleep: 500ms
)";

TEST_P(FailingNodes, FailTheRunAndLeaveItsEvidence) {
  for (const Failure& failure : kFailures) {
    SCOPED_TRACE(failure.name);
    ::setenv(kVariable, failure.name, 1);
    const runner::RunResult result = run(kSteps);
    EXPECT_EQ(result.exit_code, runner::kFail) << result.error;
    for (const verify::CheckResult& check : result.verdict.checks) {
      if (check.name != "no_crash") continue;
      EXPECT_EQ(check.verdict, verify::Verdict::fail);
      EXPECT_THAT(check.message, HasSubstr(failure.reason));
    }
    EXPECT_THAT(read(result.folder / "result.json"), HasSubstr("no_crash"));
  }
}

TEST_P(FailingNodes, LeaveTheirEvidenceWhereTheEnvironmentFailedToo) {
  ::setenv(kVariable, "disk_error", 1);
  const runner::RunResult result = run(kSteps);
  EXPECT_EQ(result.exit_code, runner::kHarnessError);
  EXPECT_THAT(result.error, HasSubstr("cannot read wal"));
  for (const char* file : {"faults.jsonl", "history.jsonl", "nodes/n1.jsonl", "nodes/n3.jsonl"})
    EXPECT_GT(fs::file_size(result.folder / file), 0u) << file;
}

INSTANTIATE_TEST_SUITE_P(Each, FailingNodes, testing::Bool(), [](const auto& tested) {
  return tested.param ? "simulated" : "processes";
});

// A soak goes on living, names the seed, and ends there as at any failure.
TEST(FailingSoak, NamesTheSeed) {
  const TemporaryFolder folder;
  for (const char* failure : {"assertion", "corrupt_log", "segmentation_fault"}) {
    for (const unsigned jobs : {1u, 2u}) {
      SCOPED_TRACE(testing::Message() << failure << ", " << jobs << " jobs");
      ::setenv(kVariable, failure, 1);
      commands::SoakOptions options;
      options.simulate = options.json = options.no_color = true;
      options.seeds = 20;
      options.jobs = jobs;
      options.out = folder.path() / "runs";
      testing::internal::CaptureStderr();
      testing::internal::CaptureStdout();
      EXPECT_EQ(commands::soak(options), runner::kFail);
      const std::string prose = testing::internal::GetCapturedStderr();
      const std::string json = testing::internal::GetCapturedStdout();
      ::unsetenv(kVariable);
      EXPECT_THAT(json, HasSubstr(R"("verdict":"fail")"));
      EXPECT_THAT(prose, AllOf(HasSubstr("no_crash"),
                               HasSubstr("reproduces: ./squall soak --simulate --seed ")));
      if (failure == std::string("segmentation_fault")) {
        EXPECT_THAT(prose, AllOf(HasSubstr("No crash: "), HasSubstr(" ended the process")));
      }
    }
  }
}

}  // namespace
}  // namespace cluster
