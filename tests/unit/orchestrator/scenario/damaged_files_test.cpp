// SPDX-License-Identifier: Apache-2.0
// Whatever happens to a file, reading it ends with a scenario or with errors that stand in it.
#include <algorithm>

#include <gtest/gtest.h>

#include "orchestrator/scenario/writer.h"
#include "raft/random.h"
#include "tests/unit/orchestrator/scenario/random_scenario.h"
#include "tests/unit/orchestrator/scenario/texts.h"

namespace scenario {
namespace {

std::vector<std::size_t> line_lengths(std::string_view text) {
  std::vector<std::size_t> lengths{0};
  for (const char c : text) {
    if (c == '\n') {
      lengths.push_back(0);
    } else {
      ++lengths.back();
    }
  }
  return lengths;
}

void expect_good_errors(const Errors& errors, const std::string& text) {
  ASSERT_FALSE(errors.empty());
  ASSERT_LE(errors.size(), kMaxErrors);
  ASSERT_TRUE(std::is_sorted(errors.begin(), errors.end(),
                             [](const Error& a, const Error& b) { return a.at < b.at; }));
  const std::vector<std::size_t> lengths = line_lengths(text);
  for (const Error& error : errors) {
    const auto line = static_cast<std::size_t>(error.at.line);
    ASSERT_GE(error.at.line, 1) << error.text();
    ASSERT_LE(line, lengths.size()) << error.text();
    ASSERT_GE(error.at.column, 1) << error.text();
    ASSERT_LE(static_cast<std::size_t>(error.at.column), lengths[line - 1] + 1) << error.text();
    ASSERT_FALSE(error.message.empty());
    ASSERT_LT(error.message.size(), 500U) << error.text();
    const bool one_line = std::none_of(error.message.begin(), error.message.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20U;
    });
    ASSERT_TRUE(one_line) << error.text();
  }
}

// Of the texts so far.
struct Seen {
  int scenarios = 0;
  int errors = 0;
};

// What was damaged without harm must still read back as what it became.
void expect_scenario_or_good_errors(const std::string& text, Seen& seen) {
  const ReadResult result = read_scenario(text, "x.yaml");
  if (const auto* errors = std::get_if<Errors>(&result)) {
    ++seen.errors;
    return expect_good_errors(*errors, text);
  }
  ++seen.scenarios;
  const auto& scenario = std::get<Scenario>(result);
  const ReadResult again = read_scenario(write_scenario(scenario), "x.yaml");
  ASSERT_TRUE(std::holds_alternative<Scenario>(again)) << std::get<Errors>(again).front().text();
  ASSERT_TRUE(std::get<Scenario>(again) == scenario);
}

TEST(DamagedFiles, EveryTruncation) {
  Seen seen;
  for (const auto& file : shipped_files()) {
    const std::string text = text_of(file);
    for (std::size_t length = 0; length < text.size(); ++length) {
      expect_scenario_or_good_errors(text.substr(0, length), seen);
      if (HasFatalFailure()) FAIL() << file << " cut at " << length;
    }
  }
  EXPECT_GT(seen.scenarios, 0);
  EXPECT_GT(seen.errors, 0);
}

// One to four changes of the kinds that editors, disks and tired people make.
std::string damaged(std::string text, raft::Random& random) {
  constexpr std::string_view kPieces[] = {
      "\"",   "'",    "[",   "]",   "{",   "}",     ":",  ": ",    "- ",          "#",
      "\n",   "  ",   "&a ", "*a",  "!",   "!!x ",  "|",  ">",     "%",           "@",
      "`",    ",",    "\t",  "? ",  "~",   "---\n", "0",  "0x",    "1e9",         "-1",
      "null", "\xff", "<<",  "é",   "\\x", "\r\n",  "+1", "n9",    "leader",      "ms",
      ".",    "yes",  "x",   "all", "cut", "{a",    "a}", "...\n", "\xef\xbb\xbf"};
  for (std::uint64_t changes = random.between(1, 4); changes > 0; --changes) {
    const std::size_t size = text.size();
    if (size == 0) break;
    const auto at = static_cast<std::size_t>(random.below(size));
    const auto length = static_cast<std::size_t>(random.below(12));
    switch (random.below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kPieces[random.below(std::size(kPieces))]);
        break;
      case 2:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 3:
        text.insert(static_cast<std::size_t>(random.below(size)), text.substr(at, 40));
        break;
      default:
        text.replace(at, length, kPieces[random.below(std::size(kPieces))]);
    }
  }
  return text;
}

TEST(DamagedFiles, RandomChanges) {
  raft::Random random(1);
  Seen seen;
  for (const auto& file : shipped_files()) {
    const std::string text = text_of(file);
    for (int i = 0; i < 300; ++i) {
      const std::string changed = damaged(text, random);
      expect_scenario_or_good_errors(changed, seen);
      if (HasFatalFailure()) FAIL() << file << " as\n" << changed;
    }
  }
  EXPECT_GT(seen.scenarios, 100);
  EXPECT_GT(seen.errors, 100);
}

TEST(DamagedFiles, RandomChangesOfScenariosThatUseEveryWord) {
  raft::Random random(2);
  Seen seen;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    const std::string changed = damaged(write_scenario(random_scenario(seed)), random);
    expect_scenario_or_good_errors(changed, seen);
    if (HasFatalFailure()) FAIL() << changed;
  }
  EXPECT_GT(seen.scenarios, 10);
  EXPECT_GT(seen.errors, 100);
}

}  // namespace
}  // namespace scenario
