// SPDX-License-Identifier: Apache-2.0
// "Updated on stable storage before responding to RPCs" (Figure 2): a message that promises waits
// for the write that makes it true.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(Promise, AVoteWaitsForItsWrite) {
  Server s({.term = 1, .sync = Sync::when_told});
  EXPECT_TRUE(s.receive(kS2, ask(2, {0, 0}), MessageId{7}).messages.empty());
  const Output out = s.persisted();
  ASSERT_EQ(out.messages.size(), 1u);
  EXPECT_TRUE(only<RequestVoteReply>(out).vote_granted);
  EXPECT_EQ(out.messages.front().to, kS2);
  EXPECT_EQ(out.messages.front().reply_to, MessageId{7});
}

TEST(Promise, ARepeatedVoteWaitsForTheWriteOfTheFirst) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, ask(2, {0, 0}));
  EXPECT_TRUE(s.receive(kS2, ask(2, {0, 0})).messages.empty());
  EXPECT_EQ(sent<RequestVoteReply>(s.persisted(), kS2).size(), 2u);
}

TEST(Promise, ARepeatedVoteThatIsDurableWaitsForNothing) {
  Server s({.term = 2, .voted_for = 2, .sync = Sync::when_told});
  EXPECT_TRUE(only<RequestVoteReply>(s.receive(kS2, ask(2, {0, 0}))).vote_granted);
}

TEST(Promise, ARequestForVotesWaitsForTheOwnVote) {
  Server s({.term = 1, .sync = Sync::when_told});
  EXPECT_TRUE(s.wake().messages.empty());
  EXPECT_EQ(sent<RequestVote>(s.persisted()).size(), 2u);
}

TEST(Promise, RequestsOfACandidacyThatIsOverAreNotSent) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.wake();
  s.receive(kS2, append({.term = 2}));
  EXPECT_TRUE(sent<RequestVote>(s.persisted()).empty());

  Server again({.term = 1, .sync = Sync::when_told});
  again.wake();
  again.wake();
  const auto requests = sent<RequestVote>(again.persisted());
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].term, Term{3});
  EXPECT_EQ(requests[1].term, Term{3});
}

TEST(Promise, TheOwnVoteCountsOnceItIsDurable) {
  Server s({.term = 1, .members = 5, .sync = Sync::when_told});
  s.wake();
  s.receive(kS2, vote(2));
  s.receive(kS3, vote(2));
  EXPECT_EQ(s.role(), Role::candidate);
  s.persisted();
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(Promise, TheOwnVoteOfAnEarlierCandidacyDoesNotCount) {
  Server s({.term = 1, .members = 1, .sync = Sync::when_told});
  s.wake();
  s.wake();
  s.persisted(WriteId{1});
  EXPECT_EQ(s.role(), Role::candidate);
  s.persisted(WriteId{2});
  EXPECT_EQ(s.role(), Role::leader);
}

TEST(Promise, AnAcknowledgementWaitsForItsEntries) {
  Server s({.term = 1, .sync = Sync::when_told});
  EXPECT_TRUE(
      s.receive(kS2, append({.term = 1, .entries = {1, 1}}), MessageId{9}).messages.empty());
  const Output out = s.persisted();
  ASSERT_EQ(out.messages.size(), 1u);
  EXPECT_EQ(only<AppendEntriesReply>(out).match_index, Index{2});
  EXPECT_EQ(out.messages.front().reply_to, MessageId{9});
}

TEST(Promise, AnAcknowledgementOfKnownEntriesWaitsForTheWriteThatHoldsThem) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .entries = {1}}));
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1}}));
  // A duplicate of the second, and a heartbeat that follows it.
  EXPECT_TRUE(s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1}})).messages.empty());
  EXPECT_TRUE(s.receive(kS2, append({.term = 1, .prev = {2, 1}})).messages.empty());
  const auto first = sent<AppendEntriesReply>(s.persisted(WriteId{1}));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].match_index, Index{1});
  EXPECT_EQ(sent<AppendEntriesReply>(s.persisted(WriteId{2})).size(), 3u);
}

TEST(Promise, AnAcknowledgementOfDurableEntriesWaitsForNothing) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  EXPECT_TRUE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 1, .prev = {1, 1}}))).success);
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1}}));
  EXPECT_EQ(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 1, .entries = {1}}))).match_index,
      Index{1});
}

TEST(Promise, AnAcknowledgementWaitsForTheTerm) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  EXPECT_TRUE(s.receive(kS2, append({.term = 2, .prev = {1, 1}})).messages.empty());
  EXPECT_TRUE(only<AppendEntriesReply>(s.persisted()).success);
}

TEST(Promise, ARefusalWaitsForNothing) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  EXPECT_FALSE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 2, .prev = {2, 2}}))).success);
  EXPECT_FALSE(only<RequestVoteReply>(s.receive(kS2, ask(3, {0, 0}))).vote_granted);
}

TEST(Promise, AnEarlierWriteDoesNotKeepALaterPromise) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .entries = {1}}));
  s.receive(kS3, ask(2, {1, 1}));
  EXPECT_TRUE(sent<RequestVoteReply>(s.persisted(WriteId{1})).empty());
  EXPECT_EQ(sent<RequestVoteReply>(s.persisted(WriteId{2})).size(), 1u);
}

