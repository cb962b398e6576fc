// SPDX-License-Identifier: Apache-2.0
// Figure 2, "Rules for Servers", leaders: what is sent, what a reply means, what is committed
// (sections 5.3 and 5.4).
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(Leader, SendsWhatFollowsNextIndex) {
  Server s = leader({.term = 3, .log = {1, 2}});
  s.receive(kS2, accepted({.asked_in = 3, .prev = 2, .match = 2}));
  const auto request = only<AppendEntries>(s.propose({"a", "b"}));
  EXPECT_EQ(request.term, Term{3});
  EXPECT_EQ(request.prev_log_index, Index{2});
  EXPECT_EQ(request.prev_log_term, Term{2});
  EXPECT_EQ(terms_of(request.entries), (Terms{3, 3}));
  EXPECT_EQ(*request.entries[1].command, "b");
}

TEST(Leader, SendsItsCommitIndex) {
  Server s = leader({.term = 1});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  ASSERT_EQ(s.commit(), 1u);
  const Output out = s.wake();
  EXPECT_EQ(sent<AppendEntries>(out, kS2).at(0).leader_commit, Index{1});
  EXPECT_EQ(sent<AppendEntries>(out, kS3).at(0).leader_commit, Index{1});
}

TEST(Leader, SendsNoMoreEntriesInOneMessageThanAllowed) {
  Server s = leader({.term = 1, .settings = {.max_append_entries = 2}});
  s.receive(kS2, accepted({.asked_in = 1}));
  const auto requests = sent<AppendEntries>(s.propose({"a", "b", "c", "d", "e"}), kS2);
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].entries.size(), 2u);
  EXPECT_EQ(requests[1].prev_log_index, Index{2});
  EXPECT_EQ(requests[2].entries.size(), 1u);
}

TEST(Leader, SendsNoMoreMessagesAheadThanAllowed) {
  Server s = leader({.term = 1, .settings = {.max_append_entries = 1, .max_in_flight = 2}});
  s.receive(kS2, accepted({.asked_in = 1}));
  EXPECT_EQ(sent<AppendEntries>(s.propose({"a", "b", "c"}), kS2).size(), 2u);
  EXPECT_EQ(sent<AppendEntries>(s.wake(), kS2).at(0).entries.size(), 0u);
  const Output out = s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(sent<AppendEntries>(out, kS2).at(0).prev_log_index, Index{2});
}

// "If followers crash or run slowly, or if network packets are lost, the leader retries
// AppendEntries RPCs indefinitely" (section 5.3): until it is answered it asks where the logs part,
// and no more.
TEST(Leader, RetriesUntilAFollowerAnswers) {
  Server s = leader({.term = 2, .log = {1}});
  s.propose({"a"});
  for (int i = 0; i < 3; ++i) {
    const auto request = sent<AppendEntries>(s.wake(), kS2).at(0);
    EXPECT_EQ(request.prev_log_index, Index{1});
    EXPECT_TRUE(request.entries.empty());
  }
  const auto request = only<AppendEntries>(s.accept(kS2));
  EXPECT_EQ(request.prev_log_index, Index{1});
  EXPECT_EQ(terms_of(request.entries), Terms{2});
}

TEST(Leader, FindsOutThatEntriesWereLost) {
  Server s = leader({.term = 1});
  s.receive(kS2, accepted({.asked_in = 1}));
  s.propose({"a"});  // never arrives
  const auto heartbeat = sent<AppendEntries>(s.wake(), kS2).at(0);
  ASSERT_EQ(heartbeat.prev_log_index, Index{1});
  const Output out = s.receive(kS2, refused({.asked_in = 1, .prev = 1, .conflict_index = 1}));
  EXPECT_EQ(only<AppendEntries>(out).prev_log_index, Index{});
  EXPECT_EQ(only<AppendEntries>(out).entries.size(), 1u);
}

// "matchIndex = prevLogIndex + len(entries)" of the request, not of anything that happened since.
TEST(MatchIndex, ComesFromWhatWasSent) {
  Server s = leader({.term = 2, .log = {1, 1, 1}});
  s.propose({"a", "b"});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 2}));
  EXPECT_EQ(s.match(kS2), 2u);
}

TEST(MatchIndex, NeverGoesBack) {
  Server s = leader({.term = 1});
  s.propose({"a", "b", "c"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 3}));
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.match(kS2), 3u);
  EXPECT_EQ(s.next(kS2), 4u);
}

TEST(MatchIndex, DoesNotMoveOnARefusal) {
  Server s = leader({.term = 2, .log = {1, 1, 1}});
  s.receive(kS2, refused({.asked_in = 2, .prev = 3, .conflict_index = 3}));
  EXPECT_EQ(s.match(kS2), 0u);
}

TEST(MatchIndex, OfOneFollowerIsNotThatOfAnother) {
  Server s = leader({.term = 2, .log = {1, 1}});
  s.receive(kS3, accepted({.asked_in = 2, .prev = 2, .match = 2}));
  EXPECT_EQ(s.match(kS2), 0u);
  EXPECT_EQ(s.match(kS3), 2u);
}

