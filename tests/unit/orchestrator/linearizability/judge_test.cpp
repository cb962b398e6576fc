// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/judge.h"

#include <string>

#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/explain.h"
#include "tests/unit/orchestrator/linearizability/histories.h"

namespace linearizability {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Values that are written again and again: zones do not apply.
void write_often(Script& script, Stamp from, int times, const char* key = "k") {
  for (int i = 0; i < times; ++i, from += 4) {
    script.write("c1", from, from + 1, "a").on(key);
    script.write("c1", from + 2, from + 3, "b").on(key);
  }
}

// Appends of one, two, three ... letters at once, of which all but one letter is seen: there is a
// configuration for each set of them.
void append_at_once(Script& script, unsigned appends, const char* key) {
  std::string text;
  for (unsigned i = 1; i <= appends; ++i) {
    const std::string letters(i, 'a');
    script.append("c" + std::to_string(i), 1, 1000, letters).on(key);
    text += letters;
  }
  text.pop_back();
  script.read("reader", 2000, 2001, text).on(key);
}

KeyJudgement only_key(const Script& script, const JudgeOptions& options = {}) {
  const Judgement judgement = judge(script.history(), options);
  EXPECT_EQ(judgement.keys.size(), 1u);
  EXPECT_EQ(judgement.ruling, judgement.keys.front().ruling);
  return judgement.keys.front();
}

TEST(Judge, TakesTheLogsOrderFirst) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).read("c2", 3, 4, "x").at(1);
  const KeyJudgement key = only_key(script);
  EXPECT_EQ(key.ruling, Ruling::linearizable);
  EXPECT_EQ(key.tier, Tier::witness);
  EXPECT_EQ(key.operations, 2u);
}

TEST(Judge, ThenZonesWhereTheLogClaimsNothing) {
  Script script;
  script.write("c1", 1, 2, "x").read("c2", 3, 4, "x");
  EXPECT_EQ(only_key(script).tier, Tier::zones);
  EXPECT_EQ(only_key(script).ruling, Ruling::linearizable);
}

TEST(Judge, ThenTheSearchWhereValuesAreNotUnique) {
  Script script;
  write_often(script, 1, 5);
  script.read("c2", 30, 31, "b");
  EXPECT_EQ(only_key(script).tier, Tier::search);
  EXPECT_EQ(only_key(script).ruling, Ruling::linearizable);
}

TEST(Judge, SaysWhatZonesFound) {
  Script script;
  script.write("c1", 1, 2, "x").write("c1", 3, 4, "y").read("c2", 5, 6, "x");
  const KeyJudgement key = only_key(script);
  EXPECT_EQ(key.ruling, Ruling::not_linearizable);
  EXPECT_EQ(key.tier, Tier::zones);
  EXPECT_NE(key.rule, "");
  EXPECT_FALSE(key.core.empty());
  EXPECT_FALSE(key.breach);
}

TEST(Judge, TellsOfABreachThatClientsCanNotSee) {
  Script script;
  script.write("c1", 1, 2, "x").at(2).write("c1", 3, 4, "y").at(1).read("c2", 5, 6, "y").at(2);
  const KeyJudgement key = only_key(script);
  EXPECT_EQ(key.ruling, Ruling::linearizable);
  EXPECT_EQ(key.tier, Tier::zones);
  ASSERT_TRUE(key.breach);
  EXPECT_THAT(key.breach->rule, HasSubstr("line 1 stands behind the write of line 2"));
  EXPECT_THAT(key.breach->operations, ElementsAre(1, 0));
}

TEST(Judge, TellsOfABreachAndOfTheClientsHistory) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).write("c1", 3, 4, "y").at(2).read("c2", 5, 6, "x").at(1);
  const KeyJudgement key = only_key(script);
  EXPECT_EQ(key.ruling, Ruling::not_linearizable);
  EXPECT_TRUE(key.breach);
}

