// SPDX-License-Identifier: Apache-2.0
// Each script under this folder is a case. SQUALL_REWRITE=1 writes what happens into the scripts;
// SQUALL_SCRIPT=file plays that one instead.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/golden/script.h"

namespace raft::golden {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> scripts() {
  if (const char* only = std::getenv("SQUALL_SCRIPT")) return {fs::path(only)};
  std::vector<fs::path> found;
  for (const auto& suite : fs::directory_iterator(SQUALL_GOLDEN_SCRIPTS)) {
    if (!suite.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(suite)) {
      if (file.path().extension() == ".txt") found.push_back(file.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string name_of_case(const testing::TestParamInfo<fs::path>& info) {
  return info.param.parent_path().filename().string() + "_" + info.param.stem().string();
}

std::string text_of_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, Script) {
  const std::string script = text_of_file(GetParam());
  ASSERT_FALSE(script.empty());
  std::string played;
  ASSERT_NO_THROW(played = play(script)) << GetParam();
  if (std::getenv("SQUALL_REWRITE")) {
    std::ofstream(GetParam()) << played;
  } else {
    EXPECT_EQ(script, played) << GetParam() << ": SQUALL_REWRITE=1 writes it anew";
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Golden, testing::ValuesIn(scripts()), name_of_case);

std::string error_of(const std::string& lines) {
  try {
    play("Prose.\n\n" + lines);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

// bugs.md says which script shows which bug.
TEST(Bugs, EachScriptOfTheTableIsThere) {
  const fs::path folder = SQUALL_GOLDEN_SCRIPTS;
  const std::string table = text_of_file(folder / "bugs.md");
  const std::regex named("[a-z_]+/[a-z_0-9]+\\.txt");
  std::size_t count = 0;
  for (std::sregex_iterator each(table.begin(), table.end(), named), end; each != end; ++each) {
    ++count;
    EXPECT_TRUE(fs::exists(folder / each->str())) << each->str();
  }
  EXPECT_GT(count, 0u);
}

TEST(Script, SaysWhatItDoesNotUnderstandAndWhere) {
  const auto error = [](const std::string& line, const std::string& what) {
    const std::string all = error_of("cluster n=3\n" + line + "\n----\n");
    EXPECT_NE(all.find("line 4, '" + line + "': "), all.npos) << all;
    EXPECT_NE(all.find(what), all.npos) << all;
  };
  error("elect n1", "unknown verb 'elect'");
  error("timeout n4", "there is no n4");
  error("timeout 1", "'1' is no server");
  error("timeout n1 n2", "knows nothing of 'n2'");
  error("timeout", "needs more words");
  error("tick n1 50", "no duration");
  error("deliver n1->n2", "no such message");
  error("deliver append_entry", "no message is a 'append_entry'");
  error("compact n1 up_to=4", "no state of i4");
  error("crash n1 keep=x", "'x' is no number");
  error("forge n2->n1 timeout_now term=1", "'timeout_now' is not forged here");
  error("crash n1 torn", "no snapshot is under way");
  error("restart n1", "n1 is up");
  error("sync n1", "nothing to make durable");
  error("cluster n=3", "a cluster already");
  EXPECT_NE(error_of("timeout n1\n").find("no cluster yet"), std::string::npos);
  EXPECT_NE(error_of("cluster n=3 prevote=true\n").find("no setting"), std::string::npos);
  EXPECT_NE(error_of("cluster n=3\ntimeout n1\n").find("no account"), std::string::npos);
  EXPECT_THROW(play("----\n"), std::runtime_error);
}

TEST(Script, IsGivenTheAccountOfWhatHappens) {
  const std::string script = "Prose.\n\ncluster n=1\ntimeout n1 brief\n----\nnonsense\n";
  const std::string played = play(script);
  EXPECT_NE(played, script);
  EXPECT_NE(played.find("n1 becomes leader of t1"), played.npos);
  EXPECT_EQ(play(played), played);
}

}  // namespace
}  // namespace raft::golden
