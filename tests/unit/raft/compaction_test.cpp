// SPDX-License-Identifier: Apache-2.0
// "Each server takes snapshots independently, covering just the committed entries in its log"
// (section 7): its own compaction, and what a restart makes of a snapshot and a log.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

// A follower that has applied `applied` of its log.
Server follower(const Terms& log, std::uint64_t applied, std::uint64_t trailing) {
  Server s({.term = 3, .log = log, .settings = {.trailing_entries = trailing}});
  const std::uint64_t last = log.size();
  s.receive(kS2, append({.term = 3, .prev = {last, log.back()}, .commit = applied}));
  EXPECT_EQ(s->last_applied(), Index{applied});
  return s;
}

TEST(Compact, WritesTheSnapshotAndThenCutsTheLog) {
  Server s = follower({1, 1, 2, 2, 3}, 4, 0);
  s.sync(Sync::when_told);
  const Output out = s.compact(4, "four");
  ASSERT_TRUE(out.write && out.write->snapshot && out.write->base);
  EXPECT_EQ(out.write->snapshot->index, Index{4});
  EXPECT_EQ(out.write->snapshot->term, Term{2});
  EXPECT_EQ(*out.write->snapshot->data, "four");
  EXPECT_EQ(out.write->base->index, Index{4});
  EXPECT_EQ(out.write->base->term, Term{2});
  EXPECT_FALSE(out.write->base->discard_log);
  EXPECT_EQ(noted<SnapshotTaken>(out).at(0).index, Index{4});
  EXPECT_EQ(s.base(), 4u);
  EXPECT_EQ(s.log(), Terms{3});
  EXPECT_EQ(s->durable_index(), Index{5});
}

TEST(Compact, OfAnEarlierIndexThanWasApplied) {
  Server s = follower({1, 1, 2, 2, 3}, 4, 0);
  s.compact(2);
  EXPECT_EQ(s.base(), 2u);
  EXPECT_EQ(s->snapshot()->term, Term{1});
}

TEST(Compact, KeepsTrailingEntries) {
  const auto base_with = [](std::uint64_t trailing) {
    Server s = follower({1, 1, 2, 2, 3}, 4, trailing);
    s.compact(4);
    EXPECT_EQ(s->snapshot()->index, Index{4});
    return s.base();
  };
  EXPECT_EQ(base_with(0), 4u);
  EXPECT_EQ(base_with(1), 3u);
  EXPECT_EQ(base_with(3), 1u);
  EXPECT_EQ(base_with(4), 0u);
  EXPECT_EQ(base_with(1000), 0u);
}

TEST(Compact, ThatCutsNothingWritesOnlyTheSnapshot) {
  Server s = follower({1, 1, 2, 2, 3}, 4, 4);
  s.sync(Sync::when_told);
  const Output out = s.compact(4);
  ASSERT_TRUE(out.write && out.write->snapshot);
  EXPECT_FALSE(out.write->base);
}

TEST(Compact, NeverMovesTheBaseBack) {
  Server s({.term = 3,
            .log = {2, 3},
            .base = {3, 2},
            .snapshot = {3, 2},
            .settings = {.trailing_entries = 2}});
  s.receive(kS2, append({.term = 3, .prev = {5, 3}, .commit = 5}));
  s.sync(Sync::when_told);
  EXPECT_FALSE(s.compact(4).write->base);
  EXPECT_EQ(s.base(), 3u);
}

TEST(Compact, OfWhatIsInASnapshotAlreadyDoesNothing) {
  Server s = follower({1, 1, 2, 2, 3}, 4, 2);
  s.compact(4, "new");
  const std::string before = s.state();
  for (const std::uint64_t index : {4u, 3u, 2u, 1u, 0u}) {
    const Output out = s.compact(index, "old");
    EXPECT_FALSE(out.write);
    EXPECT_TRUE(out.transitions.empty());
  }
  EXPECT_EQ(s.state(), before);
  EXPECT_EQ(*s->snapshot()->data, "new");
}

// A follower would refuse it, and with the log cut there would be nothing else to send.
TEST(Compact, OfMoreThanASnapshotMayHaveDoesNothing) {
  Server s(
      {.term = 3, .log = {1, 1, 2}, .settings = {.max_snapshot_bytes = 4, .trailing_entries = 0}});
  s.receive(kS2, append({.term = 3, .prev = {3, 2}, .commit = 3}));
  const std::string before = s.state();
  EXPECT_FALSE(s.compact(2, "12345").write);
  EXPECT_EQ(s.state(), before);
  EXPECT_TRUE(s.compact(2, "1234").write);
  EXPECT_EQ(s.base(), 2u);
}

TEST(Compact, OfNothingDoesNothing) {
  Server s({.term = 3, .log = {1}});
  EXPECT_FALSE(s.compact(0).write);
  EXPECT_FALSE(s->snapshot());
}

// "the latest configuration in the log as of last included index" (section 7): a later one is not
// in the snapshot, and stays in the log.
TEST(Compact, PutsTheConfigurationAsOfThenIntoTheSnapshot) {
  const Configuration joint{{kS1, kS2}, {kS1, kS2, kS3}, {}};
  const Configuration last{{kS1, kS2}, {}, {}};
  Server s({.term = 3, .settings = {.trailing_entries = 0}});
  std::vector<Entry> log = entries({1});
  log.push_back(configuration_entry(1, joint));
  log.push_back(entries({1}, 3).front());
  log.push_back(configuration_entry(1, last));
  s.receive(kS2, append({.term = 3, .commit = 4}, log));
  s.compact(1);
  EXPECT_EQ(s->snapshot()->configuration.voters.size(), 3u);
  EXPECT_FALSE(s->snapshot()->configuration.joint());
  s.compact(2);
  EXPECT_EQ(s->snapshot()->configuration, joint);
  s.compact(3);
  EXPECT_EQ(s->snapshot()->configuration, joint);
  EXPECT_EQ(s->configuration(), last);
  s.restart();
  EXPECT_EQ(s->configuration(), last);
  EXPECT_EQ(s->configuration_index(), Index{4});
}

