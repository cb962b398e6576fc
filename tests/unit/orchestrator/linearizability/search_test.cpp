// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/verdict.h"
#include "orchestrator/verify/linearizability/witness.h"
#include "raft/random.h"
#include "tests/unit/orchestrator/linearizability/brute_force.h"
#include "tests/unit/orchestrator/linearizability/histories.h"
#include "tests/unit/orchestrator/linearizability/random_history.h"

namespace linearizability {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kPlenty = 1'000'000;

KeyVerdict search(const History& history) {
  Search search(history, all_places(history));
  KeyVerdict verdict = search.go_on(kPlenty);
  if (verdict.ruling == Ruling::linearizable) {
    const auto flaw = verify_order(history, all_places(history), verdict.order);
    EXPECT_FALSE(flaw.has_value()) << flaw->rule;
  }
  return verdict;
}
KeyVerdict search(const Script& script) {
  return search(script.history());
}

TEST(Search, NothingHappened) {
  EXPECT_EQ(search(Script()).ruling, Ruling::linearizable);
  EXPECT_EQ(search(Script().write("c1", 0, kNever, "1")).ruling, Ruling::linearizable);
  EXPECT_EQ(search(Script().read("c1", 0, 1, "")).ruling, Ruling::linearizable);
}

TEST(Search, OneValueWrittenTwice) {
  Script script;
  script.write("c1", 0, 1, "1").write("c2", 2, 9, "2").write("c3", 2, 9, "1");
  script.read("c4", 3, 4, "2").read("c4", 5, 6, "1");
  EXPECT_EQ(search(script).ruling, Ruling::linearizable);
  script.read("c4", 7, 8, "2");
  EXPECT_EQ(search(script).ruling, Ruling::not_linearizable);
}

TEST(Search, AFailureTellsTheShortestFailingPrefix) {
  Script script;
  script.write("c1", 0, 1, "1").read("c2", 2, 3, "2").write("c1", 3, 5, "2").write("c1", 6, 7, "1");
  script.read("c2", 8, 9, "2").read("c2", 10, 11, "1");
  const KeyVerdict verdict = search(script);
  EXPECT_EQ(verdict.ruling, Ruling::not_linearizable);
  EXPECT_THAT(verdict.operations, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Search, AWriteThatNobodySeesMayHideAnother) {
  // "2" has to go before "1" is seen; nothing tells of "2".
  Script script;
  script.write("c1", 0, 9, "1").write("c2", 0, 3, "2").read("c3", 4, 5, "1");
  EXPECT_EQ(search(script).ruling, Ruling::linearizable);
}

TEST(Search, AnAppendThatNobodySeesIsHiddenByAWrite) {
  Script script;
  script.append("c1", 0, 3, "a").write("c2", 0, 9, "w").append("c3", 0, 9, "b");
  script.read("c4", 4, 5, "wb");
  EXPECT_EQ(search(script).ruling, Ruling::linearizable);
  script.read("c4", 6, 7, "awb");
  EXPECT_EQ(search(script).ruling, Ruling::not_linearizable);
}

// A write that nothing tells of is no write that does nothing: it makes a refusal true.
TEST(Search, AMuteRefusalNeedsALostValue) {
  Script script;
  script.write("c1", 0, 1, "1").write("c2", 2, kNever, "2").refused_mute("c3", 3, 4, "1", "x");
  EXPECT_EQ(search(script).ruling, Ruling::linearizable);
  EXPECT_THAT(search(script).order, ElementsAre(0, 1, 2));
  EXPECT_EQ(search(Script().write("c1", 0, 1, "1").refused_mute("c3", 3, 4, "1", "x")).ruling,
            Ruling::not_linearizable);
}

// The compare-and-set changes what the append leaves, which only the refusal can tell.
TEST(Search, AMuteRefusalNeedsAnUnknownOutcomeBelowAnAppend) {
  Script script;
  script.cas("c1", 0, kNever, "", "a").append("c2", 1, 2, "b");
  script.refused_mute("c3", 3, 4, "b", "x");
  EXPECT_EQ(search(script).ruling, Ruling::linearizable);
}

TEST(Search, UnknownOutcomesThatNeedOneAnother) {
  Script script;
  script.cas("c1", 0, kNever, "2", "3").cas("c2", 0, kNever, "1", "2").write("c3", 0, kNever, "1");
  script.read("c4", 5, 6, "3");
  EXPECT_THAT(search(script).order, ElementsAre(2, 1, 0, 3));
  script.read("c4", 7, 8, "1");
  EXPECT_EQ(search(script).ruling, Ruling::not_linearizable);
}

TEST(Search, ARefusalThatSawWhatItExpected) {
  EXPECT_EQ(search(Script().write("c1", 0, 1, "1").refused("c2", 2, 3, "1", "2", "1")).ruling,
            Ruling::not_linearizable);
}

TEST(Search, ABudgetIsSpentAndGivenAgain) {
  Script script;
  for (int i = 0; i < 8; ++i)
    script.append(fmt::format("c{}", i), 0, 9, std::string(1, 'a'));
  for (int i = 0; i < 8; ++i)
    script.append(fmt::format("d{}", i), 0, 9, std::string(1, 'b'));
  script.read("c0", 10, 11, "abbababbababaaab").read("c0", 12, 13, "b");
  const KeyVerdict whole = search(script);
  EXPECT_EQ(whole.ruling, Ruling::not_linearizable);

  Search bit_by_bit(script.history(), all_places(script.history()));
  EXPECT_EQ(bit_by_bit.go_on(0).ruling, Ruling::unknown);
  const std::uint64_t at_first = bit_by_bit.bytes();
  std::uint64_t given = 0;
  while (bit_by_bit.go_on(1).ruling == Ruling::unknown)
    ASSERT_LT(++given, kPlenty);
  EXPECT_GT(given, 10U);
  EXPECT_EQ(bit_by_bit.go_on(kPlenty).ruling, Ruling::not_linearizable);
  EXPECT_EQ(bit_by_bit.go_on(0).operations, whole.operations);
  EXPECT_GE(bit_by_bit.bytes(), at_first);
}

// Clients of an atomic store, each with an operation open most of the time. Values are few, so that
// most could have come from several writes.
History of_atomic_register(unsigned clients, unsigned operations) {
  History history;
  history.keys.push_back("k");
  raft::Random random(7);
  struct Client {
    Operation operation;
    unsigned step = 0;
  };
  std::vector<Client> all(clients);
  Value state = kInitial;
  for (Stamp now = 0; history.operations.size() < operations; ++now) {
    Client& client = all[random.between(0, clients - 1)];
    Operation& op = client.operation;
    if (client.step == 0) {
      op = {};
      op.call = now;
      op.kind = random.between(0, 1) == 0 ? Kind::read : Kind::write;
      op.argument = history.values.number_of(std::to_string(random.between(0, 4)));
    } else if (client.step == 1) {
      op.answer = Answer::done;
      if (op.kind == Kind::write) state = op.argument;
      op.output = op.kind == Kind::read ? state : kInitial;
    } else {
      op.ret = now;
      history.operations.push_back(op);
    }
    client.step = (client.step + 1) % 3;
  }
  std::sort(history.operations.begin(), history.operations.end(),
            [](const Operation& a, const Operation& b) { return a.call < b.call; });
  return history;
}

TEST(Search, MemoryIsLinearAndTold) {
  const History history = of_atomic_register(5, 100'000);
  Search search(history, all_places(history));
  EXPECT_EQ(search.go_on(kPlenty).ruling, Ruling::linearizable);
  EXPECT_GT(search.bytes(), 100'000U * sizeof(Place));
  EXPECT_LT(search.bytes(), 100'000'000U);
}

// 100 reads of the beginning, open all the time, stand first and are out of the way; 100 unknown
// writes of what only the last read sees: the operations between have slots in later words.
History padded(const History& history) {
  History wide;
  wide.keys.push_back("k");
  for (Value value = 0; value < history.values.size(); ++value) {
    wide.values.number_of(history.values.at(value));
  }
  constexpr Stamp kFirst = -1'000'000;
  constexpr Stamp kLast = 1'000'000'000;
  Operation read;
  read.call = kFirst;
  read.ret = kLast;
  read.answer = Answer::done;
  Operation write;
  write.call = kFirst;
  write.kind = Kind::write;
  write.argument = wide.values.number_of("nobody else's");
  for (int i = 0; i < 100; ++i) {
    wide.operations.push_back(read);
    wide.operations.push_back(write);
  }
  for (const Operation& operation : history.operations) {
    if (operation.key == 0) wide.operations.push_back(operation);
  }
  Operation last = read;
  last.call = last.ret = kLast + 1;
  last.output = write.argument;
  wide.operations.push_back(last);
  return wide;
}

TEST(Search, MoreOpenOperationsThanAWordHasBits) {
  unsigned linearizable = 0;
  unsigned judged = 0;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const History history = random_history(seed, 7).history;
    std::vector<Operation> one_key;
    bool mute = false;
    for (const Operation& operation : history.operations) {
      if (operation.key == 0) one_key.push_back(operation);
      mute |= operation.answer == Answer::refused_mute;
    }
    if (mute) continue;  // the padding's writes would explain it
    const bool truth = brute_force(one_key, history.values);
    const KeyVerdict verdict = search(padded(history));
    ASSERT_EQ(verdict.ruling, truth ? Ruling::linearizable : Ruling::not_linearizable)
        << "seed " << seed << "\n"
        << shown(one_key, history.values);
    ++judged;
    linearizable += truth ? 1U : 0U;
  }
  EXPECT_GT(linearizable, 100U);
  EXPECT_GT(judged - linearizable, 100U);
}

}  // namespace
}  // namespace linearizability