// The leader may send in parallel with its own write (dissertation, 10.2.1).
TEST(Promise, ALeadersEntriesAreSentBeforeTheyAreDurableHere) {
  Server s = leader({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, accepted({.asked_in = 1}));
  EXPECT_EQ(only<AppendEntries>(s.propose({"a"})).entries.size(), 1u);
}

TEST(Promise, ALeadersOwnAcknowledgementWaitsForItsWrite) {
  Server s = leader({.term = 1, .sync = Sync::when_told});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 0u);
  s.persisted();
  EXPECT_EQ(s.commit(), 1u);
}

TEST(Promise, AMajorityOfFollowersNeedsNoWriteOfTheLeader) {
  Server s = leader({.term = 1, .sync = Sync::when_told});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  const Output out = s.receive(kS3, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 1u);
  EXPECT_TRUE(out.apply.empty()) << "not durable here";
  EXPECT_EQ(s.persisted().apply.last, Index{1});
}

// An index is written, cut off and written again while the first write is still under way: that
// write says nothing about what stands there now.
TEST(Durability, ATruncationTakesBackWhatEarlierWritesVouchFor) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1, 1}}));
  s.receive(kS3, append({.term = 2, .prev = {1, 1}, .entries = {2, 2}}));
  const auto first = sent<AppendEntriesReply>(s.persisted(WriteId{1}));
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].asked_in, Term{1});
  EXPECT_EQ(s->durable_index(), Index{1});
  const auto second = sent<AppendEntriesReply>(s.persisted(WriteId{2}));
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].asked_in, Term{2});
  EXPECT_EQ(second[0].match_index, Index{3});
  EXPECT_EQ(s->durable_index(), Index{3});
}

TEST(Durability, EntriesBeforeTheTruncationStayWithTheirWrite) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1, 1}}));
  s.receive(kS3, append({.term = 2, .prev = {2, 1}, .entries = {2}}));
  s.persisted(WriteId{1});
  EXPECT_EQ(s->durable_index(), Index{2});
}

TEST(Durability, WhatWasDurableAndIsReplacedIsDurableNoMore) {
  Server s({.term = 1, .log = {1, 1, 1}, .sync = Sync::when_told});
  s.receive(kS3, append({.term = 2, .prev = {1, 1}, .entries = {2, 2}}));
  EXPECT_EQ(s->durable_index(), Index{1});
  s.persisted();
  EXPECT_EQ(s->durable_index(), Index{3});
}

TEST(Durability, AServerThatReplacedEntriesAndLeadsCountsOnlyTheNewOnes) {
  Server s({.term = 1, .log = {1}, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1, 1}}));  // write 1
  s.receive(kS3, append({.term = 2, .prev = {1, 1}, .entries = {2}}));     // write 2
  s.wake();                                                                // write 3
  s.persisted(WriteId{3});
  s.receive(kS2, vote(3));
  ASSERT_EQ(s.role(), Role::leader);
  s.propose({"a"});  // write 4, index 3
  s.receive(kS2, accepted({.asked_in = 3, .prev = 2, .match = 3}));
  EXPECT_EQ(s.commit(), 0u) << "index 3 was in write 1, but not this entry";
  s.persisted(WriteId{4});
  EXPECT_EQ(s.commit(), 3u);
}

// The leadership in which the entry was written is over, and the server leads again: the old write
// vouches for nothing of the new log.
TEST(Durability, AWriteOfAnEarlierLeadershipIsNoOwnAcknowledgement) {
  Server s = leader({.term = 2, .members = 2, .sync = Sync::when_told});
  s.propose({"a", "b"});  // a write of indexes 1, 2
  const WriteId old = s.last_write();
  s.receive(kS2, append({.term = 3, .entries = {3}}));
  s.wake();
  const WriteId candidacy = s.last_write();
  s.receive(kS2, vote(4));
  ASSERT_EQ(s.role(), Role::candidate);
  s.persisted(old);
  EXPECT_EQ(s->durable_index(), Index{});
  s.persisted(candidacy);
  ASSERT_EQ(s.role(), Role::leader);
  EXPECT_EQ(s->durable_index(), Index{1});
  s.propose({"c"});
  s.receive(kS2, accepted({.asked_in = 4, .prev = 1, .match = 2}));
  EXPECT_EQ(s.commit(), 0u) << "index 2 was in the old write, but not this entry";
  s.persisted();
  EXPECT_EQ(s.commit(), 2u);
}

TEST(Promise, ThatWasMadeInAnOldTermIsStillTrue) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .entries = {1}}));
  s.receive(kS3, denial(1, 5));
  const auto reply = only<AppendEntriesReply>(s.persisted(WriteId{1}));
  EXPECT_EQ(reply.asked_in, Term{1});
  EXPECT_EQ(reply.term, Term{1});
  EXPECT_EQ(reply.match_index, Index{1});
}

TEST(Promise, AreKeptInTheirOrder) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .entries = {1}}), MessageId{1});
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1}}), MessageId{2});
  s.receive(kS2, append({.term = 1, .entries = {1}}), MessageId{3});
  const Output out = s.persisted();
  ASSERT_EQ(out.messages.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(out.messages[i].reply_to, MessageId{i + 1});
}

TEST(Durability, AReportThatComesLateTakesNothingBack) {
  Server s({.term = 1, .sync = Sync::when_told});
  s.receive(kS2, append({.term = 1, .entries = {1}}));
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .entries = {1}}));
  s.persisted(WriteId{2});
  s.persisted(WriteId{1});
  EXPECT_EQ(s->durable_index(), Index{2});
  EXPECT_EQ(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 1, .prev = {2, 1}}))).match_index,
      Index{2});
}

}  // namespace
}  // namespace raft::test
