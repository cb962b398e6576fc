// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/result.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

class ResultTest : public testing::Test {
 protected:
  ResultTest() { tell_healthy_run(run_); }

  std::string table(bool colour = false) const {
    return checks_table(run_.judge(), run_.write(), colour);
  }

  verify::RunFolder run_;
};

TEST_F(ResultTest, IsReadBackAsItWasWritten) {
  run_.node(2).lead({"n2", "n3"});
  const verify::Result result = run_.judge();
  write_result(run_.write(), result);
  const auto summary = read_result(run_.write());
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->verdict, verify::Verdict::fail);
  EXPECT_EQ(summary->scenario, "healthy");
  EXPECT_EQ(summary->seed, 7u);
  EXPECT_DOUBLE_EQ(summary->seconds, result.numbers.seconds);
}

TEST_F(ResultTest, HasTheFieldsThatItsDescriptionNames) {
  run_.node(2).lead({"n2", "n3"});
  const std::string json = result_json(run_.judge());
  EXPECT_THAT(json, HasSubstr("{\"verdict\":\"fail\",\"checks\":[{\"name\":\"election_safety\","
                              "\"verdict\":\"fail\",\"saw\":\"1 leader in 1 term, 3 votes\","
                              "\"message\":\"Election Safety"));
  EXPECT_THAT(json, HasSubstr("\"lines\":[{\"file\":\"nodes/n2.jsonl\",\"line\":15},"
                              "{\"file\":\"nodes/n1.jsonl\",\"line\":6}]"));
  EXPECT_THAT(json, HasSubstr("\"peers\":3,\"messages\":20,\"bytes\":900,\"committed\":4}"));
}

TEST_F(ResultTest, ThatIsNoneIsNotRead) {
  EXPECT_FALSE(read_result(run_.write()));
  std::ofstream(run_.write() / "result.json") << "{\"verdict\":\"splendid\"}\n";
  EXPECT_FALSE(read_result(run_.write()));
}

TEST_F(ResultTest, ThatCannotBeWrittenSaysWhere) {
  EXPECT_THROW(write_result("/nonexistent", run_.judge()), std::runtime_error);
}

TEST_F(ResultTest, TableHasALineForEachCheck) {
  const std::string text = table();
  EXPECT_THAT(text,
              HasSubstr("  pass     election_safety              1 leader in 1 term, 3 votes\n"));
  const std::vector<std::string> lines = lines_of(text);
  const auto begins_a_check = [](const std::string& line) {
    return line.size() > 2 && line[2] != ' ';
  };
  EXPECT_EQ(static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), begins_a_check)),
            run_.judge().checks.size());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(table(true), HasSubstr("\x1b[32mpass   \x1b[0m"));
}

TEST_F(ResultTest, TableShowsTheLinesAroundAViolationOfEachNode) {
  run_.node(2).lead({"n2", "n3"});
  const std::string text = table();
  EXPECT_THAT(text, AllOf(HasSubstr("  nodes/n2.jsonl:15\n"), HasSubstr("  nodes/n1.jsonl:6\n")));
  EXPECT_THAT(text, HasSubstr(">       15"));
  EXPECT_THAT(text, HasSubstr("leads term 1 (votes n2 n3), log up to 4\n"));
  EXPECT_THAT(text, HasSubstr(">        6"));
  for (const std::string& line : lines_of(text))
    EXPECT_LE(line.size(), 80u) << line;
}

TEST_F(ResultTest, TableShowsWhatTheNodesDidThatGaveAnAnswerInQuestion) {
  run_.history("invoke c2/9 get k1");
  run_.history("ok c2/9 get k1", R"("value":"","log_index":1,"term":1,"node":"n3")");
  const std::string text = table();
  EXPECT_THAT(text, HasSubstr("  fail     no_stale_read"));
  EXPECT_THAT(text, AllOf(HasSubstr("  history.jsonl:"), HasSubstr("  nodes/n3.jsonl:")));
}

TEST_F(ResultTest, TableShowsWhatTheNodesDidThatHadAPartInAViolation) {
  run_.node(1).append({15}).persist().commit(5, R"("n1":5,"n2":0,"n3":5)");
  const std::string text = table();
  EXPECT_THAT(text, HasSubstr("  fail     acknowledged_when_durable"));
  EXPECT_THAT(text, AllOf(HasSubstr("  nodes/n1.jsonl:"), HasSubstr("  nodes/n3.jsonl:")));
  EXPECT_THAT(text, testing::Not(HasSubstr("  nodes/n2.jsonl:")));
}

TEST_F(ResultTest, TableSaysWhatCannotBeTold) {
  run_.node(2).bytes("gone\n");
  EXPECT_THAT(table(), AllOf(HasSubstr("  unknown  evidence "),
                             HasSubstr("           nodes/n2.jsonl:15: not JSON\n")));
}

}  // namespace
}  // namespace report
