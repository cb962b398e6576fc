// SPDX-License-Identifier: Apache-2.0
#include "node/machine.h"

#include <gtest/gtest.h>

#include "raft/random.h"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr raft::Duration kOffset = 1'000'000s;

TEST(Machine, IsRightUntilItIsTold) {
  const Machine machine;
  const Instant now = machine.at(7s, kOffset);
  EXPECT_EQ(now.mono, 7s);
  EXPECT_EQ(now.wall, 7s + kOffset);
  EXPECT_EQ(now.error, 0s);
  EXPECT_EQ(machine.when(9s), 9s);
  EXPECT_EQ(machine.per_event(), 0s);
}

TEST(Machine, LeavesOtherMessagesAlone) {
  Machine machine;
  EXPECT_FALSE(machine.take(Go{}, 1s));
  EXPECT_TRUE(machine.take(SlowDown{3ms}, 1s));
  EXPECT_EQ(machine.per_event(), 3ms);
  EXPECT_TRUE(machine.take(SlowDown{}, 1s));
  EXPECT_EQ(machine.per_event(), 0s);
}

TEST(Machine, AFastClockKeepsWhatItGained) {
  Machine machine;
  machine.take(SetClock{1'100'000, 0s}, 10s);
  EXPECT_EQ(machine.at(10s, kOffset).mono, 10s);
  EXPECT_EQ(machine.at(20s, kOffset).mono, 21s);
  EXPECT_EQ(machine.at(20s, kOffset).error, 1s);
  EXPECT_EQ(machine.when(21s), 20s);
  machine.take(SetClock{}, 20s);
  EXPECT_EQ(machine.at(30s, kOffset).mono, 31s);
  EXPECT_EQ(machine.at(30s, kOffset).wall, 31s + kOffset);
  EXPECT_EQ(machine.when(31s), 30s);
}

TEST(Machine, AJumpIsTheWallClocksAlone) {
  Machine machine;
  machine.take(SetClock{1'000'000, -1h}, 10s);
  EXPECT_EQ(machine.at(11s, kOffset).mono, 11s);
  EXPECT_EQ(machine.at(11s, kOffset).wall, 11s + kOffset - 1h);
  EXPECT_EQ(machine.at(11s, kOffset).error, 0s);
  machine.take(SetClock{}, 12s);
  EXPECT_EQ(machine.at(13s, kOffset).wall, 13s + kOffset);
}

// Timers are armed for when(), and must find their time come; not much later either.
TEST(Machine, MonotonicTimeNeverGoesBackAndTimersAreNeverEarly) {
  raft::Random random(5);
  Machine machine;
  raft::Time now = 5s;
  raft::Time shown{};
  for (int i = 0; i < 20'000; ++i) {
    if (random.below(50) == 0) {
      machine.take(SetClock{random.between(kMinRate, kMaxRate), -1s}, now);
    }
    now += raft::Duration(random.below(1000));
    const Instant instant = machine.at(now, kOffset);
    ASSERT_GE(instant.mono, shown);
    ASSERT_EQ(instant.mono - instant.error, now);
    shown = instant.mono;
    const raft::Time due = shown + raft::Duration(random.below(100'000));
    const raft::Time at = machine.when(due);
    ASSERT_GE(machine.at(at, kOffset).mono, due);
    if (due > shown) {
      ASSERT_LT(machine.at(at - 20us, kOffset).mono, due) << "it could be earlier";
    }
  }
}

}  // namespace
}  // namespace node
