// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/witness.h"

#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/claims.h"
#include "tests/unit/orchestrator/linearizability/histories.h"

namespace linearizability {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Order = std::vector<Place>;

// What is wrong with the order, or "".
std::string flaw(const Script& script, const Order& order) {
  const auto found = verify_order(script.history(), all_places(script.history()), order);
  return found ? found->rule : "";
}

Claims claims(const Script& script, bool log_is_whole = true) {
  return check_claims(script.history(), all_places(script.history()), log_is_whole);
}

TEST(Witness, ProvesWithTheRightOrder) {
  Script script;
  script.write("c1", 1, 4, "x").append("c2", 2, 5, "y").read("c3", 3, 6, "xy");
  EXPECT_EQ(flaw(script, {0, 1, 2}), "");
}

TEST(Witness, WantsEachThatWasAnsweredOnce) {
  Script script;
  script.write("c1", 1, 2, "x").write("c2", 1, kNever, "y").read("c3", 3, 4, "x");
  EXPECT_EQ(flaw(script, {0, 2}), "");
  EXPECT_THAT(flaw(script, {0}), HasSubstr("the read of line 3 was answered and is not"));
  EXPECT_THAT(flaw(script, {0, 1, 1, 2}), HasSubstr("the write of line 2 is in the order twice"));
  const Order one = {0};
  const auto foreign = verify_order(script.history(), one, Order{0, 1});
  ASSERT_TRUE(foreign);
  EXPECT_THAT(foreign->rule, HasSubstr("line 2 is in the order of other operations"));
}

TEST(Witness, WantsRealTimeKept) {
  Script script;
  script.write("c1", 1, 2, "x").write("c2", 3, 4, "x").read("c3", 1, 9, "x");
  EXPECT_EQ(flaw(script, {2, 0, 1}).empty(), false);  // the read saw nothing yet
  EXPECT_THAT(flaw(script, {1, 0, 2}), HasSubstr("line 1 stands behind the write of line 2"));
}

TEST(Witness, TakesEqualStampsForConcurrent) {
  Script script;
  script.write("c1", 1, 2, "x").write("c2", 2, 3, "y").read("c3", 4, 5, "x");
  EXPECT_EQ(flaw(script, {1, 0, 2}), "");
}

TEST(Witness, ComparesTextsByte) {
  Script script;
  script.write("c1", 1, 2, "ab").append("c1", 3, 4, "cd").append("c1", 5, 6, "");
  script.read("c1", 7, 8, "abcd").append("c1", 9, 10, "e").read("c1", 11, 12, "abcde");
  EXPECT_EQ(flaw(script, {0, 1, 2, 3, 4, 5}), "");
  for (const char* wrong : {"abcd", "abcdf", "bbcde", "abde", "abcdee", "e", ""}) {
    Script other;
    other.write("c1", 1, 2, "ab").append("c1", 3, 4, "cd").append("c1", 5, 6, "e");
    other.read("c1", 7, 8, wrong);
    EXPECT_THAT(flaw(other, {0, 1, 2, 3}), HasSubstr("the read of line 4 does not answer"))
        << wrong;
  }
}

TEST(Witness, ExecutesCompareAndSets) {
  Script script;
  script.cas("c1", 1, 2, "", "x")
      .refused("c1", 3, 4, "y", "z", "x")
      .refused_mute("c1", 5, 6, "y", "z");
  script.cas("c2", 5, kNever, "q", "r").cas("c2", 7, kNever, "x", "y").read("c1", 8, 9, "y");
  EXPECT_EQ(flaw(script, {0, 1, 2, 3, 4, 5}), "");
  EXPECT_THAT(flaw(script, {0, 1, 4, 2, 5}), HasSubstr("compare-and-set of line 3"));
  EXPECT_THAT(flaw(script, {0, 1, 2, 5}), HasSubstr("read of line 6"));
}

TEST(Witness, DoesNotBelieveThatACasRefusedWhatItExpected) {
  Script script;
  script.write("c1", 1, 2, "x").refused("c1", 3, 4, "x", "y", "x");
  EXPECT_THAT(flaw(script, {0, 1}), HasSubstr("line 2"));
}

TEST(Witness, KeepsKeysApart) {
  Script script;
  script.write("c1", 1, 2, "x").write("c1", 3, 4, "y").on("other");
  script.read("c1", 5, 6, "x").read("c1", 7, 8, "y").on("other");
  EXPECT_EQ(flaw(script, {0, 1, 2, 3}), "");
}

TEST(Claims, ProveInTheOrderOfTheirIndexes) {
  Script script;
  script.write("c1", 1, 9, "x").at(3).write("c2", 2, 8, "y").at(2).read("c3", 3, 7, "y").at(2);
  script.read("c3", 8, 9, "x").at(7);
  const Claims found = claims(script);
  EXPECT_EQ(found.ruling, Claims::Ruling::proven);
  EXPECT_THAT(found.order, ElementsAre(1, 2, 0, 3));
}

TEST(Claims, PlaceReadsThatNameNoIndex) {
  Script script;
  script.write("c1", 1, 9, "x").at(3).read("c4", 1, 9, "").write("c2", 2, 8, "y").at(2);
  script.read("c3", 3, 7, "y").read("c3", 8, 9, "x");
  const Claims found = claims(script);
  EXPECT_EQ(found.ruling, Claims::Ruling::proven);
  EXPECT_THAT(found.order, ElementsAre(1, 2, 3, 0, 4));
}

TEST(Claims, RefuteAReadThatFindsNoPlace) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).write("c1", 3, 4, "y").at(2).read("c2", 5, 6, "x");
  const Claims found = claims(script);
  EXPECT_EQ(found.ruling, Claims::Ruling::refuted);
  EXPECT_THAT(found.flaw.rule, HasSubstr("line 3 saw"));
  EXPECT_THAT(found.flaw.operations, ElementsAre(2));
}

TEST(Claims, RefuteTwoMutationsAtOneIndex) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).write("c2", 1, 2, "y").at(1);
  const Claims found = claims(script);
  EXPECT_EQ(found.ruling, Claims::Ruling::refuted);
  EXPECT_EQ(found.flaw.rule, "lines 1 and 2 both claim log index 1");
}

TEST(Claims, AreMissingWhereAnAcknowledgedMutationHasNoPlace) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).write("c2", 3, 4, "y");
  EXPECT_EQ(claims(script).ruling, Claims::Ruling::missing);
}

TEST(Claims, OfALogThatIsNotWholeRefuteNothingThatAnUnknownOutcomeExplains) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).write("c2", 3, kNever, "y").read("c3", 4, 5, "y");
  EXPECT_EQ(claims(script, true).ruling, Claims::Ruling::refuted);
  EXPECT_EQ(claims(script, false).ruling, Claims::Ruling::missing);
}

TEST(Claims, LeaveOutWhatTheLogDoesNotHave) {
  Script script;
  script.write("c1", 1, 2, "x").at(1).write("c2", 3, kNever, "y").read("c3", 4, 5, "x").at(1);
  const Claims found = claims(script);
  EXPECT_EQ(found.ruling, Claims::Ruling::proven);
  EXPECT_THAT(found.order, ElementsAre(0, 2));
}

}  // namespace
}  // namespace linearizability
