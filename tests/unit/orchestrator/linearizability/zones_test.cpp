// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/verdict.h"
#include "orchestrator/verify/linearizability/witness.h"
#include "tests/unit/orchestrator/linearizability/histories.h"

namespace linearizability {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

KeyVerdict zones(const Script& script) {
  return check_zones(script.history(), all_places(script.history()));
}

void expect_proof(const Script& script) {
  const KeyVerdict verdict = zones(script);
  ASSERT_EQ(verdict.ruling, Ruling::linearizable) << verdict.rule;
  const auto flaw = verify_order(script.history(), all_places(script.history()), verdict.order);
  EXPECT_FALSE(flaw.has_value()) << flaw->rule;
}

TEST(Zones, NothingHappened) {
  EXPECT_EQ(zones(Script()).ruling, Ruling::linearizable);
  expect_proof(Script().read("c1", 0, 1, ""));
}

TEST(Zones, AppendsAreOrderedByWhatWasSeenOfThem) {
  Script script;
  script.append("c1", 0, 9, "a;").append("c2", 0, 9, "b;").append("c3", 0, 9, "c;");
  script.read("c4", 1, 8, "b;").read("c5", 2, 9, "b;c;a;");
  expect_proof(script);
  EXPECT_THAT(zones(script).order, ElementsAre(1, 3, 2, 0, 4));
}

TEST(Zones, AppendsAndSwapsMakeOneChain) {
  Script script;
  script.write("c1", 0, 9, "w;").append("c2", 0, 9, "a;").cas("c3", 0, 9, "w;a;", "x;");
  script.append("c4", 0, 9, "b;").refused("c5", 0, 9, "w;", "y;", "x;b;");
  expect_proof(script);
  EXPECT_THAT(zones(script).order, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Zones, AValueThatNothingGave) {
  const KeyVerdict verdict = zones(Script().write("c1", 0, 1, "1").read("c2", 2, 3, "2"));
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.rule, HasSubstr("nobody wrote what was seen"));
  EXPECT_THAT(verdict.operations, ElementsAre(1));
}

// The parts are there, and no order puts them together so.
TEST(Zones, AnAppendBehindWhatWasNeverThere) {
  Script script;
  script.append("c1", 0, 1, "a;").append("c1", 2, 3, "b;").read("c2", 0, 9, "x;b;");
  EXPECT_EQ(zones(script).ruling, Ruling::not_linearizable);
}

TEST(Zones, OneAppendSeenAtTwoPlaces) {
  Script script;
  script.append("c1", 0, 9, "a;").append("c2", 0, 9, "b;");
  script.read("c3", 0, 9, "a;b;").read("c4", 0, 9, "b;");
  const KeyVerdict verdict = zones(script);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.rule, HasSubstr("behind two different values"));
}

TEST(Zones, TwoSwapsOfOneValue) {
  Script script;
  script.write("c1", 0, 1, "1").cas("c2", 2, 9, "1", "2").cas("c3", 2, 9, "1", "3");
  const KeyVerdict verdict = zones(script);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.rule, HasSubstr("two operations right behind one value"));
  EXPECT_THAT(verdict.operations, UnorderedElementsAre(1, 2));
}

TEST(Zones, SwapsInACircle) {
  const KeyVerdict verdict = zones(Script().cas("c1", 0, 9, "1", "2").cas("c2", 0, 9, "2", "1"));
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.rule, HasSubstr("each need another's effect first"));
}

TEST(Zones, ARefusalThatSawWhatItExpected) {
  const KeyVerdict verdict =
      zones(Script().write("c1", 0, 1, "1").refused("c2", 2, 3, "1", "2", "1"));
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.operations, ElementsAre(1));
}

TEST(Zones, AValueSeenBeforeItWasWritten) {
  const KeyVerdict verdict = zones(Script().read("c1", 0, 1, "1").write("c2", 2, 3, "1"));
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.rule, HasSubstr("another order"));
  EXPECT_THAT(verdict.operations, UnorderedElementsAre(0, 1));
}

TEST(Zones, TwoValuesThatTookTurns) {
  Script script;
  script.write("c1", 0, 1, "1").write("c2", 0, 9, "2");
  script.read("c3", 2, 3, "2").read("c4", 4, 5, "1");
  const KeyVerdict verdict = zones(script);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.rule, HasSubstr("before and after the other"));
  EXPECT_THAT(verdict.operations, UnorderedElementsAre(0, 2, 3));
}

TEST(Zones, AWriteWhollyWithinAnotherValue) {
  Script within;
  within.write("c1", 0, 1, "1").write("c2", 3, 4, "2").read("c3", 6, 7, "1");
  EXPECT_EQ(zones(within).ruling, Ruling::not_linearizable);
  // It may as well have taken effect before, if it was called by then, or after.
  expect_proof(Script().write("c1", 0, 2, "1").write("c2", 2, 4, "2").read("c3", 6, 7, "1"));
  expect_proof(Script().write("c1", 0, 1, "1").write("c2", 3, 6, "2").read("c3", 6, 7, "1"));
}

