// SPDX-License-Identifier: Apache-2.0
// The leader's side of InstallSnapshot (section 7): to whom, and chunk by chunk.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

// "The snapshot replaces all entries up through and including this index": a leader that has
// compacted up to 5 still knows the term there.
class SnapshotTransfer : public testing::Test {
 protected:
  static constexpr std::uint64_t kSize = 10;  // of "state of 5"

  static Server compacted_leader(std::size_t chunk_bytes = 4) {
    Server s = leader({.term = 3,
                       .log = {2, 2},
                       .base = {5, 2},
                       .snapshot = {5, 2},
                       .settings = {.snapshot_chunk_bytes = chunk_bytes}});
    return s;
  }
  // The first chunk to S2, whose log ends at 4.
  static InstallSnapshot first_chunk(Server& s) {
    return only<InstallSnapshot>(
        s.receive(kS2, refused({.asked_in = 3, .prev = 7, .conflict_index = 5})));
  }
};

TEST_F(SnapshotTransfer, IsForWhoNeedsWhatWasCompactedAway) {
  Server needs_5 = compacted_leader();
  const InstallSnapshot chunk = first_chunk(needs_5);
  EXPECT_EQ(needs_5.replication(kS2), Replication::snapshot);
  EXPECT_EQ(chunk.last_included_index, Index{5});
  EXPECT_EQ(chunk.last_included_term, Term{2});
  EXPECT_EQ(chunk.configuration, needs_5->configuration());
  EXPECT_EQ(chunk.size, kSize);
  EXPECT_EQ(chunk.offset, 0u);
  EXPECT_EQ(*chunk.data, "stat");
  Server needs_6 = compacted_leader();
  const Output out = needs_6.receive(kS2, refused({.asked_in = 3, .prev = 7, .conflict_index = 6}));
  EXPECT_EQ(only<AppendEntries>(out).prev_log_index, Index{5});
  EXPECT_EQ(only<AppendEntries>(out).prev_log_term, Term{2});
}

TEST_F(SnapshotTransfer, GoesChunkByChunkFromWhereTheFollowerSays) {
  Server s = compacted_leader();
  InstallSnapshot out = first_chunk(s);
  EXPECT_TRUE(s.propose({"a"}).messages.empty()) << "one message is out";
  out = only<InstallSnapshot>(s.receive(kS2, wants(out, 4)));
  EXPECT_EQ(out.offset, 4u);
  EXPECT_EQ(*out.data, "e of");
  out = only<InstallSnapshot>(s.receive(kS2, wants(out, 8)));
  EXPECT_EQ(*out.data, " 5");
  const Output done = s.receive(kS2, installed(out));
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
  EXPECT_EQ(s.match(kS2), 5u);
  EXPECT_EQ(only<AppendEntries>(done).prev_log_index, Index{5});
  EXPECT_EQ(only<AppendEntries>(done).entries.size(), 3u);
}

TEST_F(SnapshotTransfer, GoesBackForAFollowerThatForgot) {
  Server s = compacted_leader();
  const InstallSnapshot second = only<InstallSnapshot>(s.receive(kS2, wants(first_chunk(s), 4)));
  const auto again = only<InstallSnapshot>(s.receive(kS2, wants(second, 0)));
  EXPECT_EQ(again.offset, 0u);
  EXPECT_EQ(*again.data, "stat");
}

TEST_F(SnapshotTransfer, AHeartbeatCarriesNothingOfIt) {
  Server s = compacted_leader();
  first_chunk(s);
  for (int i = 0; i < 3; ++i) {
    const Output out = s.wake();
    const auto heartbeats = sent<InstallSnapshot>(out, kS2);
    ASSERT_EQ(heartbeats.size(), 1u);
    EXPECT_EQ(heartbeats[0].offset, 0u);
    EXPECT_EQ(heartbeats[0].size, kSize);
    EXPECT_TRUE(heartbeats[0].data->empty());
    EXPECT_TRUE(sent<AppendEntries>(out, kS2).empty());
  }
}

TEST_F(SnapshotTransfer, AChunkIsRepeatedWhereAnAnswerToWhatCameAfterItWantsIt) {
  Server s = compacted_leader();
  const InstallSnapshot lost = first_chunk(s);
  EXPECT_TRUE(s.receive(kS2, wants(lost, 0)).messages.empty()) << "it answers what came before";
  const auto heartbeat = sent<InstallSnapshot>(s.wake(), kS2).at(0);
  const auto again = only<InstallSnapshot>(s.receive(kS2, wants(heartbeat, 0)));
  EXPECT_EQ(*again.data, "stat");
  EXPECT_TRUE(s.receive(kS2, wants(heartbeat, 0)).messages.empty()) << "a duplicate";
}