TEST(Restart, BeginsWithTheSnapshot) {
  Server s({.term = 3, .log = {3, 3}, .base = {5, 2}, .snapshot = {5, 2}});
  EXPECT_EQ(s.commit(), 5u);
  EXPECT_EQ(s->last_applied(), Index{5});
  EXPECT_EQ(s->durable_index(), Index{7});
  const Output out = s.receive(kS2, append({.term = 3, .prev = {7, 3}, .commit = 7}));
  EXPECT_EQ(out.apply.first, Index{6});
  EXPECT_EQ(out.apply.last, Index{7});
}

// The crash came after the snapshot's write and before the log's: the log has it all, and is kept.
TEST(Restart, WithALogThatReachesBeforeItsOwnSnapshotKeepsTheLog) {
  Server s({.term = 3, .log = {1, 2, 2, 3}, .snapshot = {3, 2}});
  EXPECT_EQ(s.base(), 0u);
  EXPECT_EQ(s.log(), (Terms{1, 2, 2, 3}));
  EXPECT_EQ(s.commit(), 3u);
  EXPECT_EQ(s->last_applied(), Index{3});
}

// The log is the one that a received snapshot was to replace.
TEST(Restart, WithALogThatTheSnapshotReplacedDiscardsIt) {
  for (const Terms& log : {Terms{1, 1, 1, 1}, Terms{1, 1}, Terms{}}) {
    Server s({.term = 3, .log = log, .snapshot = {3, 2}, .sync = Sync::when_told});
    EXPECT_EQ(s.base(), 3u);
    EXPECT_EQ(s.log(), Terms{});
    EXPECT_EQ(s->durable_index(), Index{3});
    EXPECT_EQ(terms_of(s.durable().entries), log) << "on disk the old log is still there";
    s.persisted();
    EXPECT_EQ(s.durable().base_index, Index{3});
    EXPECT_EQ(s.durable().base_term, Term{2});
    EXPECT_TRUE(s.durable().entries.empty());
    const Output next = s.receive(kS2, append({.term = 4, .prev = {3, 2}, .entries = {4}}));
    EXPECT_FALSE(next.write->base);
  }
}

TEST(Restart, AfterATornInstallComesUpWithTheSnapshot) {
  Server s({.term = 3, .log = {1, 1, 1}, .sync = Sync::when_told});
  s.receive(kS2, chunk({.term = 4, .last = {2, 2}, .data = "two"}));
  s.restart(true);
  EXPECT_EQ(s.term(), 3u);
  EXPECT_EQ(s.commit(), 2u);
  EXPECT_EQ(s.base(), 2u);
  EXPECT_EQ(s.log(), Terms{});
  s.receive(kS2, append({.term = 4, .prev = {2, 2}, .entries = {4}}));
  s.persisted();
  s.restart();
  EXPECT_EQ(s.base(), 2u);
  EXPECT_EQ(s.log(), Terms{4});
}

// The snapshot alone is there, and it is of a term that the server had not entered before.
TEST(Restart, AfterATornInstallKnowsTheSnapshotsTerm) {
  Server s({.term = 3, .log = {1, 1, 1}, .sync = Sync::when_told});
  s.receive(kS2, chunk({.term = 5, .last = {2, 4}, .data = "two"}));
  s.restart(true);
  EXPECT_EQ(s.term(), 4u);
  EXPECT_EQ(s.voted_for(), NodeId{});
  EXPECT_EQ(s.durable().hard_state.current_term, Term{3});
  s.persisted();
  EXPECT_EQ(s.durable().hard_state.current_term, Term{4});
}

TEST(Restart, AfterATornCompactionComesUpWithTheWholeLog) {
  Server s = follower({1, 1, 2, 2, 3}, 4, 0);
  s.sync(Sync::when_told);
  s.compact(4);
  s.restart(true);
  EXPECT_EQ(s.commit(), 4u);
  EXPECT_EQ(s.base(), 0u);
  EXPECT_EQ(s.log(), (Terms{1, 1, 2, 2, 3}));
}

TEST(Restart, AnotherSnapshotOverridesWhatTheFirstWriteHadToCut) {
  Server s({.term = 3, .log = {1, 1}, .snapshot = {3, 2}, .sync = Sync::when_told});
  const Output out = s.receive(kS2, chunk({.term = 3, .last = {9, 3}, .data = "nine"}));
  ASSERT_TRUE(out.write && out.write->base);
  EXPECT_EQ(out.write->base->index, Index{9});
  EXPECT_TRUE(out.write->base->discard_log);
}

// "a server always uses the latest configuration in its log" (section 6), committed or not.
TEST(Restart, UsesTheLatestConfigurationInTheLog) {
  const Configuration joint{{kS1, kS2, kS4}, {kS1, kS2, kS3}, {}};
  Server s({.term = 3, .log = {1}});
  s.receive(kS2, append({.term = 3, .prev = {1, 1}}, {configuration_entry(3, joint)}));
  s.restart();
  EXPECT_EQ(s.commit(), 0u);
  EXPECT_EQ(s->configuration(), joint);
  EXPECT_EQ(s->configuration_index(), Index{2});
}

}  // namespace
}  // namespace raft::test
