// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>

#include "orchestrator/cluster/harness_error.h"
#include "orchestrator/runner_folder.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using cluster::TemporaryFolder;

constexpr std::chrono::microseconds kWall{1'795'230'113'000'000};  // 2026-11-21T03:01:53Z

class FolderTest : public testing::Test {
 protected:
  std::string text(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  TemporaryFolder folder_;
  fs::path out_ = folder_.path();
};

TEST_F(FolderTest, is_named_for_scenario_time_and_seed) {
  const fs::path made = make_run_folder(out_, "First light / 2", 42, kWall);
  EXPECT_EQ(made, out_ / "First_light___2" / "20261121T030153Z-42");
  EXPECT_TRUE(fs::is_directory(made));
}

TEST_F(FolderTest, is_never_one_that_was_there) {
  const fs::path first = make_run_folder(out_, "a", 1, kWall);
  const fs::path second = make_run_folder(out_, "a", 1, kWall);
  EXPECT_NE(first, second);
  EXPECT_EQ(make_run_folder(out_, "a", 1, kWall).filename(), "20261121T030153Z-1-3");
}

TEST_F(FolderTest, a_name_leads_nowhere_else) {
  EXPECT_EQ(make_run_folder(out_, "../../etc", 1, kWall).parent_path(), out_ / "______etc");
}

TEST_F(FolderTest, is_made_although_others_remove_the_empty_one_around_it) {
  std::atomic<bool> over{false};
  std::uint64_t removed = 0;
  std::thread other([&] {
    std::error_code ignored;
    while (!over)
      removed += fs::remove(out_ / "a", ignored) ? 1U : 0U;
  });
  for (unsigned i = 0; i < 5000; ++i) {
    const fs::path made = make_run_folder(out_, "a", 1, kWall);
    EXPECT_EQ(made, out_ / "a" / "20261121T030153Z-1");
    fs::remove(made);
  }
  over = true;
  other.join();
  EXPECT_GT(removed, 0u);
}

TEST_F(FolderTest, that_can_not_be_made_is_told) {
  fs::create_directory_symlink("nowhere", out_ / "a");
  EXPECT_THROW(make_run_folder(out_, "a", 1, kWall), cluster::HarnessError);
}

TEST_F(FolderTest, latest_is_replaced) {
  const fs::path first = make_run_folder(out_, "a", 1, kWall);
  const fs::path second = make_run_folder(out_, "b", 1, kWall);
  point_latest_at(out_, first);
  point_latest_at(out_, second);
  EXPECT_EQ(fs::read_symlink(out_ / "latest"), fs::path("b") / second.filename());
  EXPECT_EQ(std::distance(fs::directory_iterator(out_), {}), 3);
}

TEST_F(FolderTest, latest_that_is_a_folder_is_not_lost) {
  const fs::path made = make_run_folder(out_, "a", 1, kWall);
  fs::create_directory(out_ / "latest");
  EXPECT_THROW(point_latest_at(out_, made), cluster::HarnessError);
  EXPECT_TRUE(fs::is_directory(out_ / "latest"));
}

TEST_F(FolderTest, the_journal_writes_faults_at_once_and_history_in_batches) {
  Journal journal(out_, std::chrono::microseconds(0));
  journal.record({scenario::FaultEnded{"cut"}}, raft::Time(1'000'000));
  EXPECT_EQ(text(out_ / "faults.jsonl"),
            R"({"time":"1970-01-01T00:00:01.000000Z","mono_us":1000000,"event":"fault_ended",)"
            R"("id":"cut"})"
            "\n");
  workload::Event event;
  event.client = "c1";
  const std::vector<workload::Event> events = {event};
  journal.record(events, raft::Time(1'000'000));
  const std::size_t first = text(out_ / "history.jsonl").size();
  EXPECT_GT(first, 0u);
  journal.record(events, raft::Time(1'050'000));
  EXPECT_EQ(text(out_ / "history.jsonl").size(), first);
  journal.record(events, raft::Time(1'100'000));
  EXPECT_EQ(text(out_ / "history.jsonl").size(), 3 * first);
  journal.record(events, raft::Time(1'100'001));
  journal.flush();
  EXPECT_EQ(text(out_ / "history.jsonl").size(), 4 * first);
}

}  // namespace
}  // namespace runner