TEST_F(SnapshotTransfer, AnAnswerFromBeforeTheLastChunkIsOld) {
  Server s = compacted_leader();
  const InstallSnapshot first = first_chunk(s);
  const auto heartbeat = sent<InstallSnapshot>(s.wake(), kS2).at(0);
  s.receive(kS2, wants(heartbeat, 4));
  EXPECT_TRUE(s.receive(kS2, wants(first, 0)).messages.empty());
  EXPECT_EQ(s.progress(kS2).snapshot_offset, 4u);
}

TEST_F(SnapshotTransfer, AnAnswerAboutAnotherSnapshotIsNone) {
  Server s = compacted_leader();
  InstallSnapshot other = first_chunk(s);
  other.last_included_index = Index{4};
  EXPECT_TRUE(s.receive(kS2, wants(other, 4)).messages.empty());
  EXPECT_EQ(s.progress(kS2).snapshot_offset, 0u);
}

TEST_F(SnapshotTransfer, AnAnswerThatWantsMoreThanThereIsIsNone) {
  Server s = compacted_leader();
  const InstallSnapshot first = first_chunk(s);
  EXPECT_TRUE(s.receive(kS2, wants(first, kSize + 1)).messages.empty());
  EXPECT_EQ(s.progress(kS2).snapshot_offset, 0u);
}

TEST_F(SnapshotTransfer, AnAnswerAfterItIsNone) {
  Server s = compacted_leader();
  const InstallSnapshot first = first_chunk(s);
  s.receive(kS2, installed(first));
  EXPECT_TRUE(s.receive(kS2, wants(first, 4)).messages.empty());
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
}

TEST_F(SnapshotTransfer, ARefusalOfAnEarlierProbeDoesNotStopIt) {
  Server s = compacted_leader();
  first_chunk(s);
  EXPECT_TRUE(
      s.receive(kS2, refused({.asked_in = 3, .prev = 7, .conflict_index = 6})).messages.empty());
  EXPECT_EQ(s.replication(kS2), Replication::snapshot);
}

TEST_F(SnapshotTransfer, ALateAcknowledgementStopsItOnlyWhereItMakesItNeedless) {
  Server s = compacted_leader();
  s.receive(kS2, wants(first_chunk(s), 4));
  EXPECT_TRUE(s.receive(kS2, accepted({.asked_in = 3, .prev = 3, .match = 4})).messages.empty());
  EXPECT_EQ(s.replication(kS2), Replication::snapshot);
  EXPECT_EQ(s.progress(kS2).snapshot_offset, 4u);
  const Output out = s.receive(kS2, accepted({.asked_in = 3, .prev = 4, .match = 5}));
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
  EXPECT_EQ(only<AppendEntries>(out).prev_log_index, Index{5});
}

TEST_F(SnapshotTransfer, IsNeedlessWhereTheTrailingEntriesAreEnough) {
  Server s = leader({.term = 3, .log = {2, 2, 2}, .base = {3, 2}, .snapshot = {5, 2}});
  only<InstallSnapshot>(s.receive(kS2, refused({.asked_in = 3, .prev = 6, .conflict_index = 2})));
  s.receive(kS2, accepted({.asked_in = 3, .prev = 1, .match = 2}));
  EXPECT_EQ(s.replication(kS2), Replication::snapshot) << "index 3 was compacted away";
  const Output out = s.receive(kS2, accepted({.asked_in = 3, .prev = 2, .match = 3}));
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
  EXPECT_EQ(only<AppendEntries>(out).prev_log_index, Index{3});
}

// The one that is on its way is finished; by then what follows it was compacted away, too.
TEST_F(SnapshotTransfer, IsFollowedByTheNewerSnapshotOfALeaderThatCompactedMeanwhile) {
  Server s = leader({.term = 3,
                     .log = {2, 2},
                     .base = {5, 2},
                     .snapshot = {5, 2},
                     .settings = {.noop_on_election = true, .trailing_entries = 0}});
  const InstallSnapshot chunk = first_chunk(s);
  s.accept(kS3);
  ASSERT_EQ(s.commit(), 8u);
  s.compact(8);
  const Output out = s.receive(kS2, installed(chunk));
  EXPECT_EQ(only<InstallSnapshot>(out).last_included_index, Index{8});
  EXPECT_EQ(*only<InstallSnapshot>(out).data, "state");
}

}  // namespace
}  // namespace raft::test
