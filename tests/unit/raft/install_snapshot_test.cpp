// SPDX-License-Identifier: Apache-2.0
// Figure 13, "InstallSnapshot RPC" (section 7): receiver implementation.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(Install, OfAnOldTermIsAnsweredAtOnceAndDoesNothing) {
  Server s({.term = 3, .log = {1}});
  s.pass(kElectionTimeout / 2);
  const std::string before = s.state();
  const Output out = s.receive(kS2, chunk({.term = 2, .last = {5, 2}, .data = "abcd"}));
  const auto reply = only<InstallSnapshotReply>(out);
  EXPECT_EQ(reply.term, Term{3});
  EXPECT_EQ(reply.asked_in, Term{2});
  EXPECT_FALSE(reply.installed);
  EXPECT_EQ(s.state(), before);
}

TEST(Install, IsWordOfTheLeader) {
  Server s = candidate({.term = 3});
  s.pass(kElectionTimeout / 2);
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "ab", .size = 4}));
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s->leader(), kS2);
  EXPECT_EQ(s.deadline(), s.now() + kElectionTimeout);
}

// "4. Reply and wait for more data chunks if done is false."
TEST(Install, WaitsForAllChunks) {
  Server s({.term = 3, .log = {1}});
  Output out = s.receive(
      kS2, chunk({.term = 3, .last = {5, 2}, .data = "abc", .offset = 0, .size = 8}), MessageId{4});
  const auto reply = only<InstallSnapshotReply>(out);
  EXPECT_EQ(reply.next_offset, 3u);
  EXPECT_FALSE(reply.installed);
  EXPECT_EQ(reply.last_included_index, Index{5});
  EXPECT_EQ(out.messages.at(0).reply_to, MessageId{4});
  EXPECT_FALSE(out.write);
  EXPECT_EQ(s.log(), Terms{1});
  out = s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "defg", .offset = 3, .size = 8}));
  EXPECT_EQ(only<InstallSnapshotReply>(out).next_offset, 7u);
  out = s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "h", .offset = 7, .size = 8}));
  EXPECT_TRUE(only<InstallSnapshotReply>(out).installed);
  EXPECT_EQ(only<InstallSnapshotReply>(out).next_offset, 8u);
  ASSERT_TRUE(out.restore);
  EXPECT_EQ(*out.restore->data, "abcdefgh");
}

TEST(Install, LeavesOutAChunkThatDoesNotFollow) {
  Server s({.term = 3});
  const auto wanted = [&](const std::string& data, std::uint64_t offset) {
    return only<InstallSnapshotReply>(
               s.receive(
                   kS2,
                   chunk({.term = 3, .last = {5, 2}, .data = data, .offset = offset, .size = 8})))
        .next_offset;
  };
  EXPECT_EQ(wanted("cd", 2), 0u) << "the first is missing";
  EXPECT_EQ(wanted("ab", 0), 2u);
  EXPECT_EQ(wanted("ab", 0), 2u) << "a duplicate";
  EXPECT_EQ(wanted("ef", 4), 2u) << "one is missing";
  EXPECT_EQ(wanted("bc", 1), 2u) << "it overlaps";
  EXPECT_EQ(wanted("", 2), 2u) << "a heartbeat";
  EXPECT_EQ(wanted("cdef", 2), 6u);
  const Output out =
      s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "gh", .offset = 6, .size = 8}));
  ASSERT_TRUE(out.restore);
  EXPECT_EQ(*out.restore->data, "abcdefgh");
}

TEST(Install, OfAnotherSnapshotBeginsAnew) {
  for (const Chunk& other :
       {Chunk{.term = 3, .last = {6, 2}, .data = "xy", .offset = 2, .size = 8},
        Chunk{.term = 3, .last = {5, 3}, .data = "xy", .offset = 2, .size = 8},
        Chunk{.term = 3, .last = {5, 2}, .data = "xy", .offset = 2, .size = 9},
        Chunk{.term = 4, .last = {5, 2}, .data = "xy", .offset = 2, .size = 8}}) {
    Server s({.term = 3});
    s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "ab", .size = 8}));
    EXPECT_EQ(only<InstallSnapshotReply>(s.receive(kS2, chunk(other))).next_offset, 0u);
  }
}

