// SPDX-License-Identifier: Apache-2.0
// `squall run` and `squall soak`, in virtual time.
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/commands/run.h"
#include "orchestrator/commands/soak.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace commands {
namespace {

namespace fs = std::filesystem;
using cluster::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kGood = R"(version: 1
name: good
cluster: {nodes: 3}
steps:
  - wait_for: {leader: stable, timeout: 5s}
)";
constexpr const char* kFailing = R"(version: 1
name: failing
cluster: {nodes: 3}
steps:
  - wait_for: {applied: {log_index: 99, at_least: 3}, timeout: 100ms}
)";

class CommandsTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << text;
    return (folder_.path() / name).string();
  }
  RunOptions options(std::vector<std::string> paths) {
    RunOptions options;
    options.paths = std::move(paths);
    options.simulate = true;
    options.out = folder_.path() / "runs";
    return options;
  }
  int go(const RunOptions& options) {
    return told([&] { return run(options); });
  }
  template <class Command>
  int told(Command command) {
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const int code = command();
    prose_ = testing::internal::GetCapturedStderr();
    json_ = testing::internal::GetCapturedStdout();
    return code;
  }
  bool ran() const { return fs::exists(folder_.path() / "runs"); }

  TemporaryFolder folder_;
  std::string prose_;
  std::string json_;
};

TEST_F(CommandsTest, the_exit_code_is_that_of_the_worst) {
  const std::string good = write("a.yaml", kGood);
  const std::string failing = write("b.yaml", kFailing);
  EXPECT_EQ(go(options({good})), 0);
  EXPECT_EQ(go(options({failing, good})), 1);
  EXPECT_THAT(prose_, HasSubstr("1 of 2 passed"));
  EXPECT_EQ(worse(2, 1), 1);
  EXPECT_EQ(worse(1, 3), 3);
  EXPECT_EQ(worse(130, 3), 130);
  EXPECT_EQ(worse(0, 2), 2);
}

TEST_F(CommandsTest, a_failure_prints_the_command_that_runs_it_again) {
  const std::string failing = write("a b.yaml", kFailing);
  RunOptions seeded = options({failing});
  seeded.seed = 77;
  seeded.commit = "0a1b-dirty";
  go(seeded);
  EXPECT_THAT(prose_, HasSubstr("reproduces: ./squall run --simulate '" + failing +
                                "' --seed 77\ncommit: 0a1b-dirty\n"));
  EXPECT_THAT(prose_, HasSubstr("FAIL  failing"));
}

TEST_F(CommandsTest, all_are_read_before_the_first_is_run) {
  const std::string good = write("a.yaml", kGood);
  const std::string bad = write("b.yaml", "version: 1\nnme: x\n");
  EXPECT_EQ(go(options({good, bad})), 4);
  EXPECT_THAT(prose_, HasSubstr("b.yaml:2:1: "));
  EXPECT_FALSE(ran());
}

TEST_F(CommandsTest, a_folder_stands_for_the_scenarios_in_it) {
  write("suite/z.yaml", kGood);
  write("suite/deep/a.yaml", kGood);
  write("suite/notes.txt", "no scenario");
  EXPECT_EQ(go(options({(folder_.path() / "suite").string()})), 0);
  EXPECT_THAT(prose_, HasSubstr("2 of 2 passed"));
}

TEST_F(CommandsTest, what_no_scenario_matches_is_told_apart) {
  RunOptions filtered = options({write("a.yaml", kGood)});
  filtered.filter = "nothing of the kind";
  EXPECT_EQ(go(filtered), 5);
  EXPECT_EQ(go(options({(folder_.path() / "not there").string()})), 4);
}

TEST_F(CommandsTest, repeats_take_the_next_seeds) {
  RunOptions repeated = options({write("a.yaml", kGood)});
  repeated.repeat = 3;
  repeated.seed = 10;
  EXPECT_EQ(go(repeated), 0);
  EXPECT_THAT(prose_, HasSubstr("seed 12"));
  EXPECT_THAT(prose_, HasSubstr("3 of 3 passed"));
}

TEST_F(CommandsTest, until_fail_ends_at_the_first_that_does_not_pass) {
  RunOptions until = options({write("a.yaml", kFailing)});
  until.until_fail = true;
  EXPECT_EQ(go(until), 1);
  EXPECT_THAT(prose_, Not(HasSubstr("passed")));
}

TEST_F(CommandsTest, json_ends_with_the_result) {
  RunOptions asked = options({write("a.yaml", kGood)});
  asked.json = true;
  go(asked);
  EXPECT_THAT(json_, HasSubstr(R"("event":"run_started")"));
  const std::string last = json_.substr(json_.rfind("\n", json_.size() - 2) + 1);
  EXPECT_THAT(last, HasSubstr(R"("event":"result","scenario":"good")"));
  EXPECT_THAT(last, HasSubstr(R"("verdict":"pass")"));
}

