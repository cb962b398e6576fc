// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/validate.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/unit/orchestrator/scenario/texts.h"

namespace commands {
namespace {

namespace fs = std::filesystem;

class Validate : public testing::Test {
 protected:
  Validate() {
    std::string name = (fs::temp_directory_path() / "squall-validate-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~Validate() override { fs::remove_all(folder); }

  std::string write(const fs::path& name, const std::string& text) const {
    const fs::path path = folder / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  int run(const std::vector<std::string>& paths) {
    out.str("");
    errors.str("");
    return validate(paths, out, errors);
  }
  std::string at(const char* name) const { return (folder / name).string(); }

  fs::path folder;
  std::ostringstream out;
  std::ostringstream errors;
};

const std::string kGood = scenario::with_steps("  - sleep: 1s\n  - heal: all\n");

TEST_F(Validate, SaysOfAGoodScenarioWhatItHas) {
  const std::string file = write("a.yaml", kGood);
  EXPECT_EQ(run({file}), 0);
  EXPECT_EQ(out.str(), "ok  " + file + "  (2 steps, 5 nodes)\n");
  EXPECT_EQ(errors.str(), "");
}

TEST_F(Validate, ReadsFoldersInOrderAndOnlyScenarios) {
  write("b.yaml", kGood);
  write("a/c.yaml", kGood);
  write("a/b/d.yaml", kGood);
  write("a/notes.txt", "no scenario");
  EXPECT_EQ(run({folder.string()}), 0);
  EXPECT_EQ(out.str(), "ok  " + at("a/b/d.yaml") + "  (2 steps, 5 nodes)\nok  " + at("a/c.yaml") +
                           "  (2 steps, 5 nodes)\nok  " + at("b.yaml") + "  (2 steps, 5 nodes)\n");
}

TEST_F(Validate, PrintsEveryErrorAndStillJudgesTheRest) {
  const std::string bad = write("a.yaml", scenario::with_steps("  - sleep: 1\n  - hael: all\n"));
  const std::string good = write("b.yaml", kGood);
  EXPECT_EQ(run({bad, good}), 4);
  EXPECT_EQ(out.str(), "ok  " + good + "  (2 steps, 5 nodes)\n");
  EXPECT_EQ(errors.str(), bad + ":5:12: a duration needs a unit: 1ms\n" + bad +
                              ":6:5: unknown key 'hael' in a step; did you mean 'heal'?\n");
}

TEST_F(Validate, ANamedFileNeedNoEndingButMustBeThere) {
  EXPECT_EQ(run({write("a.yml", kGood)}), 0);
  EXPECT_EQ(run({at("none.yaml")}), 4);
  EXPECT_EQ(errors.str(), at("none.yaml") + ":1:1: can't be read: No such file or directory\n");
}

TEST_F(Validate, AFolderWithoutScenariosMatchesNone) {
  EXPECT_EQ(run({folder.string()}), 5);
  EXPECT_EQ(errors.str(), "no scenario (*.yaml) in " + folder.string() + "\n");
  EXPECT_EQ(out.str(), "");
}

TEST_F(Validate, FollowsNoLinkInACircle) {
  write("a/b.yaml", kGood);
  fs::create_directory_symlink("..", folder / "a" / "up");
  EXPECT_EQ(run({folder.string()}), 0);
  EXPECT_EQ(out.str(), "ok  " + at("a/b.yaml") + "  (2 steps, 5 nodes)\n");
}

}  // namespace
}  // namespace commands