TEST(Install, OfAnEmptySnapshotNeedsOneChunk) {
  Server s({.term = 3});
  const Output out = s.receive(kS2, chunk({.term = 3, .last = {5, 2}}));
  EXPECT_TRUE(only<InstallSnapshotReply>(out).installed);
  EXPECT_TRUE(out.restore);
}

// "7. Discard the entire log. 8. Reset state machine using snapshot contents."
TEST(Install, ReplacesALogThatConflictsOrEndsBefore) {
  for (const Terms& log : {Terms{1, 1, 1, 1, 1, 1}, Terms{1}, Terms{}}) {
    Server s({.term = 3, .log = log, .sync = Sync::when_told});
    const Output out = s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"}));
    EXPECT_EQ(s.base(), 5u);
    EXPECT_EQ(s.log(), Terms{});
    EXPECT_EQ(s->log().base_term(), Term{2});
    EXPECT_EQ(s.commit(), 5u);
    ASSERT_TRUE(out.write && out.write->snapshot && out.write->base);
    EXPECT_EQ(out.write->snapshot->index, Index{5});
    EXPECT_EQ(out.write->snapshot->term, Term{2});
    EXPECT_EQ(*out.write->snapshot->data, "abcd");
    EXPECT_EQ(out.write->base->index, Index{5});
    EXPECT_EQ(out.write->base->term, Term{2});
    EXPECT_TRUE(out.write->base->discard_log);
    EXPECT_EQ(noted<SnapshotInstalled>(out).at(0).index, Index{5});
  }
}

TEST(Install, IsAcknowledgedAndRestoredOnceItIsDurable) {
  Server s({.term = 3, .log = {1}, .sync = Sync::when_told});
  Output out = s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"}), MessageId{9});
  EXPECT_TRUE(out.messages.empty());
  EXPECT_FALSE(out.restore);
  EXPECT_EQ(s->last_applied(), Index{});
  EXPECT_EQ(s->durable_index(), Index{});
  out = s.persisted();
  EXPECT_TRUE(only<InstallSnapshotReply>(out).installed);
  EXPECT_EQ(out.messages.at(0).reply_to, MessageId{9});
  ASSERT_TRUE(out.restore);
  EXPECT_EQ(out.restore->index, Index{5});
  EXPECT_EQ(s->last_applied(), Index{5});
  EXPECT_EQ(s->durable_index(), Index{5});
  EXPECT_TRUE(out.apply.empty());
  EXPECT_FALSE(s.persisted().restore) << "once";
}

TEST(Install, OfWhatIsBeingWrittenIsAcknowledgedWithThatWrite) {
  Server s({.term = 3, .sync = Sync::when_told});
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"}));
  EXPECT_TRUE(s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"})).messages.empty());
  EXPECT_EQ(sent<InstallSnapshotReply>(s.persisted()).size(), 2u);
}

// An earlier write of what was in the log says nothing about the snapshot's index.
TEST(Install, IsNotMadeDurableByEarlierWrites) {
  Server s({.term = 3, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 3, .entries = {1, 1, 1, 1, 1, 1}}));  // write 1
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"}));  // write 2
  EXPECT_TRUE(sent<InstallSnapshotReply>(s.persisted(WriteId{1})).empty());
  EXPECT_EQ(s->durable_index(), Index{});
  EXPECT_EQ(sent<InstallSnapshotReply>(s.persisted(WriteId{2})).size(), 1u);
}

TEST(Install, EntriesAfterItAreAppliedAfterIt) {
  Server s({.term = 3, .sync = Sync::when_told});
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"}));
  s.receive(kS2, append({.term = 3, .prev = {5, 2}, .entries = {3, 3}, .commit = 7}));
  const Output first = s.persisted(WriteId{1});
  EXPECT_TRUE(first.restore);
  EXPECT_TRUE(first.apply.empty());
  const Output second = s.persisted(WriteId{2});
  EXPECT_EQ(second.apply.first, Index{6});
  EXPECT_EQ(second.apply.last, Index{7});
}

