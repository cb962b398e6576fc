// SPDX-License-Identifier: Apache-2.0
// The check `files`, on what a simulated run leaves and on what becomes of it: a node whose disk is
// not as it says.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/posix_file.h"
#include "node/wal.h"
#include "orchestrator/runner.h"
#include "orchestrator/scenario/reader.h"
#include "orchestrator/verify/deep/node_files.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using verify::Verdict;

constexpr const char* kText = R"(version: 1
name: files
seed: 5
cluster: {nodes: 3, snapshot_threshold: 100, trailing_entries: 10}
workload: {clients: 3, rate: 300, mix: {read: 20, append: 50, cas: 20, put: 10}}
steps:
  - wait_for: {leader: stable, timeout: 5s}
  - {fault: kill, target: leader, restart_after: 300ms}
  - sleep: 1s
)";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    report::Account silent({.prose = false, .colour = false, .json = false});
    const auto read = scenario::read_scenario(std::string(kText), "test.yaml");
    const Options options{true, false, out_.path(), Keep::always, "again"};
    folder_ = run(std::get<scenario::Scenario>(read), options, silent).folder;
  }

  verify::CheckResult judge() {
    const verify::Result result = verify::judge(folder_, verify::Depth::files);
    for (const verify::CheckResult& check : result.checks) {
      if (check.name == "files") return check;
    }
    throw std::runtime_error("no result of files");
  }
  void expect_fail(const testing::Matcher<std::string>& message) {
    const verify::CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, message);
    EXPECT_FALSE(result.lines.empty());
  }
  fs::path disk(const std::string& node) { return folder_ / "nodes" / node; }
  verify::NodeFiles stored(const std::string& node) {
    std::string problem;
    verify::NodeFiles files = verify::read_node_files(disk(node), problem);
    EXPECT_EQ(problem, "");
    return files;
  }
  // Adds a write to the node's log, as the node would.
  void write(const std::string& node, raft::Write write) {
    node::PosixDirectory directory(disk(node));
    node::Wal wal(directory, node::recover(directory));
    wal.append(write);
    wal.sync();
  }

  cluster::TemporaryFolder out_;
  fs::path folder_;
};

TEST_F(FilesTest, pass_where_they_are_what_the_nodes_said) {
  const verify::CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_THAT(result.saw, AllOf(HasSubstr("3 nodes, "), HasSubstr("3 snapshots, 3 states")));
}

TEST_F(FilesTest, are_read_as_the_nodes_read_them) {
  for (const char* node : {"n1", "n2", "n3"}) {
    const verify::NodeFiles files = stored(node);
    node::PosixDirectory directory(disk(node));
    const node::Recovered recovered = node::recover(directory);
    EXPECT_EQ(files.records, recovered.records);
    EXPECT_EQ(files.term, recovered.restored.hard_state.current_term);
    EXPECT_EQ(files.voted_for, recovered.restored.hard_state.voted_for);
    EXPECT_EQ(files.last_index(),
              recovered.restored.base_index + recovered.restored.entries.size());
    ASSERT_TRUE(files.snapshot && recovered.restored.snapshot);
    EXPECT_EQ(files.snapshot->index, recovered.restored.snapshot->index);
  }
}

TEST_F(FilesTest, fail_for_a_vote_that_was_not_decided_on) {
  const verify::NodeFiles files = stored("n2");
  raft::Write other;
  other.hard_state = raft::HardState{files.term, {files.voted_for.value % 3 + 1}};
  write("n2", other);
  expect_fail(AllOf(HasSubstr("Started once more from its files, n2"), HasSubstr("One vote")));
}

TEST_F(FilesTest, fail_for_a_log_that_lacks_what_was_durable) {
  raft::Write cut;
  cut.truncate_from = stored("n1").last_index();
  write("n1", cut);
  expect_fail(AllOf(HasSubstr("Started once more from its files, n1"), HasSubstr("found a log")));
}

TEST_F(FilesTest, fail_for_an_entry_that_is_another_one) {
  const verify::NodeFiles files = stored("n3");
  raft::Write other;
  other.truncate_from = files.last_index();
  other.first_index = files.last_index();
  other.entries = {{files.at(files.last_index()).term, raft::EntryKind::command,
                    std::make_shared<const std::string>("another")}};
  write("n3", other);
  expect_fail(HasSubstr("Started once more from its files, n3"));
}

TEST_F(FilesTest, fail_for_a_snapshot_that_is_gone) {
  fs::remove(disk("n1") / "snapshot");
  expect_fail(HasSubstr("Of n1: its log begins after"));
}

TEST_F(FilesTest, fail_for_a_damaged_snapshot) {
  std::fstream file(disk("n1") / "snapshot", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60);
  file.put('~');
  file.close();
  expect_fail(HasSubstr("Of n1: snapshot: it is no whole snapshot"));
}

// It lies about what it applied, and so does the digest of its state.
TEST_F(FilesTest, fail_for_a_state_that_the_commands_on_disk_do_not_give) {
  std::string log = read_file(disk("n2").string() + ".jsonl");
  const std::string field = "\"state_digest\":\"";
  const std::size_t at = log.rfind(field) + field.size();
  log[at] = log[at] == '0' ? '1' : '0';
  std::ofstream(disk("n2").string() + ".jsonl", std::ios::binary) << log;
  expect_fail(HasSubstr("n2 stopped after entry"));
}

TEST_F(FilesTest, are_unknown_where_there_are_none) {
  fs::remove_all(disk("n2"));
  EXPECT_EQ(judge().verdict, Verdict::unknown);
}

}  // namespace
}  // namespace runner
