// SPDX-License-Identifier: Apache-2.0
// Reads that need no entry in the log (dissertation, 6.4).
#include <set>

#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

const Settings kReadIndex = {.noop_on_election = true, .reads = Reads::read_index};

TEST(ReadIndex, WaitsForAQuorumToAnswerARoundThatBeganAfterIt) {
  Server s = settled_leader({.term = 2, .members = 5, .settings = kReadIndex});
  const AppendEntries before = s.last_append(kS2);
  const Output out = s.read(ReadId{7});
  EXPECT_TRUE(out.reads.empty());
  EXPECT_EQ(sent<AppendEntries>(out).size(), 4u);
  EXPECT_GT(s.last_append(kS2).round, before.round);
  EXPECT_TRUE(s.receive(kS2, accepted(before)).reads.empty()) << "an answer of a round before it";
  EXPECT_TRUE(s.receive(kS3, accepted(before)).reads.empty());
  EXPECT_TRUE(s.accept(kS2).reads.empty()) << "two of five";
  EXPECT_TRUE(s.accept(kS2).reads.empty()) << "a duplicate";
  const Output answered = s.accept(kS3);
  ASSERT_EQ(served(answered), Ids{7});
  EXPECT_EQ(answered.reads[0].index, s->commit_index());
  EXPECT_TRUE(s.accept(kS4).reads.empty()) << "once";
}

TEST(ReadIndex, ALateAnswerTakesNoneBack) {
  Server s = settled_leader({.term = 2, .members = 5, .settings = kReadIndex});
  const AppendEntries before = s.last_append(kS2);
  s.read(ReadId{7});
  s.accept(kS2);
  s.receive(kS2, accepted(before));
  EXPECT_EQ(served(s.accept(kS3)), Ids{7});
}

TEST(ReadIndex, ARefusalIsAnAnswerToo) {
  Server s = settled_leader({.term = 2, .log = {1}, .settings = kReadIndex});
  s.read(ReadId{7});
  AppendEntriesReply refusal = refused({.asked_in = 2, .prev = 1, .conflict_index = 1});
  refusal.round = s.last_append(kS2).round;
  EXPECT_EQ(served(s.receive(kS2, refusal)), Ids{7});
}

// "The leader saves its current commit index in a local variable readIndex."
TEST(ReadIndex, IsTheCommitIndexWhenTheRoundBegan) {
  Server s = settled_leader({.term = 2, .settings = kReadIndex});
  ASSERT_EQ(s.commit(), 1u);
  s.propose({"a"});
  const AppendEntries entry = s.last_append(kS2);
  s.read(ReadId{7});
  const AppendEntries heartbeat = s.last_append(kS2);
  s.receive(kS2, accepted(entry));
  ASSERT_EQ(s.commit(), 2u);
  const Output out = s.receive(kS2, accepted(heartbeat));
  ASSERT_EQ(served(out), Ids{7});
  EXPECT_EQ(out.reads[0].index, Index{1});
}

TEST(ReadIndex, ReadsThatComeWhileARoundIsOutShareTheNext) {
  Server s = settled_leader({.term = 2, .settings = kReadIndex});
  EXPECT_EQ(sent<AppendEntries>(s.read(ReadId{1})).size(), 2u);
  EXPECT_TRUE(s.read(ReadId{2}).messages.empty());
  EXPECT_TRUE(s.read(ReadId{3}).messages.empty());
  const Output first = s.accept(kS2);
  EXPECT_EQ(served(first), Ids{1});
  EXPECT_EQ(sent<AppendEntries>(first).size(), 2u) << "the round of the others begins";
  const Output second = s.accept(kS3);
  EXPECT_EQ(served(second), (Ids{2, 3}));
  EXPECT_TRUE(second.messages.empty());
}

TEST(ReadIndex, ARoundThatIsLostIsFollowedByTheNextHeartbeat) {
  Server s = settled_leader({.term = 2, .settings = kReadIndex});
  s.read(ReadId{1});
  s.wake();
  EXPECT_EQ(served(s.accept(kS3)), Ids{1});
}