TEST(Install, AndEntriesAfterItInOneSyncAreHandedOutTogether) {
  Server s({.term = 3, .sync = Sync::when_told});
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd"}));
  s.receive(kS2, append({.term = 3, .prev = {5, 2}, .entries = {3, 3}, .commit = 7}));
  const Output out = s.persisted();
  EXPECT_TRUE(out.restore);
  EXPECT_EQ(out.apply.first, Index{6});
  EXPECT_EQ(out.apply.last, Index{7});
}

// "6. If existing log entry has same index and term as snapshot's last included entry, retain log
// entries following it and reply."
TEST(Install, RetainsALogThatHasItsLastEntry) {
  Server s({.term = 3, .log = {1, 2, 2, 3}, .sync = Sync::when_told});
  const Output out = s.receive(kS2, chunk({.term = 3, .last = {3, 2}, .data = "abcd"}));
  EXPECT_TRUE(only<InstallSnapshotReply>(out).installed);
  EXPECT_EQ(s.log(), (Terms{1, 2, 2, 3}));
  EXPECT_EQ(s.commit(), 3u) << "what is in a snapshot is committed";
  EXPECT_EQ(out.apply.last, Index{3});
  EXPECT_FALSE(out.restore);
  EXPECT_FALSE(out.write);
}

TEST(Install, OfRetainedEntriesIsAcknowledgedOnceTheyAreDurable) {
  Server s({.term = 3, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 3, .entries = {1, 2}}));
  s.receive(kS2, append({.term = 3, .prev = {2, 2}, .entries = {2}}));
  EXPECT_TRUE(s.receive(kS2, chunk({.term = 3, .last = {2, 2}, .data = "abcd"})).messages.empty());
  EXPECT_EQ(sent<InstallSnapshotReply>(s.persisted(WriteId{1})).size(), 1u);
}

TEST(Install, OfDurableEntriesIsAcknowledgedOnceTheTermIsDurable) {
  Server s({.term = 3, .log = {1, 2}, .sync = Sync::when_told});
  EXPECT_TRUE(s.receive(kS2, chunk({.term = 4, .last = {2, 2}, .data = "abcd"})).messages.empty());
  EXPECT_EQ(only<InstallSnapshotReply>(s.persisted()).term, Term{4});
}

TEST(Install, TheFirstChunkIsEnoughWhereTheLogHasItAll) {
  Server s({.term = 3, .log = {1, 2}});
  const auto reply = only<InstallSnapshotReply>(
      s.receive(kS2, chunk({.term = 3, .last = {2, 2}, .data = "ab", .size = 100})));
  EXPECT_TRUE(reply.installed);
  EXPECT_EQ(reply.next_offset, 100u);
}

TEST(Install, OfWhatWasCompactedAwayTakesNothingBack) {
  for (const At last : {At{4, 2}, At{5, 2}}) {
    Server s({.term = 3, .log = {3}, .base = {5, 2}, .snapshot = {5, 2}});
    const Output out = s.receive(kS2, chunk({.term = 3, .last = last, .data = "old"}));
    EXPECT_TRUE(only<InstallSnapshotReply>(out).installed);
    EXPECT_FALSE(out.write || out.restore);
    EXPECT_EQ(s.commit(), 5u);
    EXPECT_EQ(s.log(), Terms{3});
  }
}

TEST(Install, ThatTheLogMadeNeedlessIsNotInstalled) {
  Server s({.term = 3, .log = {1}});
  s.receive(kS2, chunk({.term = 3, .last = {3, 2}, .data = "ab", .size = 4}));
  s.receive(kS2, append({.term = 3, .prev = {1, 1}, .entries = {2, 2}}));
  s.receive(kS2, chunk({.term = 3, .last = {3, 2}, .data = "cd", .offset = 2, .size = 4}));
  EXPECT_EQ(s.commit(), 3u);
  EXPECT_FALSE(s->snapshot());
}

