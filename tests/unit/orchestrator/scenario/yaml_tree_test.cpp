// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/yaml_tree.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/node/allocation_meter.h"

namespace scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> errors_in(std::string_view text) {
  std::vector<std::string> lines;
  for (const Error& error : parse_yaml(text, "f").errors) {
    lines.push_back(fmt::format("{}:{}: {}", error.at.line, error.at.column, error.message));
  }
  return lines;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) {
    result += text;
  }
  return result;
}

TEST(YamlTree, KeepsPlacesOfKeysAndValuesInCharacters) {
  const Document document = parse_yaml("a: 1\n\"bé\": {x: [y, 'z']}\n", "f");
  EXPECT_THAT(document.errors, IsEmpty());
  const YamlNode* b = document.root.find("bé");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->key_at, (Position{2, 1}));
  EXPECT_EQ(b->at, (Position{2, 7}));
  const YamlNode* x = b->find("x");
  ASSERT_NE(x, nullptr);
  ASSERT_EQ(x->children.size(), 2U);
  EXPECT_EQ(x->children[0].text, "y");
  EXPECT_FALSE(x->children[0].quoted);
  EXPECT_EQ(x->children[1].text, "z");
  EXPECT_TRUE(x->children[1].quoted);
  EXPECT_EQ(x->children[1].at, (Position{2, 15}));
}

TEST(YamlTree, ReadsWindowsLineEndsByteOrderMarksAndBlocksOfText) {
  const Document document = parse_yaml(
      "\xEF\xBB\xBF"
      "a: 'b'\r\nc: |\r\n  \"open\r\nd: e\r\n",
      "f");
  EXPECT_THAT(document.errors, IsEmpty());
  EXPECT_EQ(document.root.find("a")->text, "b");
  EXPECT_EQ(document.root.find("c")->text, "\"open\n");
  EXPECT_EQ(document.root.find("d")->at, (Position{4, 4}));
}

TEST(YamlTree, KnowsNothingFromAText) {
  const Document document = parse_yaml("a:\nb: ~\nc: ''\nd: 'null'\n", "f");
  EXPECT_THAT(document.errors, IsEmpty());
  EXPECT_EQ(document.root.find("a")->kind, YamlNode::Kind::nothing);
  EXPECT_EQ(document.root.find("b")->kind, YamlNode::Kind::nothing);
  EXPECT_EQ(document.root.find("c")->kind, YamlNode::Kind::scalar);
  EXPECT_EQ(document.root.find("d")->text, "null");
}

TEST(YamlTree, RefusesDuplicateKeysAtAnyDepthAndGoesOn) {
  EXPECT_THAT(errors_in("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2\n"),
              ElementsAre("2:17: key 'c' a second time; the first is in line 2",
                          "3:1: key 'a' a second time; the first is in line 1"));
}

TEST(YamlTree, RefusesAnchorsAliasesTagsAndMergeKeys) {
  EXPECT_THAT(
      errors_in("a: &x 1\nb: *x\nc: !!int 1\nd: ! \"e\"\ne: !f [g]\n<<: {h: i}\n"),
      ElementsAre("1:4: an anchor ('&x'): scenarios have none",
                  "2:4: an alias ('*'): scenarios have none, write it out",
                  "3:4: a tag ('!'): scenarios have none", "4:4: a tag ('!'): scenarios have none",
                  "5:4: a tag ('!'): scenarios have none",
                  "6:1: a merge key ('<<'): scenarios have none"));
  EXPECT_THAT(errors_in("a: *x\n"), ElementsAre("1:4: an alias ('*'): scenarios have none"));
}

TEST(YamlTree, RefusesAnAliasBomb) {
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string refs = repeated(fmt::format("*a{}, ", i - 1), 9);
    bomb += fmt::format("a{0}: &a{0} [{1}]\n", i, refs);
  }
  const node::AllocationMeter meter;
  EXPECT_GE(errors_in(bomb).size(), 30U);
  EXPECT_LT(meter.total(), 10U << 20U);
}

