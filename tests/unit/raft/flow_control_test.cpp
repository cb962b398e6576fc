// SPDX-License-Identifier: Apache-2.0
// How a leader sends to each follower: probe, replicate, snapshot; the windows; and back-pressure.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

// A follower that answered once is sent to without waiting.
Server replicating(const Settings& settings) {
  Server s = leader({.term = 1, .settings = settings});
  s.accept(kS2);
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
  return s;
}

TEST(Probe, IsOneMessageUntilItIsAnswered) {
  Server s = leader({.term = 2, .log = {1}});
  EXPECT_EQ(s.replication(kS2), Replication::probe);
  EXPECT_TRUE(s.propose({"a"}).messages.empty());
  EXPECT_TRUE(s.propose({"b"}).messages.empty());
  const Output out = s.accept(kS2);
  EXPECT_EQ(only<AppendEntries>(out).entries.size(), 2u);
  EXPECT_EQ(noted<ProgressChanged>(out).at(0).before, Replication::probe);
  EXPECT_EQ(noted<ProgressChanged>(out).at(0).after, Replication::replicate);
}

TEST(Probe, CarriesWhatThereIsOnlyTheFirstTime) {
  Server s = candidate({.term = 2, .settings = {.noop_on_election = true}});
  const Output elected = s.receive(kS3, vote(2));
  EXPECT_EQ(sent<AppendEntries>(elected, kS2).at(0).entries.size(), 1u);
  for (int i = 0; i < 3; ++i) {
    const AppendEntries heartbeat = sent<AppendEntries>(s.wake(), kS2).at(0);
    EXPECT_EQ(heartbeat.prev_log_index, Index{});
    EXPECT_TRUE(heartbeat.entries.empty());
  }
}

TEST(Probe, AfterARefusalCarriesWhatFollows) {
  Server s = leader({.term = 2, .log = {1, 1, 1}});
  const Output out = s.receive(kS2, refused({.asked_in = 2, .prev = 3, .conflict_index = 2}));
  EXPECT_EQ(only<AppendEntries>(out).entries.size(), 2u);
}

TEST(Replicate, SendsEachProposalAtOnce) {
  Server s = replicating({});
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto request = only<AppendEntries>(s.propose({"a"}));
    EXPECT_EQ(request.prev_log_index, Index{i});
    EXPECT_EQ(request.entries.size(), 1u);
  }
  EXPECT_EQ(s.next(kS2), 4u);
  EXPECT_EQ(s.match(kS2), 0u);
  EXPECT_EQ(s.progress(kS2).in_flight.size(), 3u);
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 3u);
}

TEST(Replicate, AHeartbeatFollowsWhatWasSentLast) {
  Server s = replicating({});
  s.propose({"a", "b"});
  const AppendEntries heartbeat = sent<AppendEntries>(s.wake(), kS2).at(0);
  EXPECT_EQ(heartbeat.prev_log_index, Index{2});
  EXPECT_TRUE(heartbeat.entries.empty());
  EXPECT_EQ(s.progress(kS2).in_flight.size(), 1u);
}

TEST(Replicate, AnAnswerFreesWhatItCovers) {
  Server s = replicating({.max_append_entries = 2});
  s.propose({"a", "b", "c", "d"});
  ASSERT_EQ(s.progress(kS2).in_flight.size(), 2u);
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.progress(kS2).in_flight.size(), 2u) << "half of the first message";
  s.receive(kS2, accepted({.asked_in = 1, .match = 2}));
  EXPECT_EQ(s.progress(kS2).in_flight.size(), 1u);
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 2u);
  s.receive(kS2, accepted({.asked_in = 1, .match = 4}));
  EXPECT_EQ(s.progress(kS2).in_flight.size(), 0u);
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 0u);
}

TEST(Replicate, WhatIsLostIsProbedAndSentAgain) {
  Server s = replicating({.max_append_entries = 1, .max_in_flight = 3});
  s.propose({"a", "b", "c", "d"});
  const Output out = s.receive(kS2, refused({.asked_in = 1, .prev = 3, .conflict_index = 2}));
  EXPECT_EQ(s.replication(kS2), Replication::probe);
  EXPECT_EQ(only<AppendEntries>(out).prev_log_index, Index{1});
  EXPECT_EQ(s.progress(kS2).in_flight.size(), 0u);
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 0u);
  EXPECT_EQ(
      sent<AppendEntries>(s.receive(kS2, accepted({.asked_in = 1, .prev = 1, .match = 2}))).size(),
      2u);
}

TEST(Window, OfMessagesHoldsThatMany) {
  Server s = replicating({.max_append_entries = 1, .max_in_flight = 3});
  EXPECT_EQ(sent<AppendEntries>(s.propose({"a", "b", "c", "d", "e"})).size(), 3u);
  EXPECT_TRUE(s.propose({"f"}).messages.empty());
  EXPECT_EQ(sent<AppendEntries>(s.receive(kS2, accepted({.asked_in = 1, .match = 2}))).size(), 2u);
}