TEST_F(CommandsTest, a_soak_has_a_row_for_each_seed_and_totals) {
  SoakOptions soaked;
  soaked.simulate = true;
  soaked.seed = 5;
  soaked.seeds = 3;
  soaked.out = folder_.path() / "runs";
  EXPECT_EQ(told([&] { return soak(soaked); }), 0);
  EXPECT_THAT(prose_, HasSubstr("operations"));
  EXPECT_THAT(prose_, HasSubstr("       7 "));
  EXPECT_THAT(prose_, HasSubstr("3 seeds"));
  EXPECT_THAT(prose_, HasSubstr("3 passed"));
}

TEST_F(CommandsTest, a_soak_ends_with_the_last_seed_there_is) {
  SoakOptions soaked;
  soaked.simulate = soaked.no_color = true;
  soaked.seed = 18'446'744'073'709'551'614U;
  soaked.seeds = 5;
  soaked.out = folder_.path() / "runs";
  for (const unsigned jobs : {1u, 2u}) {
    soaked.jobs = jobs;
    EXPECT_EQ(told([&] { return soak(soaked); }), 0);
    EXPECT_THAT(prose_, HasSubstr("2 passed"));
    std::set<std::size_t> lengths;  // of the lines: their columns are under one another
    for (std::size_t at = 0; at < prose_.size(); at = prose_.find('\n', at) + 1)
      lengths.insert(prose_.find('\n', at) - at);
    EXPECT_EQ(lengths.size(), 1u) << prose_;
  }
}

TEST_F(CommandsTest, repeats_end_with_the_last_seed_there_is) {
  RunOptions repeated = options({write("a.yaml", kGood)});
  repeated.repeat = 3;
  repeated.seed = 18'446'744'073'709'551'614U;
  EXPECT_EQ(go(repeated), 0);
  EXPECT_THAT(prose_, HasSubstr("2 of 2 passed"));
}

TEST_F(CommandsTest, a_soak_has_seeds_as_long_as_asked_for) {
  SoakOptions soaked;
  soaked.simulate = soaked.json = true;
  soaked.seeds = 1;
  soaked.length = scenario::Duration(60'000'000);
  soaked.out = write("file", "x") + "/runs";
  EXPECT_EQ(told([&] { return soak(soaked); }), 3);
  EXPECT_THAT(prose_, HasSubstr("./squall soak --simulate --length 60s --seed 1 --seeds 1"));
  soaked.out = folder_.path() / "runs";
  EXPECT_EQ(told([&] { return soak(soaked); }), 0);
  const std::string_view field = "\"seconds\":";
  const double seconds = std::stod(json_.substr(json_.find(field) + field.size()));
  EXPECT_GE(seconds, 60);
  EXPECT_LT(seconds, 120);
}

TEST_F(CommandsTest, a_soak_stops_at_the_first_failure) {
  SoakOptions soaked;
  soaked.simulate = true;
  soaked.seeds = 3;
  soaked.out = write("file", "x") + "/runs";
  EXPECT_EQ(told([&] { return soak(soaked); }), 3);
  EXPECT_THAT(prose_, HasSubstr("1 seeds"));
  EXPECT_THAT(prose_, HasSubstr("./squall soak --simulate --seed 1 --seeds 1"));
}

TEST_F(CommandsTest, a_soak_says_the_same_however_many_run_at_once) {
  SoakOptions soaked;
  soaked.simulate = soaked.no_color = soaked.json = true;
  soaked.seed = 1;
  soaked.seeds = 6;
  soaked.out = folder_.path() / "runs";
  ASSERT_EQ(told([&] { return soak(soaked); }), 0);
  // The totals' line has how long it took.
  const std::string rows = prose_.substr(0, prose_.find(" seeds "));
  const std::string json = json_;
  for (const unsigned jobs : {2u, 4u, 10u}) {
    soaked.jobs = jobs;
    ASSERT_EQ(told([&] { return soak(soaked); }), 0);
    EXPECT_EQ(prose_.substr(0, prose_.find(" seeds ")), rows) << jobs;
    EXPECT_EQ(json_, json);
  }
}

TEST_F(CommandsTest, several_at_once_stop_at_the_first_failure_too) {
  SoakOptions soaked;
  soaked.simulate = true;
  soaked.seeds = 20;
  soaked.jobs = 3;
  soaked.out = write("file", "x") + "/runs";
  EXPECT_EQ(told([&] { return soak(soaked); }), 3);
  EXPECT_THAT(prose_, HasSubstr("1 seeds"));
  EXPECT_THAT(prose_, HasSubstr("./squall soak --simulate --seed 1 --seeds 1"));
}

TEST(Quoted, only_what_a_shell_would_take_apart) {
  EXPECT_EQ(quoted("scenarios/first_light.yaml"), "scenarios/first_light.yaml");
  EXPECT_EQ(quoted("a b"), "'a b'");
  EXPECT_EQ(quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(quoted(""), "''");
}

}  // namespace
}  // namespace commands