// The key's beginning is before every call, and nothing brings it back.
TEST(Zones, NothingIsWrittenBeforeTheBeginning) {
  Script script;
  script.write("c1", 0, 1, "1").read("c2", 2, 3, "");
  const KeyVerdict verdict = zones(script);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.operations, UnorderedElementsAre(0, 1));
}

TEST(Zones, EqualStampsAreConcurrent) {
  expect_proof(Script().write("c1", 0, 5, "1").read("c2", 5, 5, "").read("c3", 5, 6, "1"));
  EXPECT_EQ(zones(Script().write("c1", 0, 5, "1").read("c2", 6, 6, "")).ruling,
            Ruling::not_linearizable);
}

TEST(Zones, AnUnknownOutcomeCountsWhereItWasSeen) {
  Script unseen;
  unseen.write("c1", 0, kNever, "1").append("c2", 0, kNever, "2").cas("c3", 0, kNever, "", "3");
  unseen.read("c4", 8, 9, "");
  expect_proof(unseen);
  EXPECT_THAT(zones(unseen).order, ElementsAre(3));

  Script seen;
  seen.write("c1", 0, kNever, "1").cas("c2", 0, kNever, "1", "2").read("c3", 8, 9, "2");
  expect_proof(seen);
  EXPECT_THAT(zones(seen).order, ElementsAre(0, 1, 2));

  // Not before it was called.
  EXPECT_EQ(zones(Script().read("c1", 0, 1, "1").write("c2", 2, kNever, "1")).ruling,
            Ruling::not_linearizable);
}

TEST(Zones, OnlyAmbiguousValuesThatWereSeenAreLeftToTheSearch) {
  Script script;
  script.write("c1", 0, 1, "1").write("c2", 2, 3, "1").write("c3", 4, 5, "2");
  script.read("c3", 6, 7, "2");
  expect_proof(script);
  script.read("c4", 0, 9, "1");
  EXPECT_EQ(zones(script).ruling, Ruling::not_applicable);
}

// "ab" is one append, or two.
TEST(Zones, TextsThatComeApartInTwoWays) {
  Script script;
  script.append("c1", 0, 9, "a").append("c2", 0, 9, "b").append("c3", 0, 9, "ab");
  script.read("c4", 0, 9, "ab");
  EXPECT_EQ(zones(script).ruling, Ruling::not_applicable);
  EXPECT_EQ(zones(Script().write("c1", 0, 9, "").read("c2", 0, 9, "")).ruling,
            Ruling::not_applicable);
  EXPECT_EQ(zones(Script().append("c1", 0, 9, "").read("c2", 0, 9, "")).ruling,
            Ruling::not_applicable);
}

TEST(Zones, ASwapOfAValueByItselfIsARead) {
  expect_proof(Script().write("c1", 0, 1, "1").cas("c2", 2, 3, "1", "1").read("c3", 4, 5, "1"));
  EXPECT_EQ(zones(Script().write("c1", 0, 1, "1").cas("c2", 2, 3, "2", "2")).ruling,
            Ruling::not_linearizable);
}

TEST(Zones, ARefusalThatDoesNotTellIsPlacedWhereItFits) {
  Script script;
  script.write("c1", 0, 1, "1").write("c2", 4, 5, "2");
  script.refused_mute("c3", 2, 4, "1", "x").refused_mute("c3", 6, 7, "1", "y");
  expect_proof(script);
  // "1" was there all the while, or a write that nobody saw took effect: that is not for zones.
  EXPECT_EQ(zones(Script().write("c1", 0, 1, "1").refused_mute("c2", 2, 3, "1", "x")).ruling,
            Ruling::not_applicable);
  // What is wrong without it is wrong with it.
  EXPECT_EQ(
      zones(Script().write("c1", 0, 1, "1").refused_mute("c2", 2, 3, "1", "x").read("c2", 4, 5, ""))
          .ruling,
      Ruling::not_linearizable);
}

// What the append that nobody saw leaves may be what the refusal did not find.
TEST(Zones, ARefusalIsNotPlacedBehindAnAppendThatMayLeaveWhatItExpected) {
  Script script;
  script.append("c1", 0, 1, "a;").append("c1", 2, 3, "b;").refused_mute("c2", 4, 5, "a;b;", "x");
  EXPECT_EQ(zones(script).ruling, Ruling::not_applicable);
}

TEST(Zones, AnExplanationIsShort) {
  Script script;
  std::string text;
  for (int i = 0; i < 20; ++i) {
    const std::string token = "x" + std::to_string(i) + ";";
    script.append("c1", 10 * i, 10 * i + 1, token);
    text += token;
    script.read("c2", 10 * i + 2, 10 * i + 3, text);
  }
  expect_proof(script);
  script.write("c3", 204, 205, "w").read("c2", 206, 207, text);
  const KeyVerdict verdict = zones(script);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_LE(verdict.operations.size(), 4U);
  EXPECT_THAT(verdict.operations, testing::IsSupersetOf({40U, 41U}));
  EXPECT_THAT(verdict.order, IsEmpty());
}

}  // namespace
}  // namespace linearizability
