// SPDX-License-Identifier: Apache-2.0
// The command over files: what it says, and how it ends.
#include "orchestrator/commands/check_history.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <unistd.h>

namespace commands {
namespace {

using linearizability::Model;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CheckHistoryTest : public testing::Test {
 protected:
  ~CheckHistoryTest() override { std::filesystem::remove(options_.file); }

  int run(const std::string& history) {
    std::ofstream(options_.file) << history;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int exit_code = check_history(options_);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return exit_code;
  }

  CheckHistoryOptions options_{
      .file = std::filesystem::temp_directory_path() /
              ("squall-check-history-" + std::to_string(getpid())),
      .model = Model::plain_register,
      .no_color = true,
  };
  std::string out_;
  std::string err_;
};

const std::string kWrite = "[0 :invoke :write 1]\n[0 :ok :write 1]\n";

TEST_F(CheckHistoryTest, WhatIsLinearizablePasses) {
  EXPECT_EQ(run(kWrite + "[1 :invoke :read nil]\n[1 :ok :read 1]\n[2 :invoke :write 2]\n"), 0);
  EXPECT_THAT(out_, AllOf(StartsWith("register, 3 operations by 3 clients on 1 key, 1 of unknown "
                                     "outcome\n"),
                          HasSubstr("  zones            1              3  linearizable\n"),
                          HasSubstr("\npass: ")));
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(CheckHistoryTest, WhatIsNotFailsWithItsPicture) {
  EXPECT_EQ(run(kWrite + "[1 :invoke :read nil]\n[1 :ok :read nil]\n"), 1);
  EXPECT_THAT(out_, AllOf(HasSubstr("key register is not linearizable\n"), HasSubstr("|--read"),
                          HasSubstr("line 1"), HasSubstr("\nfail: ")));
  std::istringstream lines(out_);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("fail: ")) continue;  // the file's name is as long as it is
    EXPECT_LE(line.size(), 80U) << line;
  }
}

// Each value is written twice, so that only the search can tell.
std::string hard_history() {
  std::string text;
  for (int client = 0; client < 20; ++client)
    text += "[" + std::to_string(client) + " :invoke :write " + std::to_string(client / 2) + "]\n";
  for (int reader = 20; reader < 40; ++reader) {
    const std::string process = std::to_string(reader);
    text += "[" + process + " :invoke :read nil]\n[" + process + " :ok :read " +
            std::to_string((reader * 7) % 10) + "]\n";
  }
  return text;
}

TEST_F(CheckHistoryTest, ASpentBudgetIsUnknownAndNeverAPass) {
  EXPECT_EQ(run(hard_history()), 0);
  EXPECT_THAT(out_, HasSubstr("  search           1             40  linearizable\n"));
  options_.judge.configurations = 1;
  EXPECT_EQ(run(hard_history()), 2);
  EXPECT_THAT(out_, AllOf(HasSubstr("1 key unknown (register): "), HasSubstr("\nunknown: ")));
}

TEST_F(CheckHistoryTest, WhereNothingIsThereIsNothingToJudge) {
  EXPECT_EQ(run(""), 2);
  EXPECT_THAT(out_, AllOf(HasSubstr("there is no operation to judge\n"), HasSubstr("\nunknown: ")));
}

TEST_F(CheckHistoryTest, WhereNoOutcomeIsKnownNothingWasSeen) {
  EXPECT_EQ(run("[0 :invoke :write 1]\n[1 :invoke :write 2]\n[1 :info :write 2]\n"), 2);
  EXPECT_THAT(out_, AllOf(HasSubstr("no operation has a known outcome: nothing was seen\n"),
                          HasSubstr("\nunknown: ")));
}

TEST_F(CheckHistoryTest, ValuesAreShownAsTheyAreWritten) {
  EXPECT_EQ(run(kWrite + "[1 :invoke :write \"\"]\n[1 :ok :write \"\"]\n"
                         "[1 :invoke :read nil]\n[1 :ok :read nil]\n"),
            1);
  EXPECT_THAT(out_, HasSubstr("|--read nil--|"));
}

TEST_F(CheckHistoryTest, WhatIsNoHistoryIsToldWithItsLine) {
  EXPECT_EQ(run(kWrite + "[0 :ok :write 1]\n"), 4);
  EXPECT_EQ(err_, "squall check-history: " + options_.file.string() +
                      ":3: process 0 has no open operation\n");
  EXPECT_THAT(out_, IsEmpty());
  std::filesystem::remove(options_.file);
  EXPECT_EQ(check_history({.file = "/nonexistent/history", .model = Model::cas_register}), 4);
}

TEST_F(CheckHistoryTest, AsALineOfJson) {
  options_.json = true;
  EXPECT_EQ(run(kWrite + "[1 :invoke :read nil]\n[1 :ok :read nil]\n[2 :invoke :read nil]\n"), 1);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 1);
  EXPECT_THAT(out_, AllOf(StartsWith(R"({"verdict":"fail","file":)"),
                          HasSubstr(R"("operations":2,"clients":3,"keys":1,"unknown_outcomes":0,)"
                                    R"("left_out":1,)"),
                          HasSubstr(R"("tiers":[{"tier":"zones","ruling":"not linearizable",)"),
                          HasSubstr(R"("not_proven":[{"key":"register","operations":2,)")));
}

// Every answer is explained, but by another order than the one that the log is said to have.
TEST_F(CheckHistoryTest, ALogThatIsNoWitnessIsToldApart) {
  options_.model = Model::key_value;
  const auto put = [](const std::string& client, const std::string& value, int log_index) {
    const std::string head = R"(,"client":")" + client + R"(","request":1,"op":"put","key":"k")";
    return R"({"event":"invoke")" + head + R"(,"value":")" + value + "\"}\n" + R"({"event":"ok")" +
           head + R"(,"log_index":)" + std::to_string(log_index) + "}\n";
  };
  EXPECT_EQ(run(put("c1", "a", 2) + put("c2", "b", 1)), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("key k: the order that the log claims is no witness: "),
                          HasSubstr("  zones"), HasSubstr("\npass: ")));
  EXPECT_EQ(run(put("c1", "a", 1) + put("c2", "b", 2)), 0);
  EXPECT_THAT(out_, AllOf(HasSubstr("  witness"), Not(HasSubstr("no witness"))));
}

}  // namespace
}  // namespace commands
