// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/account.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/report/numbers.h"

namespace report {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class AccountTest : public testing::Test {
 protected:
  std::string told(const scenario::Happening& happening) {
    testing::internal::CaptureStderr();
    account_.happened(happening, raft::Duration(2'345'678), {}, raft::Time(2'345'678));
    return testing::internal::GetCapturedStderr();
  }
  Account account_{{.prose = true, .colour = false, .json = false}};
};

TEST_F(AccountTest, tells_what_happened_with_the_time) {
  EXPECT_EQ(told(scenario::LeaderSeen{{3}, {7}}), "   2.35  n3 leads term 7\n");
  EXPECT_EQ(told(scenario::NodeKilled{{3}, 1}), "   2.35  n3 killed\n");
  EXPECT_EQ(told(scenario::NodeReady{{3}, 2, 99}), "   2.35  n3 is back, incarnation 2\n");
  EXPECT_EQ(told(scenario::NodeReady{{3}, 1, 99}), "") << "that all come up is no news";
  EXPECT_EQ(told(scenario::NodeEnded{{3}, 1, false, -1, 6, "assertion failed"}),
            "   2.35  n3 ended by itself, signal 6: assertion failed\n");
}

TEST_F(AccountTest, an_expectation_that_failed_says_where_it_stands_and_what_was_seen) {
  const std::string text = told(scenario::Expectation{
      4, 17, "a leader within 5s", false, "no node leads", scenario::Expectation::About::time});
  EXPECT_THAT(text, HasSubstr("NOT as expected (step 4, line 17): a leader within 5s"));
  EXPECT_THAT(text, HasSubstr("observed: no\n           node leads"));
}

TEST_F(AccountTest, stays_within_eighty_columns) {
  scenario::Expectation expectation;
  expectation.text = std::string(50, 'x') + " " + std::string(50, 'y');
  for (int i = 0; i < 40; ++i)
    expectation.observed += "n" + std::to_string(i) + " applied 7, ";
  std::istringstream lines(told(expectation));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_LE(line.size(), 80u) << line;
  EXPECT_GT(count, 5u);
}

TEST_F(AccountTest, json_is_the_evidence_line) {
  Account account({.prose = false, .colour = false, .json = true});
  testing::internal::CaptureStdout();
  account.happened(scenario::FaultEnded{"cut"}, raft::Duration(5), raft::Duration(0),
                   raft::Time(1'000'000));
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            R"({"time":"1970-01-01T00:00:01.000000Z","mono_us":1000000,"event":"fault_ended",)"
            R"("id":"cut"})"
            "\n");
}

TEST_F(AccountTest, colours_only_where_wanted) {
  EXPECT_EQ(account_.coloured(Account::Colour::bad, "x"), "x");
  const Account colourful({.prose = true, .colour = true, .json = false});
  EXPECT_THAT(colourful.coloured(Account::Colour::bad, "x"), StartsWith("\x1b["));
  EXPECT_FALSE(colour_wanted(true));
}

TEST_F(AccountTest, clients_are_told_of_now_and_then) {
  const auto told_at = [&](std::int64_t seconds, std::uint64_t ok) {
    testing::internal::CaptureStderr();
    account_.clients({ok, 1, 2}, std::chrono::seconds(seconds));
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(told_at(4, 100), "");
  EXPECT_EQ(told_at(5, 1000), "   5.00  clients: 1000 ok (200/s), 1 failed, 2 unknown\n");
  EXPECT_EQ(told_at(6, 2000), "");
  EXPECT_EQ(told_at(10, 1500), "  10.00  clients: 1500 ok (100/s), 1 failed, 2 unknown\n");
}

TEST(Wrapped, breaks_at_spaces_and_through_what_has_none) {
  EXPECT_EQ(wrapped("short", 9), "short");
  const std::string words = std::string(60, 'a') + " " + std::string(30, 'b');
  EXPECT_EQ(wrapped(words, 9),
            std::string(60, 'a') + "\n" + std::string(11, ' ') + std::string(30, 'b'));
  EXPECT_EQ(wrapped(std::string(100, 'a'), 0),
            std::string(80, 'a') + "\n  " + std::string(20, 'a'));
}

TEST(Numbers, are_printed_as_the_labs_print_them) {
  const verify::Numbers numbers{12.44, 5, 10234, 1893321, 812};
  EXPECT_EQ(numbers_line(numbers, verify::Verdict::pass),
            " ... passed --  12.4  5  10234   1893321    812");
  EXPECT_THAT(numbers_line(numbers, verify::Verdict::fail), StartsWith(" ... failed --"));
  EXPECT_THAT(numbers_line(numbers, verify::Verdict::unknown), StartsWith(" ... unknown --"));
}

}  // namespace
}  // namespace report
