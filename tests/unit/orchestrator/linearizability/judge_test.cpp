// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/judge.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/explain.h"
#include "orchestrator/verify/linearizability/prefixes.h"
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

// Where many outcomes are unknown, the search by itself would try every set of them.
Script many_of_unknown_outcome() {
  Script script;
  for (unsigned i = 0; i < 120; ++i) {
    const std::string client = "c" + std::to_string(i);
    const std::string value = std::to_string(i * 7 % 6);
    if (i % 2 == 0) script.write(client, 1, kNever, value);
    if (i % 2 == 1) script.cas(client, 1, kNever, std::to_string(i / 2 % 6), value);
  }
  return script;
}

void read_all(Script& script, const std::string& values) {
  Stamp at = 10;
  for (const char value : values) {
    script.read("reader", at, at + 1, std::string(1, value));
    at += 2;
  }
}

TEST(Judge, WhatNobodyWroteFailsAtOnce) {
  Script script = many_of_unknown_outcome();
  read_all(script, "502631453021");
  const KeyJudgement key = only_key(script);
  EXPECT_EQ(key.ruling, Ruling::not_linearizable);
  EXPECT_THAT(key.rule, HasSubstr("nobody wrote what was seen"));
  EXPECT_THAT(key.core, ElementsAre(123));
}

TEST(Judge, NorDidASwapThatCouldNotFindWhatItExpected) {
  Script script = many_of_unknown_outcome();
  script.cas("c200", 2, kNever, "8", "6").cas("c201", 2, kNever, "7", "8");
  read_all(script, "5026314");
  EXPECT_EQ(only_key(script).tier, Tier::zones);
  EXPECT_EQ(only_key(script).ruling, Ruling::not_linearizable);
}

TEST(Judge, NorDidAWriteThatCameLater) {
  Script script = many_of_unknown_outcome();
  read_all(script, "5026314");
  script.write("c200", 100, 101, "6").write("c201", 102, 103, "6");
  EXPECT_THAT(only_key(script).rule, HasSubstr("nobody wrote what was seen"));
}

TEST(Judge, NorDoAppendsMakeIt) {
  Script script;
  script.append("c1", 1, kNever, "ab").append("c2", 1, kNever, "ab").append("c3", 1, kNever, "a");
  script.read("reader", 2, 3, "aab").read("reader", 4, 5, "aabb");
  EXPECT_THAT(only_key(script).rule, HasSubstr("nobody wrote what was seen"));
  EXPECT_THAT(only_key(script).core, testing::Contains(4));
}

// Of each prefix by itself, without a search of the whole.
TEST(Prefixes, FindTheOneThatFails) {
  Script script;
  write_often(script, 1, 3);
  script.read("c2", 30, 31, "a");
  write_often(script, 40, 30);
  const std::vector<Place> places = all_places(script.history());
  Prefixes prefixes(script.history(), places);
  std::uint64_t looked_at = 0;
  const auto verdict = prefixes.search({.configurations = 100, .bytes = 1U << 20}, looked_at);
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->end, 31);
  EXPECT_EQ(verdict->operations.size(), 7u);
  EXPECT_LE(looked_at, 100u);
}

TEST(Prefixes, OfWhatIsLinearizableNoneFails) {
  Script script;
  write_often(script, 1, 30);
  const std::vector<Place> places = all_places(script.history());
  Prefixes prefixes(script.history(), places);
  std::uint64_t looked_at = 0;
  EXPECT_FALSE(prefixes.search({.configurations = 100, .bytes = 1U << 20}, looked_at));
  EXPECT_FALSE(prefixes.search({.configurations = 0, .bytes = 1U << 20}, looked_at));
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
