// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "Rules for Servers", followers and candidates: when the election timer restarts.
#include <algorithm>
#include <set>

#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

// "If election timeout elapses without receiving AppendEntries RPC from current leader or granting
// vote to candidate: convert to candidate": the three occasions, and no other.
class ElectionTimer : public testing::Test {
 protected:
  bool restarts_on(Server s, NodeId from, const Message& message) {
    s.pass(kElectionTimeout / 2);
    s.receive(from, message);
    EXPECT_EQ(s.role(), Role::follower);
    return s.deadline() == s.now() + kElectionTimeout;
  }
};

TEST_F(ElectionTimer, RestartsOnAppendEntriesFromTheCurrentLeader) {
  EXPECT_TRUE(restarts_on(Server({.term = 3}), kS2, append({.term = 3})));
  EXPECT_TRUE(restarts_on(Server({.term = 3}), kS2, append({.term = 4, .entries = {4}})));
  EXPECT_TRUE(restarts_on(Server({.term = 3}), kS2, append({.term = 3, .prev = {5, 2}})))
      << "it comes from the current leader even where the logs do not match";
}

TEST_F(ElectionTimer, RestartsWhenAVoteIsGranted) {
  EXPECT_TRUE(restarts_on(Server({.term = 3}), kS2, ask(3, {0, 0})));
  EXPECT_TRUE(restarts_on(Server({.term = 3, .voted_for = 2}), kS2, ask(3, {0, 0})));
}

TEST_F(ElectionTimer, RestartsWhenAnElectionStarts) {
  Server s({.term = 3});
  s.wake();
  EXPECT_EQ(s.deadline(), s.now() + kElectionTimeout);
}

TEST_F(ElectionTimer, DoesNotRestartOnAppendEntriesOfAnOldTerm) {
  EXPECT_FALSE(restarts_on(Server({.term = 3}), kS2, append({.term = 2})));
}

TEST_F(ElectionTimer, DoesNotRestartWhenAVoteIsDenied) {
  EXPECT_FALSE(restarts_on(Server({.term = 3}), kS2, ask(2, {0, 0}))) << "old term";
  EXPECT_FALSE(restarts_on(Server({.term = 3, .voted_for = 3}), kS2, ask(3, {0, 0})))
      << "voted for other";
  EXPECT_FALSE(restarts_on(Server({.term = 3, .log = {3}}), kS2, ask(4, {1, 1}))) << "log behind";
}

TEST_F(ElectionTimer, DoesNotRestartOnANewTermAlone) {
  EXPECT_FALSE(restarts_on(Server({.term = 3}), kS2, denial(3, 4)));
  EXPECT_FALSE(restarts_on(candidate({.term = 3}), kS2, denial(3, 4)));
}

TEST_F(ElectionTimer, DoesNotRestartOnAReply) {
  EXPECT_FALSE(restarts_on(Server({.term = 3}), kS2, vote(3)));
  EXPECT_FALSE(restarts_on(Server({.term = 3}), kS2, accepted({.asked_in = 3})));
}

TEST_F(ElectionTimer, DoesNotRestartOnAProposal) {
  Server s({.term = 3});
  s.pass(kElectionTimeout / 2);
  s.propose({"a"});
  EXPECT_EQ(s.deadline(), kElectionTimeout);
}

TEST_F(ElectionTimer, StartsWhenALeaderStepsDown) {
  EXPECT_TRUE(restarts_on(leader({.term = 3, .log = {2}}), kS2, ask(4, {1, 1})));
}

TEST_F(ElectionTimer, DoesNotRunForALeader) {
  Server s = leader({.term = 3});
  s.pass(10 * kElectionTimeout);
  s.tick();
  EXPECT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s.term(), 3u);
}

Settings settings_of(NodeId self) {
  Settings settings;
  settings.self = self;
  settings.first_configuration.voters = {kS1, kS2, kS3};
  return settings;
}

TEST_F(ElectionTimer, IsNotArmedBeforeTheServerBegins) {
  Raft raft(settings_of(kS1), {}, 1);
  EXPECT_EQ(raft.step(Time{1'000'000}, Tick{}).wake_at, std::nullopt);
  EXPECT_EQ(raft.step(Time{1'000'000}, Receive{kS2, {}, append({.term = 1})}).wake_at,
            std::nullopt);
  EXPECT_EQ(raft.role(), Role::follower);
  EXPECT_GE(raft.step(Time{2'000'000}, Begin{}).wake_at, Time{2'150'000});
}

// "Election timeouts are chosen randomly from a fixed interval (e.g., 150-300ms)" (section 5.2),
// anew for each start of the timer.
TEST_F(ElectionTimer, IsDrawnAnewFromTheWholeInterval) {
  Raft raft(settings_of(kS1), {}, 7);
  Duration shortest = Duration::max();
  Duration longest{};
  std::set<Duration> drawn;
  Time now{};
  for (int i = 0; i < 1000; ++i) {
    now += Duration{1000};
    const Output out =
        raft.step(now, i == 0 ? Input{Begin{}} : Receive{kS2, {}, append({.term = 1})});
    ASSERT_TRUE(out.wake_at);
    const Duration timeout = *out.wake_at - now;
    shortest = std::min(shortest, timeout);
    longest = std::max(longest, timeout);
    drawn.insert(timeout);
  }
  EXPECT_GE(shortest, Duration{150'000});
  EXPECT_LE(shortest, Duration{155'000});
  EXPECT_GE(longest, Duration{295'000});
  EXPECT_LE(longest, Duration{300'000});
  EXPECT_GT(drawn.size(), 900u);
}

TEST_F(ElectionTimer, OfTwoSeedsDiffers) {
  Raft one(settings_of(kS1), {}, 1);
  Raft two(settings_of(kS1), {}, 2);
  EXPECT_NE(one.step(Time{}, Begin{}).wake_at, two.step(Time{}, Begin{}).wake_at);
}

}  // namespace
}  // namespace raft::test