TEST(YamlTree, RefusesASecondDocumentHoweverItCameAbout) {
  EXPECT_THAT(errors_in("a: 1\n---\nb: 2\n"),
              ElementsAre("2:1: a second document: a file is one scenario"));
  EXPECT_THAT(errors_in("- a\nb: c\n"),
              ElementsAre("2:1: this does not belong to what stands above it: check the "
                          "indentation"));
}

TEST(YamlTree, RefusesQuotesThatDoNotCloseOnTheirLine) {
  const std::string message = "this quote is not closed on its line";
  EXPECT_THAT(errors_in("a: \"b\n"), ElementsAre("1:4: " + message));
  EXPECT_THAT(errors_in("a: 'b"), ElementsAre("1:4: " + message));
  EXPECT_THAT(errors_in("a: 'b''"), ElementsAre("1:4: " + message));
  EXPECT_THAT(errors_in("a: \"b\\\"\n"), ElementsAre("1:4: " + message));
  EXPECT_THAT(errors_in("a: \"b\nc: \"d\"\n"), ElementsAre("1:4: " + message));
  EXPECT_THAT(errors_in("- {a: \"b}\n- c\n"), ElementsAre("1:7: " + message));
  EXPECT_THAT(errors_in("a: \"b\\\n  c\"\n"), ElementsAre("1:4: " + message));
  EXPECT_THAT(errors_in("\"a: 1\n"), ElementsAre("1:1: " + message));
  EXPECT_THAT(errors_in("a: 'it''s'\nb: \"\\\"\"\nc: don't # \"\n"), IsEmpty());
}

TEST(YamlTree, RefusesWhatIsNoText) {
  EXPECT_THAT(errors_in("a: b\nc\xff: d\n"), ElementsAre("2:2: not UTF-8 text (byte 0xff)"));
  EXPECT_THAT(errors_in("a: \xc0\xaf\n"), ElementsAre("1:4: not UTF-8 text (byte 0xc0)"));
  EXPECT_THAT(errors_in("a: \xed\xa0\x80\n"), ElementsAre("1:4: not UTF-8 text (byte 0xed)"));
  EXPECT_THAT(errors_in("a: \xe2\x82"), ElementsAre("1:4: not UTF-8 text (byte 0xe2)"));
  EXPECT_THAT(errors_in(std::string_view("a: b\0c\n", 7)),
              ElementsAre("1:5: a control character (U+0000)"));
  EXPECT_THAT(errors_in("a: b\x04\n"), ElementsAre("1:5: a control character (U+0004)"));
  EXPECT_THAT(errors_in("a:\r b\n"), ElementsAre("1:3: a control character (U+000D)"));
  EXPECT_THAT(errors_in("a: \xc2\x85\n"), ElementsAre("1:4: a control character (U+0085)"));
  EXPECT_THAT(errors_in("a:\n \tb: c\n"), ElementsAre("2:2: a tab in the indentation: use spaces"));
}

TEST(YamlTree, RefusesAnEmptyFile) {
  EXPECT_THAT(errors_in(""), ElementsAre("1:1: empty: there is no scenario in it"));
  EXPECT_THAT(errors_in("# only this\n"), ElementsAre("1:1: empty: there is no scenario in it"));
}

TEST(YamlTree, SaysInOurWordsWhatTheParserRefuses) {
  EXPECT_THAT(errors_in("a: b: c\n"),
              ElementsAre("1:5: a ':' is out of place here: quote a text that has one"));
  EXPECT_THAT(errors_in("x: 1\na: [1, 2\nb: 3\n"),
              ElementsAre("2:4: the list that opens here is not closed: a ',' or ']' is missing"));
  EXPECT_THAT(errors_in("a: {b: [c}\n"),
              ElementsAre("1:10: this does not close what is open here"));
  EXPECT_THAT(errors_in("a: {b: c\n"),
              ElementsAre("1:4: the map that opens here is not closed: a ',' or '}' is missing"));
  EXPECT_THAT(errors_in("a: @b\n"),
              ElementsAre("1:4: a text can't start with this character: quote it"));
  EXPECT_THAT(errors_in("a: - b\n"),
              ElementsAre("1:4: a '-' is out of place here: a list starts on a line of its own"));
  EXPECT_THAT(errors_in("a: \"\\q\"\n"), ElementsAre(HasSubstr("not YAML: unknown escape")));
  EXPECT_THAT(errors_in("[a, b]: c\n"), ElementsAre("1:1: a key must be a word"));
}