TEST(NextIndex, MovesBackOnARefusalAndTheRequestIsRetried) {
  Server s = leader({.term = 2, .log = {1, 1, 1}});
  const Output out = s.receive(kS2, refused({.asked_in = 2, .prev = 3, .conflict_index = 3}));
  EXPECT_EQ(s.next(kS2), 3u);
  const auto retry = only<AppendEntries>(out);
  EXPECT_EQ(retry.prev_log_index, Index{2});
  EXPECT_EQ(terms_of(retry.entries), Terms{1});
}

TEST(NextIndex, MovesPastWhatIsAcknowledged) {
  Server s = leader({.term = 2, .log = {1, 1}});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 2, .match = 2}));
  EXPECT_EQ(s.next(kS2), 3u);
}

TEST(NextIndex, StaysAboveMatchIndex) {
  Server s = leader({.term = 2, .log = {1, 1, 1, 1}});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 2, .match = 2}));
  s.receive(kS2, refused({.asked_in = 2, .prev = 4, .conflict_index = 1}));
  EXPECT_EQ(s.next(kS2), 3u);
}

// A refusal that is not for inconsistency "can only happen if our term has passed: step down, and
// not update nextIndex. If you do, you could race with the resetting of nextIndex if you are
// re-elected immediately" (students' guide).
TEST(NextIndex, IsNotTouchedByARejectionForAnOldTerm) {
  Server s = leader({.term = 2, .log = {1, 1, 1}});
  s.receive(kS2, refused({.asked_in = 2, .prev = 3, .term = 3}));
  EXPECT_EQ(s.role(), Role::follower);
  EXPECT_EQ(s.term(), 3u);
  s.wake();
  s.receive(kS3, vote(4));
  ASSERT_EQ(s.role(), Role::leader);
  s.receive(kS2, refused({.asked_in = 2, .prev = 3, .term = 3}));
  s.receive(kS2, refused({.asked_in = 2, .prev = 3, .conflict_index = 1}));
  EXPECT_EQ(s.next(kS2), 4u);
}

TEST(NextIndex, IsNotTouchedByARefusalOfAnEarlierProbe) {
  Server s = leader({.term = 2, .log = {1, 1, 1, 1}});
  s.receive(kS2, refused({.asked_in = 2, .prev = 4, .conflict_index = 3}));
  ASSERT_EQ(s.next(kS2), 3u);
  s.receive(kS2, refused({.asked_in = 2, .prev = 4, .conflict_index = 1}));
  EXPECT_EQ(s.next(kS2), 3u);
}

TEST(NextIndex, IsNotTouchedByARefusalOfWhatIsKnownToMatch) {
  Server s = leader({.term = 2, .log = {1, 1, 1}});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 3, .match = 3}));
  const Output out = s.receive(kS2, refused({.asked_in = 2, .prev = 3, .conflict_index = 1}));
  EXPECT_EQ(s.next(kS2), 4u);
  EXPECT_TRUE(out.messages.empty());
}

// The follower's log ends before: "it should set nextIndex = conflictIndex".
TEST(Backtracking, GoesToTheEndOfALogThatIsTooShort) {
  Server s = leader({.term = 3, .log = {1, 1, 1, 2, 2, 2}});
  s.receive(kS2, refused({.asked_in = 3, .prev = 6, .conflict_index = 2}));
  EXPECT_EQ(s.next(kS2), 2u);
}

// "If it finds an entry in its log with that term, it should set nextIndex to be the one beyond the
// index of the last entry in that term in its log."
TEST(Backtracking, GoesBeyondTheLastOwnEntryOfTheConflictingTerm) {
  Server s = leader({.term = 6, .log = {1, 2, 2, 4, 4, 4}});
  s.receive(kS2, refused({.asked_in = 6, .prev = 6, .conflict_index = 2, .conflict_term = 2}));
  EXPECT_EQ(s.next(kS2), 4u);
}

// "If it does not find an entry with that term, it should set nextIndex = conflictIndex."
TEST(Backtracking, SkipsATermThatTheLeaderDoesNotHave) {
  Server s = leader({.term = 6, .log = {1, 2, 2, 4, 4, 4}});
  s.receive(kS2, refused({.asked_in = 6, .prev = 6, .conflict_index = 3, .conflict_term = 3}));
  EXPECT_EQ(s.next(kS2), 3u);
}

TEST(Backtracking, AlwaysGoesBack) {
  Server s = leader({.term = 6, .log = {1, 2, 2, 2}});
  s.receive(kS2, refused({.asked_in = 6, .prev = 4, .conflict_index = 99}));
  EXPECT_EQ(s.next(kS2), 4u);
  s.receive(kS2, refused({.asked_in = 6, .prev = 3, .conflict_index = 1, .conflict_term = 2}));
  EXPECT_EQ(s.next(kS2), 3u);
}

