// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/picture.h"

#include <sstream>

#include <gmock/gmock.h>

#include "tests/unit/orchestrator/linearizability/histories.h"

namespace linearizability {
namespace {

std::string drawn(const Script& script, std::size_t columns = 80) {
  const std::string picture = draw(script.history(), all_places(script.history()), columns);
  std::istringstream lines(picture);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), columns) << line;
  return "\n" + picture;
}

TEST(Picture, OfAStaleRead) {
  Script script;
  script.write("c1", 1, 2, "x").write("c2", 3, 4, "y").read("c3", 5, 6, "x");
  EXPECT_EQ(drawn(script), R"(
c1  |--write "x"--|
c2                 |--write "y"--|
c3                                |--read "x"--|

line 1  c1  write "x"
line 2  c2  write "y"
line 3  c3  read "x"
)");
}

TEST(Picture, OfWhatHappenedAtOnce) {
  Script script;
  script.write("c1", 1, 7, "x").append("c2", 2, kNever, "y").read("c3", 3, 4, "xy");
  script.read("c3", 5, 6, "x").refused("c2", 8, 9, "x", "z", "xy");
  EXPECT_EQ(drawn(script), R"(
c1  |--write "x"--------------------|
c2   |--append "y"--...              |--cas "x"->"z" saw "xy"--|
c3    |--read "xy"--| |--read "x"--|

line 1  c1  write "x"
line 2  c2  append "y": outcome unknown
line 3  c3  read "xy"
line 4  c3  read "x"
line 5  c2  cas "x"->"z" saw "xy"
)");
}

TEST(Picture, GoesOnInAnotherBand) {
  Script script;
  script.write("c1", 1, 2, "x").read("c4", 1, 9, "").write("c2", 3, 4, "y").read("c3", 5, 6, "x");
  EXPECT_EQ(drawn(script, 40), R"(
c1  |--write "x"--|
c4  |--read ""--------------------
c2                 |--write "y"--|

c4  --------------|
c3  |--read "x"--|

line 1  c1  write "x"
line 2  c4  read ""
line 3  c2  write "y"
line 4  c3  read "x"
)");
}

TEST(Picture, HasALaneForEachOpenOperationOfAClient) {
  Script script;
  script.write("c1", 1, 4, "x").write("c2", 1, 3, "z").write("c1", 2, 3, "y");
  EXPECT_EQ(drawn(script), R"(
c1  |--write "x"----|
c1   |--write "y"--|
c2  |--write "z"---|

line 1  c1  write "x"
line 2  c2  write "z"
line 3  c1  write "y"
)");
}

TEST(Words, SayWhatWasAskedAndAnswered) {
  Script script;
  script.read("c1", 1, 2, "x").read("c1", 3, kNever, "").cas("c1", 5, 6, "x", "y");
  script.refused_mute("c1", 7, 8, "x", "y").append("c1", 9, 10, "\n\"\x80");
  script.write("c1", 11, 12, "abcdefghijklmnopqrstuvwxyz");
  std::vector<std::string> words;
  for (const Operation& operation : script.history().operations)
    words.push_back(in_words(script.history(), operation));
  EXPECT_THAT(words, testing::ElementsAre("read \"x\"", "read", "cas \"x\"->\"y\"",
                                          "cas \"x\"->\"y\" refused", "append \"\\x0a\\x22\\x80\"",
                                          "write \"abcde..vwxyz\""));
}

}  // namespace
}  // namespace linearizability