TEST(YamlTree, RefusesDeepNestingQuicklyAndWithoutMuchMemory) {
  const std::string deep = fmt::format("nested more than {} deep", kMaxDepth);
  EXPECT_THAT(errors_in(repeated("- ", 100) + "x"), ElementsAre(HasSubstr(deep)));
  for (const char* opener : {"[", "{a: ", "- ", "? ", "- - [{b: "}) {
    const std::string text = repeated(opener, kMaxFileBytes / std::string(opener).size());
    const node::AllocationMeter meter;
    EXPECT_THAT(errors_in(text), ElementsAre(HasSubstr(deep))) << opener;
    EXPECT_LT(meter.total(), 20U << 20U) << opener;
  }
}

TEST(YamlTree, ReadsAsDeepAsItSays) {
  const auto nested = [](std::size_t depth) {
    return repeated("[", depth) + "x" + repeated("]", depth);
  };
  EXPECT_THAT(errors_in(nested(kMaxDepth)), IsEmpty());
  EXPECT_THAT(errors_in(nested(kMaxDepth + 1)),
              ElementsAre(fmt::format("1:33: nested more than {} deep", kMaxDepth)));
}

TEST(YamlTree, RefusesHugeFilesAndTooManyBrackets) {
  EXPECT_THAT(errors_in(std::string(kMaxFileBytes + 1, 'a')),
              ElementsAre("1:1: larger than 1 MiB"));
  EXPECT_THAT(errors_in("[" + repeated("[],", kMaxBrackets)),
              ElementsAre(HasSubstr("more than 100000 lists and maps")));
  EXPECT_THAT(errors_in(std::string(kMaxFileBytes, 'a')), IsEmpty());
}

TEST(YamlTree, ManyKeysAreNoProblem) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += fmt::format("k{}: {}\n", i, i);
  }
  const Document document = parse_yaml(text, "f");
  EXPECT_THAT(document.errors, IsEmpty());
  EXPECT_EQ(document.root.children.size(), 50'000U);
}

class YamlFile : public testing::Test {
 protected:
  YamlFile() {
    std::string name = (std::filesystem::temp_directory_path() / "squall-yaml-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~YamlFile() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, std::string_view text) const {
    const auto path = folder / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  static std::string error_in(const std::string& path) {
    const Document document = parse_yaml_file(path);
    return document.errors.size() == 1 ? document.errors.front().text() : "not one error";
  }

  std::filesystem::path folder;
};

TEST_F(YamlFile, IsReadWhole) {
  const Document document = parse_yaml_file(write("a.yaml", "a: b\n"));
  EXPECT_THAT(document.errors, IsEmpty());
  EXPECT_TRUE(document.complete);
  EXPECT_EQ(document.root.find("a")->text, "b");
}

TEST_F(YamlFile, NamesTheFileInErrors) {
  const std::string path = write("b.yaml", "a: b\na: c\n");
  EXPECT_EQ(error_in(path), path + ":2:1: key 'a' a second time; the first is in line 1");
}

TEST_F(YamlFile, RefusesWhatIsNoFileOrTooLarge) {
  EXPECT_EQ(error_in((folder / "none.yaml").string()),
            (folder / "none.yaml").string() + ":1:1: can't be read: No such file or directory");
  EXPECT_EQ(error_in(folder.string()), folder.string() + ":1:1: not a file that can be read");
  const std::string pipe = (folder / "pipe.yaml").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_in(pipe), pipe + ":1:1: not a file that can be read");
  const std::string huge = write("huge.yaml", "");
  std::filesystem::resize_file(huge, std::uintmax_t{1} << 40U);  // sparse
  EXPECT_EQ(error_in(huge), huge + ":1:1: larger than 1 MiB");
}

TEST_F(YamlFile, RefusesAFileWithoutPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const std::string path = write("secret.yaml", "a: b\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_EQ(error_in(path), path + ":1:1: can't be read: Permission denied");
}

}  // namespace
}  // namespace scenario