// "If the leader has not yet marked an entry from its current term committed, it waits until it has
// done so."
TEST(ReadIndex, WaitsForTheFirstCommitOfTheTerm) {
  Server s = leader({.term = 2, .log = {1}, .settings = kReadIndex});
  EXPECT_TRUE(s.read(ReadId{7}).messages.empty());
  s.receive(kS2, accepted({.asked_in = 2, .prev = 0, .match = 1}));
  ASSERT_EQ(s.commit(), 0u);
  const Output committed = s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  ASSERT_EQ(s.commit(), 2u);
  EXPECT_TRUE(committed.reads.empty());
  EXPECT_EQ(sent<AppendEntries>(committed, kS3).size(), 1u) << "its round begins now";
  const Output out = s.accept(kS3);
  ASSERT_EQ(served(out), Ids{7});
  EXPECT_EQ(out.reads[0].index, Index{2});
}

TEST(ReadIndex, OfASingleVoterIsServedAtOnce) {
  Server s = settled_leader({.term = 2, .members = 1, .settings = kReadIndex});
  EXPECT_EQ(served(s.read(ReadId{7})), Ids{7});
  EXPECT_EQ(served(s.read(ReadId{8})), Ids{8});
}

TEST(ReadIndex, OfALeaderThatBecameTheOnlyVoterIsServed) {
  Server s = settled_leader({.term = 2, .members = 2, .settings = kReadIndex});
  s.change_members({kS1});
  s.read(ReadId{7});
  const Output out = s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  ASSERT_EQ(s->configuration().voters, std::vector{kS1});
  EXPECT_EQ(served(out), Ids{7}) << "S2, which leaves, need not answer";
}

TEST(ReadIndex, NeedsBothHalvesOfAJointConfiguration) {
  Server s = settled_leader({.term = 2, .settings = kReadIndex});
  s.change_members({kS1, kS4, kS5});
  ASSERT_TRUE(s->configuration().joint());
  s.read(ReadId{7});
  EXPECT_TRUE(s.receive(kS2, accepted(s.last_append(kS2))).reads.empty());
  AppendEntriesReply from_new = refused({.asked_in = 2, .prev = 1, .conflict_index = 1});
  from_new.round = s.last_append(kS4).round;
  EXPECT_EQ(served(s.receive(kS4, from_new)), Ids{7});
}

TEST(ReadIndex, IsNotConfirmedByLearners) {
  Server s = settled_leader(
      {.term = 2, .configuration = {{kS1, kS2, kS3}, {}, {kS4, kS5}}, .settings = kReadIndex});
  s.read(ReadId{7});
  EXPECT_TRUE(s.accept(kS4).reads.empty());
  EXPECT_TRUE(s.accept(kS5).reads.empty());
  EXPECT_EQ(served(s.accept(kS3)), Ids{7});
}

TEST(ReadIndex, ALeaderThatStepsDownServesNone) {
  Server s = settled_leader({.term = 2, .settings = kReadIndex});
  s.read(ReadId{1});
  s.receive(kS3, raft::ReadIndex{Term{2}, ReadId{50}}, MessageId{8});
  const Output out = s.receive(kS2, denial(2, 3));
  ASSERT_EQ(out.reads.size(), 1u);
  EXPECT_EQ(out.reads[0].id, ReadId{1});
  EXPECT_FALSE(out.reads[0].granted);
  const auto reply = only<ReadIndexReply>(out);
  EXPECT_FALSE(reply.granted);
  EXPECT_EQ(reply.read, ReadId{50});
  EXPECT_EQ(out.messages.at(0).to, kS3);
  EXPECT_EQ(out.messages.at(0).reply_to, MessageId{8});
}

TEST(ReadIndex, OfAFollowerIsAskedOfTheLeader) {
  Server s({.term = 2, .settings = kReadIndex});
  EXPECT_FALSE(s.read(ReadId{1}).reads.at(0).granted) << "nobody leads";
  s.receive(kS2, append({.term = 2}));
  const Output out = s.read(ReadId{2});
  EXPECT_TRUE(out.reads.empty());
  EXPECT_EQ(only<raft::ReadIndex>(out).read, ReadId{2});
  EXPECT_EQ(only<raft::ReadIndex>(out).term, Term{2});
  EXPECT_EQ(out.messages.at(0).to, kS2);
  const ReadIndexReply reply{Term{2}, Term{2}, ReadId{2}, true, Index{9}};
  EXPECT_TRUE(
      s.receive(kS2, ReadIndexReply{Term{2}, Term{2}, ReadId{3}, true, Index{9}}).reads.empty())
      << "nobody asked for that";
  const Output answered = s.receive(kS2, reply);
  ASSERT_EQ(served(answered), Ids{2});
  EXPECT_EQ(answered.reads[0].index, Index{9});
  EXPECT_TRUE(s.receive(kS2, reply).reads.empty()) << "a duplicate";
}