TEST(Window, OfBytesIsOpenUntilItIsFull) {
  Server s = replicating({.max_append_entries = 1, .max_in_flight_bytes = 8});
  EXPECT_EQ(sent<AppendEntries>(s.propose({"1234", "123", "1", "1", "1"})).size(), 3u);
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 8u);
  EXPECT_EQ(sent<AppendEntries>(s.receive(kS2, accepted({.asked_in = 1, .match = 1}))).size(), 2u);
}

TEST(Window, OfBytesLetsOneLargeMessagePass) {
  Server s = replicating({.max_append_entries = 1, .max_in_flight_bytes = 8});
  EXPECT_EQ(sent<AppendEntries>(s.propose({std::string(100, 'x'), "b"})).size(), 1u);
  EXPECT_EQ(sent<AppendEntries>(s.receive(kS2, accepted({.asked_in = 1, .match = 1}))).size(), 1u);
}

TEST(Window, OfOneSlowFollowerSlowsNobody) {
  Server s = replicating({.max_append_entries = 1, .max_in_flight = 2});
  s.accept(kS3);
  s.propose({"a", "b"});
  s.receive(kS3, accepted({.asked_in = 1, .match = 2}));
  const Output out = s.propose({"c", "d"});
  EXPECT_TRUE(sent<AppendEntries>(out, kS2).empty());
  EXPECT_EQ(sent<AppendEntries>(out, kS3).size(), 2u);
}

TEST(Message, HoldsNoMoreBytesThanAllowed) {
  Server s = replicating({.max_append_bytes = 4});
  const auto requests = sent<AppendEntries>(s.propose({"12", "34", "5", "6789a", "b"}));
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[0].entries.size(), 2u);
  EXPECT_EQ(requests[1].entries.size(), 1u);
  EXPECT_EQ(requests[2].entries.size(), 1u) << "alone, since it is larger than any message";
  EXPECT_EQ(requests[3].entries.size(), 1u);
}

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
  first_chunk(s);
  s.receive(kS2, accepted({.asked_in = 3, .prev = 3, .match = 4}));
  EXPECT_EQ(s.replication(kS2), Replication::snapshot);
  const Output out = s.receive(kS2, accepted({.asked_in = 3, .prev = 4, .match = 5}));
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
  EXPECT_EQ(only<AppendEntries>(out).prev_log_index, Index{5});
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

class BackPressure : public testing::Test {
 protected:
  static Server full_at(std::size_t bytes) {
    return leader({.term = 1, .settings = {.max_uncommitted_bytes = bytes}});
  }
  static bool accepts(Server& s, std::size_t bytes) {
    const Output out = s.propose({std::string(bytes, 'x')});
    if (!out.proposal->accepted()) {
      EXPECT_EQ(out.proposal->refusal, Proposal::Refusal::overloaded);
      EXPECT_EQ(out.proposal->leader, kS1);
      EXPECT_FALSE(out.write);
      EXPECT_TRUE(out.messages.empty());
    }
    return out.proposal->accepted();
  }
};

TEST_F(BackPressure, RefusesWhatWouldBeTooMuch) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 4));
  EXPECT_FALSE(accepts(s, 7));
  EXPECT_TRUE(accepts(s, 6)) << "10 of 10";
  EXPECT_FALSE(accepts(s, 1));
  EXPECT_EQ(s.log().size(), 2u);
}

TEST_F(BackPressure, CountsAllOfABatch) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 1));
  EXPECT_EQ(s.propose({"12345", "12345"}).proposal->refusal, Proposal::Refusal::overloaded);
}

TEST_F(BackPressure, EndsWithTheCommit) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 4));
  EXPECT_TRUE(accepts(s, 6));
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_FALSE(accepts(s, 5));
  EXPECT_TRUE(accepts(s, 4)) << "6 of 10 are not committed";
}

TEST_F(BackPressure, LetsOneLargeProposalPassWhereNothingWaits) {
  Server s = full_at(10);
  EXPECT_TRUE(accepts(s, 100));
  EXPECT_FALSE(accepts(s, 1));
}

TEST_F(BackPressure, OfANewLeaderCountsWhatItFinds) {
  Server s = leader({.term = 2, .log = {1, 1}, .settings = {.max_uncommitted_bytes = 7}});
  EXPECT_TRUE(accepts(s, 1)) << "of its own term there must be one";
  EXPECT_FALSE(accepts(s, 1)) << "3 and 3 bytes of term 1, and 1";
  Server with_noop = leader({.term = 2,
                             .log = {1, 1},
                             .settings = {.noop_on_election = true, .max_uncommitted_bytes = 7}});
  EXPECT_TRUE(accepts(with_noop, 1)) << "7 of 7";
  EXPECT_FALSE(accepts(with_noop, 1));
}

// Every byte that is counted is taken off again, those of a configuration too.
TEST_F(BackPressure, LeavesNothingBehind) {
  Server s = settled_leader(
      {.term = 1, .settings = {.noop_on_election = true, .max_uncommitted_bytes = 30}});
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(
        s.change_members({kS1, kS2, kS3}, i % 2 == 0 ? std::vector{kS4} : std::vector<NodeId>{})
            .proposal->accepted());
    s.accept(kS2);
    EXPECT_TRUE(accepts(s, 1));
    EXPECT_TRUE(accepts(s, 29)) << i;
    s.accept(kS2);
  }
}

}  // namespace
}  // namespace raft::test