TEST(Install, ALateChunkOfAnOlderOneStopsNothing) {
  Server s({.term = 3, .log = {1}});
  s.receive(kS2, append({.term = 3, .prev = {1, 1}, .commit = 1}));
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "ab", .size = 4}));
  s.receive(kS2, chunk({.term = 3, .last = {1, 1}, .data = "a", .size = 9}));
  const Output out =
      s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "cd", .offset = 2, .size = 4}));
  EXPECT_TRUE(out.restore);
}

// "8. [...] (and load snapshot's cluster configuration)"
TEST(Install, BringsItsConfiguration) {
  Server s({.term = 3, .log = {1}});
  const Configuration joint{{kS1, kS2, kS4}, {kS1, kS2, kS3}, {kS5}};
  const Output out =
      s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd", .configuration = joint}));
  EXPECT_EQ(s->configuration(), joint);
  EXPECT_EQ(s->configuration_index(), Index{5});
  EXPECT_EQ(noted<ConfigurationChanged>(out).at(0).configuration, joint);
  s.restart();
  EXPECT_EQ(s->configuration(), joint);
}

// A conflict right after the snapshot truncates what follows it, and goes back to no configuration
// from before it.
TEST(Install, ItsConfigurationIsWhatATruncationGoesBackTo) {
  Server s({.term = 3, .log = {1}});
  const Configuration two{{kS1, kS2}, {}, {}};
  const Configuration next{{kS1, kS2}, {}, {kS3}};
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd", .configuration = two}));
  s.receive(kS2, append({.term = 3, .prev = {5, 2}}, {configuration_entry(3, next)}));
  ASSERT_EQ(s->configuration(), next);
  s.receive(kS3, append({.term = 4, .prev = {5, 2}, .entries = {4}}));
  EXPECT_EQ(s->configuration(), two);
}

TEST(Install, ForgetsTheConfigurationsOfTheLogThatItReplaces) {
  const Configuration two{{kS1, kS2}, {}, {}};
  std::vector<Entry> log = entries({1, 1, 1, 1, 1, 1});
  log.push_back(configuration_entry(1, {{kS1, kS2, kS3}, {}, {kS4}}));
  Server s({.term = 3});
  s.receive(kS2, append({.term = 3}, log));
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "abcd", .configuration = two}));
  s.receive(kS2, append({.term = 3, .prev = {5, 2}, .entries = {3, 3, 3}, .commit = 8}));
  s.compact(6);
  EXPECT_EQ(s->snapshot()->configuration, two);
}

// What is already here ends before the base; the entries after it are taken.
TEST(Install, EntriesThatReachBackBehindItAreTaken) {
  Server s({.term = 3, .base = {5, 2}, .snapshot = {5, 2}});
  const Output out =
      s.receive(kS2, append({.term = 3, .prev = {3, 2}, .entries = {2, 2, 3}, .commit = 6}));
  EXPECT_TRUE(only<AppendEntriesReply>(out).success);
  EXPECT_EQ(only<AppendEntriesReply>(out).match_index, Index{6});
  EXPECT_EQ(s.log(), Terms{3});
  EXPECT_EQ(s.commit(), 6u);
  const Output old = s.receive(kS2, append({.term = 3, .prev = {1, 1}, .entries = {1, 2}}));
  EXPECT_TRUE(only<AppendEntriesReply>(old).success);
  EXPECT_EQ(only<AppendEntriesReply>(old).match_index, Index{3});
  EXPECT_EQ(s.log(), Terms{3});
}

TEST(Install, OfAnUnfinishedSnapshotIsForgottenInACrash) {
  Server s({.term = 3});
  s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "ab", .size = 4}));
  s.restart();
  const Output out =
      s.receive(kS2, chunk({.term = 3, .last = {5, 2}, .data = "cd", .offset = 2, .size = 4}));
  EXPECT_EQ(only<InstallSnapshotReply>(out).next_offset, 0u);
}

}  // namespace
}  // namespace raft::test