TEST(ReadIndex, OfAFollowerIsGivenUpAfterTheLongestElectionTimeout) {
  Server s({.term = 2, .settings = kReadIndex, .election_timeout_max = 2 * kElectionTimeout});
  s.receive(kS2, append({.term = 2}));
  s.read(ReadId{1});
  const Time asked = s.now();
  for (int i = 0; i < 8; ++i) {
    s.pass(kElectionTimeout / 4 - Duration{i == 7 ? 1 : 0});
    EXPECT_TRUE(s.receive(kS2, append({.term = 2})).reads.empty());
    EXPECT_TRUE(s.tick().reads.empty());
  }
  EXPECT_EQ(s.deadline(), asked + 2 * kElectionTimeout);
  const Output out = s.wake();
  ASSERT_EQ(out.reads.size(), 1u);
  EXPECT_FALSE(out.reads[0].granted);
  EXPECT_TRUE(
      s.receive(kS2, ReadIndexReply{Term{2}, Term{2}, ReadId{1}, true, Index{1}}).reads.empty())
      << "it was answered";
}

// Without CheckQuorum a leader that is cut off leads on: what was asked of it ends all the same.
TEST(ReadIndex, OfALeaderIsGivenUpAfterTheLongestElectionTimeout) {
  Server s = settled_leader(
      {.term = 2, .settings = kReadIndex, .election_timeout_max = 2 * kElectionTimeout});
  const Time asked = s.now();
  s.read(ReadId{1});
  s.receive(kS3, raft::ReadIndex{Term{2}, ReadId{50}}, MessageId{8});
  s.pass(kElectionTimeout / 16);
  s.read(ReadId{2});
  Output out;
  while (s.role() == Role::leader && out.reads.empty() && s.now() < asked + 3 * kElectionTimeout)
    out = s.wake();
  EXPECT_EQ(s.now(), asked + 2 * kElectionTimeout);
  ASSERT_EQ(out.reads.size(), 1u);
  EXPECT_EQ(out.reads[0].id, ReadId{1});
  EXPECT_FALSE(out.reads[0].granted);
  EXPECT_FALSE(sent<ReadIndexReply>(out, kS3).at(0).granted);
  EXPECT_EQ(served(s.accept(kS2)), Ids{2}) << "there is time for this one yet";
}

TEST(ReadIndex, OfAnotherServerIsAnsweredByMessage) {
  Server s = settled_leader({.term = 2, .settings = kReadIndex});
  EXPECT_TRUE(
      sent<ReadIndexReply>(s.receive(kS3, raft::ReadIndex{Term{2}, ReadId{50}}, MessageId{8}))
          .empty());
  const Output out = s.accept(kS2);
  EXPECT_TRUE(out.reads.empty());
  const auto reply = only<ReadIndexReply>(out);
  EXPECT_TRUE(reply.granted);
  EXPECT_EQ(reply.term, Term{2});
  EXPECT_EQ(reply.asked_in, Term{2});
  EXPECT_EQ(reply.read, ReadId{50});
  EXPECT_EQ(reply.index, Index{1});
  EXPECT_EQ(out.messages.at(0).to, kS3);
  EXPECT_EQ(out.messages.at(0).reply_to, MessageId{8});
}

TEST(ReadIndex, IsDeniedByWhoDoesNotLeadThatTerm) {
  for (Server s : {Server({.term = 2}), settled_leader({.term = 2, .settings = kReadIndex})}) {
    const Output out = s.receive(kS3, raft::ReadIndex{Term{1}, ReadId{50}}, MessageId{8});
    EXPECT_FALSE(only<ReadIndexReply>(out).granted);
    EXPECT_EQ(only<ReadIndexReply>(out).term, Term{2});
    EXPECT_EQ(only<ReadIndexReply>(out).asked_in, Term{1});
    EXPECT_EQ(out.messages.at(0).reply_to, MessageId{8});
  }
}

// "Duplicate request contexts" once let old answers confirm a new read.
TEST(ReadIndex, IdsAreNeverGivenTwice) {
  Settings settings = kReadIndex;
  settings.self = kS1;
  settings.first_configuration.voters = {kS1};
  std::set<ReadId> given;
  for (std::uint64_t incarnation = 1; incarnation <= 20; ++incarnation) {
    Raft raft(settings, {}, incarnation);
    for (int i = 0; i < 100; ++i)
      EXPECT_TRUE(given.insert(raft.next_read_id()).second);
  }
}

}  // namespace
}  // namespace raft::test
