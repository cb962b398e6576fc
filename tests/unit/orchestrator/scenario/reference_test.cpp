// SPDX-License-Identifier: Apache-2.0
// docs/scenarios.md says what the reader reads: each word with its values and default, and no word
// more.
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/scenario/language.h"
#include "orchestrator/verify/check.h"
#include "tests/unit/orchestrator/scenario/texts.h"

namespace scenario {
namespace {

using testing::IsEmpty;

std::string reference() {
  return text_of(SQUALL_SOURCE_DIR "/docs/scenarios.md");
}

// "cluster | `nodes` | a number from 1 to 101 | `3` |" for each row of a table of words.
std::multiset<std::string> rows_of_reference() {
  std::multiset<std::string> rows;
  std::string section;
  std::istringstream lines(reference());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) section.clear();
    if (line.starts_with("### ")) section = line.substr(4);
    if (section.empty() || !line.starts_with("| `")) continue;
    std::size_t end = 0;
    for (int bar = 0; bar < 3 && end != line.npos; ++bar) {
      end = line.find(" |", end + 2);
    }
    if (end == line.npos) {
      ADD_FAILURE() << line;
      continue;
    }
    rows.insert(fmt::format("{} {} |", section, line.substr(0, end)));
  }
  return rows;
}

TEST(Reference, HasEveryWordWithItsValuesAndDefault) {
  auto rows = rows_of_reference();
  for (const Word& word : all_words()) {
    const std::string fallback = word.fallback.empty()         ? "-"
                                 : word.fallback == "required" ? word.fallback
                                                               : fmt::format("`{}`", word.fallback);
    const std::string row =
        fmt::format("{} | `{}` | {} | {} |", word.map, word.key, word.expected, fallback);
    const auto found = rows.find(row);
    if (found == rows.end()) {
      ADD_FAILURE() << "docs/scenarios.md lacks, in the section of the first word: " << row;
    } else {
      rows.erase(found);
    }
  }
  for (const std::string& row : rows) {
    ADD_FAILURE() << "docs/scenarios.md has what the reader does not know: " << row;
  }
}

TEST(Reference, HasEveryCheck) {
  const std::string text = reference();
  for (const std::string& name : verify::check_names()) {
    EXPECT_NE(text.find(fmt::format("`{}`", name)), text.npos) << name;
  }
}

TEST(Reference, ItsExampleIsAScenario) {
  const std::string text = reference();
  const std::string opening = "```yaml\n";
  const std::size_t begin = text.find(opening);
  ASSERT_NE(begin, text.npos);
  const std::size_t start = begin + opening.size();
  EXPECT_THAT(errors_of(text.substr(start, text.find("```", start) - start)), IsEmpty());
}

TEST(Shipped, ScenariosOpenWithWhatTheyShow) {
  const auto files = shipped_files();
  ASSERT_GE(files.size(), 12U);
  for (const auto& file : files) {
    const std::string text = text_of(file);
    EXPECT_THAT(errors_of(text), IsEmpty()) << file;
    int comments = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line) && line.starts_with("# ");) {
      ++comments;
    }
    EXPECT_TRUE(comments >= 2 && comments <= 5) << file << " opens with " << comments << " lines";
  }
}

}  // namespace
}  // namespace scenario