TEST(Reply, OfAnOldTermIsIgnored) {
  Server s = leader({.term = 3, .log = {1, 1}});
  const std::string before = s.state();
  for (const AppendEntriesReply& reply :
       {accepted({.asked_in = 2, .prev = 1, .match = 2}), accepted({.asked_in = 2, .match = 9}),
        refused({.asked_in = 2, .prev = 2, .conflict_index = 1}),
        accepted({.asked_in = 2, .prev = 2, .match = 2, .term = 3})}) {
    const Output out = s.receive(kS2, reply);
    EXPECT_EQ(s.state(), before);
    EXPECT_TRUE(out.messages.empty());
    EXPECT_EQ(out.refused, nullptr);
  }
}

// A leadership of the same server, but another one: what was asked in term 2 says nothing in term
// 4, though its sender has come to term 4 since.
TEST(Reply, ToAnEarlierLeadershipIsIgnored) {
  Server s = leader({.term = 2, .log = {1}});
  const AppendEntries first = s.last_append(kS2);
  s.propose({"a"});
  s.receive(kS3, append({.term = 3, .prev = {1, 1}, .entries = {3, 3}}));
  s.wake();
  s.receive(kS3, vote(4));
  ASSERT_EQ(s.role(), Role::leader);
  const std::string before = s.state();
  AppendEntriesReply success = accepted(first);
  success.term = Term{4};
  success.match_index = Index{2};
  AppendEntriesReply refusal = refused({.asked_in = 2, .prev = 3, .conflict_index = 1, .term = 4});
  InstallSnapshotReply snapshot = installed(chunk({.term = 2, .last = {2, 2}}));
  snapshot.term = Term{4};
  for (const Message& reply : {Message{success}, Message{refusal}, Message{snapshot}}) {
    EXPECT_TRUE(s.receive(kS2, reply).messages.empty());
    EXPECT_EQ(s.state(), before) << name_of(reply);
  }
}

TEST(Reply, OfAServerThatIsNoMemberIsIgnored) {
  Server s = leader({.term = 2, .log = {1}});
  EXPECT_TRUE(s.receive(kS5, accepted({.asked_in = 2, .match = 1})).messages.empty());
  EXPECT_TRUE(s.receive(kS5, installed(chunk({.term = 2, .last = {1, 1}}))).messages.empty());
}

TEST(Reply, ToAServerThatLeadsNoMoreIsIgnored) {
  Server s = leader({.term = 2, .log = {1, 1}});
  s.receive(kS3, append({.term = 3, .prev = {2, 1}}));
  const std::string before = s.state();
  EXPECT_TRUE(s.receive(kS2, accepted({.asked_in = 2, .prev = 2, .match = 2})).messages.empty());
  EXPECT_TRUE(
      s.receive(kS2, refused({.asked_in = 3, .prev = 2, .conflict_index = 1})).messages.empty());
  EXPECT_EQ(s.state(), before);
}

TEST(Commit, NeedsAMajority) {
  Server s = leader({.term = 1, .members = 5});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 0u);
  const Output out = s.receive(kS3, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 1u);
  EXPECT_EQ(out.apply.last, Index{1});
  EXPECT_EQ(noted<CommitAdvanced>(out).at(0).match.size(), 5u);
}

TEST(Commit, OfAnEvenClusterNeedsMoreThanHalf) {
  Server s = leader({.term = 1, .members = 4});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 0u);
  s.receive(kS3, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 1u);
}

TEST(Commit, IsWhatAMajorityHasNotWhatSomeoneHas) {
  Server s = leader({.term = 1, .members = 5});
  s.propose({"a", "b", "c", "d"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 3}));
  s.receive(kS3, accepted({.asked_in = 1, .match = 2}));
  EXPECT_EQ(s.commit(), 2u);
}

TEST(Commit, ADuplicateAcknowledgementCountsOnce) {
  Server s = leader({.term = 1, .members = 5});
  s.propose({"a"});
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(s.commit(), 0u);
}

// "Raft never commits log entries from previous terms by counting replicas. Only log entries from
// the leader's current term are committed by counting replicas" (section 5.4.2).
TEST(Commit, OnlyOfTheOwnTermByCounting) {
  Server s = leader({.term = 3, .log = {1, 2}});
  s.receive(kS2, accepted({.asked_in = 3, .prev = 2, .match = 2}));
  s.receive(kS3, accepted({.asked_in = 3, .prev = 2, .match = 2}));
  EXPECT_EQ(s.commit(), 0u);
}

TEST(Commit, OfTheOwnTermCommitsAllBeforeIt) {
  Server s = leader({.term = 3, .log = {1, 2}});
  s.propose({"a"});
  const Output out = s.receive(kS2, accepted({.asked_in = 3, .prev = 2, .match = 3}));
  EXPECT_EQ(s.commit(), 3u);
  EXPECT_EQ(out.apply.first, Index{1});
  EXPECT_EQ(out.apply.last, Index{3});
}

}  // namespace
}  // namespace raft::test
