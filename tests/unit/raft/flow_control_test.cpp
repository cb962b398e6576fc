// SPDX-License-Identifier: Apache-2.0
// How a leader sends entries to each follower: probing, replicating, and the windows.
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
  EXPECT_FALSE(s.progress(kS2).awaiting_reply);
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

}  // namespace
}  // namespace raft::test