TEST(Judge, JudgesEachKeyByItself) {
  Script script;
  script.write("c1", 1, 2, "x").on("one").read("c2", 3, 4, "x").on("one");
  script.write("c1", 5, 6, "x").on("two").read("c2", 7, 8, "").on("two");
  const Judgement judgement = judge(script.history());
  ASSERT_EQ(judgement.keys.size(), 2u);
  EXPECT_EQ(judgement.ruling, Ruling::not_linearizable);
  EXPECT_EQ(judgement.keys[0].ruling, Ruling::linearizable);
  EXPECT_EQ(judgement.keys[1].ruling, Ruling::not_linearizable);
}

TEST(Judge, OfNothingIsLinearizable) {
  EXPECT_EQ(judge(Script().history()).ruling, Ruling::linearizable);
  EXPECT_TRUE(judge(Script().history()).keys.empty());
}

TEST(Judge, GivesUpWithTheBudgetAndSaysSo) {
  Script script;
  append_at_once(script, 24, "k");
  JudgeOptions options;
  options.configurations = 1;
  const KeyJudgement key = only_key(script, options);
  EXPECT_EQ(key.ruling, Ruling::unknown);
  EXPECT_THAT(key.rule, HasSubstr("1 configurations, of all keys together, do not suffice"));
}

TEST(Judge, GivesUpWithTheMemoryAndSaysSo) {
  Script script;
  append_at_once(script, 24, "k");
  JudgeOptions options;
  options.bytes = 1;
  const KeyJudgement key = only_key(script, options);
  EXPECT_EQ(key.ruling, Ruling::unknown);
  EXPECT_THAT(key.rule, HasSubstr("bytes of memory, of all keys together, do not suffice"));
}

// The easy key is found wrong though the hard one comes first and would take all there is.
TEST(Judge, SearchesAllKeysInTurn) {
  Script script;
  append_at_once(script, 24, "hard");
  write_often(script, 3000, 3, "easy");
  script.read("c2", 4000, 4001, "a").on("easy");
  JudgeOptions options;
  options.configurations = 20'000;
  const Judgement judgement = judge(script.history(), options);
  EXPECT_EQ(judgement.ruling, Ruling::not_linearizable);
  ASSERT_EQ(judgement.keys.size(), 2u);
  EXPECT_EQ(judgement.keys[0].ruling, Ruling::unknown);
  EXPECT_EQ(judgement.keys[0].rule, "not searched to its end: another key decides");
  EXPECT_EQ(judgement.keys[1].ruling, Ruling::not_linearizable);
  options.every_key = true;
  EXPECT_THAT(judge(script.history(), options).keys[0].rule, HasSubstr("20000 configurations"));
}

// Of a history that is easily searched to its end.
Explanation explained(const Script& script, std::uint64_t effort) {
  Search search(script.history(), all_places(script.history()));
  const KeyVerdict& verdict = search.go_on(10'000);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  return explain(script.history(), all_places(script.history()), verdict, effort);
}

TEST(Explain, FindsTheFewThatCanNotStandTogether) {
  Script script;
  write_often(script, 1, 50);        // places 0 to 99; the last is of "b"
  script.read("c2", 300, 301, "b");  // 100
  script.read("c2", 302, 303, "a");  // 101: stale
  script.read("c3", 304, 305, "c");  // 102: behind the shortest prefix that fails
  const Explanation found = explained(script, 1'000'000);
  EXPECT_THAT(found.operations, testing::Contains(101u));
  EXPECT_THAT(found.operations, testing::Not(testing::Contains(102u)));
  EXPECT_THAT(found.rule, HasSubstr("no order explains these"));
  std::size_t answered = 0;
  for (const Place place : found.operations)
    answered += place >= 100 ? 1 : 0;
  EXPECT_LE(answered, 2u);
}

TEST(Explain, KeepsWhatItCouldNotTryWhenTheEffortIsSpent) {
  Script script;
  write_often(script, 1, 5);
  script.read("c2", 300, 301, "c");
  const Explanation found = explained(script, 1);
  EXPECT_THAT(found.operations, testing::Contains(10u));
  EXPECT_THAT(found.rule, HasSubstr("there may be fewer that show it"));
}

}  // namespace
}  // namespace linearizability
