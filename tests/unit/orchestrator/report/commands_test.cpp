// SPDX-License-Identifier: Apache-2.0
// The commands over runs that are there: check, logs, ls.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "orchestrator/commands/check.h"
#include "orchestrator/commands/logs.h"
#include "orchestrator/commands/ls.h"
#include "orchestrator/report/result.h"
#include "tests/unit/orchestrator/verify/run_folder.h"

namespace commands {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Said {
  int exit_code = 0;
  std::string out;
  std::string err;
};

template <class Command>
Said run(Command&& command) {
  Said said;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  said.exit_code = command();
  said.out = testing::internal::GetCapturedStdout();
  said.err = testing::internal::GetCapturedStderr();
  return said;
}

class CommandsTest : public testing::Test {
 protected:
  CommandsTest() { tell_healthy_run(run_); }

  Said check(bool json = false) {
    return run(
        [&] { return commands::check({.run = run_.write(), .no_color = true, .json = json}); });
  }
  Said logs(LogsOptions options) {
    options.run = run_.write();
    return run([&] { return commands::logs(options); });
  }

  verify::RunFolder run_;
};

TEST_F(CommandsTest, CheckGivesTheSameVerdictAgain) {
  const Said first = check();
  EXPECT_EQ(first.exit_code, 0);
  EXPECT_THAT(first.out, AllOf(HasSubstr("  pass     election_safety"), HasSubstr("\npass: ")));
  EXPECT_EQ(check().out, first.out);
}

TEST_F(CommandsTest, CheckExitsByTheVerdict) {
  run_.node(1).bytes("gone\n");
  EXPECT_EQ(check().exit_code, 2);
  run_.node(2).lead({"n2", "n3"});
  const Said failed = check();
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(
      failed.out,
      HasSubstr("run it again: ./squall run 'a b.yaml' --seed 7\ncommit: 0123456789ab-dirty\n"));
}

TEST_F(CommandsTest, CheckSaysTheResultAsJson) {
  EXPECT_EQ(check(true).out, report::result_json(verify::judge(fs::canonical(run_.write()))));
}

TEST_F(CommandsTest, CheckOfNoRunIsAUsageError) {
  for (const fs::path& path : {fs::path("/nonexistent"), fs::temp_directory_path()}) {
    const Said said = run([&] { return commands::check({.run = path}); });
    EXPECT_EQ(said.exit_code, 4);
    EXPECT_THAT(said.err, HasSubstr(path.string()));
    EXPECT_EQ(said.out, "");
  }
}

TEST_F(CommandsTest, LogsMergesAllNodesByTheirClock) {
  const Said said = logs({});
  EXPECT_EQ(said.exit_code, 0);
  double last = 0;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < said.out.size(); at = said.out.find('\n', at) + 1, ++lines) {
    const double time = std::stod(said.out.substr(at, 9));
    EXPECT_GE(time, last);
    last = time;
  }
  EXPECT_GT(lines, 50u);
  EXPECT_LT(said.out.find("n1  leads term 1"), said.out.find("---- n3 killed"));
  EXPECT_LT(said.out.find("---- n3 killed"), said.out.find("n3  starts, incarnation 2"));
}

TEST_F(CommandsTest, LogsShowsOnlyWhatIsAskedFor) {
  LogsOptions options;
  options.nodes = {"n3"};
  options.events = {"vote_granted", "node_killed"};
  const Said said = logs(options);
  EXPECT_THAT(said.out, AllOf(HasSubstr("n3  votes for n1"), HasSubstr("n3 killed"),
                              Not(HasSubstr("n2  ")), Not(HasSubstr("applies"))));
}

TEST_F(CommandsTest, LogsColoursOnlyWhereItIsAskedToInAPipe) {
  EXPECT_THAT(logs({}).out, Not(HasSubstr("\x1b")));
  LogsOptions options;
  options.color = true;
  EXPECT_THAT(logs(options).out, HasSubstr("\x1b["));
  options.no_color = true;
  EXPECT_THAT(logs(options).out, Not(HasSubstr("\x1b")));
}

TEST_F(CommandsTest, LogsOfNoRunOrNodeIsAUsageError) {
  LogsOptions options;
  options.nodes = {"n9"};
  EXPECT_EQ(logs(options).exit_code, 4);
  options.run = "/nonexistent";
  EXPECT_EQ(run([&] { return commands::logs(options); }).exit_code, 4);
}

TEST_F(CommandsTest, LogsOfNoEventIsAUsageErrorThatSaysWhichThereAre) {
  LogsOptions options;
  options.events = {"applied", "nosuch"};
  const Said said = logs(options);
  EXPECT_EQ(said.exit_code, 4);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, AllOf(HasSubstr("no event nosuch; there are append_rejected, applied,"),
                              HasSubstr(" run_started, ")));
}

TEST_F(CommandsTest, LogsSaysWhereItCouldNotReadOn) {
  run_.node(2).bytes("gone\n");
  const Said said = logs({});
  EXPECT_EQ(said.exit_code, 0);
  EXPECT_THAT(said.err, HasSubstr("nodes/n2.jsonl:15: not JSON"));
  EXPECT_THAT(said.out, HasSubstr("n3  stops"));
}

TEST_F(CommandsTest, LsListsRunsTheNewestFirst) {
  const fs::path runs = run_.write() / "runs";
  const fs::path old_run = runs / "healthy" / "20261121T000000Z-7";
  const fs::path new_run = runs / "other" / "20261122T000000Z-9";
  fs::create_directories(old_run);
  fs::create_directories(new_run);
  std::ofstream(old_run / "faults.jsonl") << "";
  report::write_result(old_run, run_.judge());
  std::ofstream(new_run / "scenario.yaml") << "";
  fs::create_directory_symlink("other/20261122T000000Z-9", runs / "latest");
  const Said said = run([&] { return commands::ls({.runs = runs, .no_color = true}); });
  EXPECT_EQ(said.exit_code, 0);
  EXPECT_EQ(said.out,
            "time              scenario  seed  verdict      seconds\n"
            "20261122T000000Z  other        9  unfinished\n"
            "20261121T000000Z  healthy      7  pass             0.1\n");
  EXPECT_EQ(run([] { return commands::ls({.runs = "/nonexistent"}); }).exit_code, 4);
}

}  // namespace
}  // namespace commands
