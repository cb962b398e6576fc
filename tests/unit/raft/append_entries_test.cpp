// SPDX-License-Identifier: Apache-2.0
// Figure 2, box "AppendEntries RPC": receiver implementation (section 5.3).
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(Append, OfAnOldTermIsRefused) {
  Server s({.term = 3, .log = {1, 1}});
  const auto reply = only<AppendEntriesReply>(
      s.receive(kS2, append({.term = 2, .prev = {2, 1}, .entries = {2}, .commit = 2})));
  EXPECT_FALSE(reply.success);
  EXPECT_EQ(reply.term, Term{3});
  EXPECT_EQ(reply.asked_in, Term{2});
}

TEST(Append, PrevLogIndexPastTheEndIsRefused) {
  Server s({.term = 2, .log = {1, 1}});
  const Output out = s.receive(kS2, append({.term = 2, .prev = {3, 1}, .entries = {2}}));
  EXPECT_FALSE(only<AppendEntriesReply>(out).success);
}

TEST(Append, PrevLogTermThatDoesNotMatchIsRefused) {
  Server s({.term = 3, .log = {1, 1}});
  const Output out = s.receive(kS2, append({.term = 3, .prev = {2, 2}, .entries = {3}}));
  EXPECT_FALSE(only<AppendEntriesReply>(out).success);
}

TEST(Append, PrevLogTermThatMatchesIsAccepted) {
  Server s({.term = 3, .log = {1, 2, 3}});
  const Output out = s.receive(kS2, append({.term = 3, .prev = {2, 2}, .entries = {3, 3}}));
  EXPECT_TRUE(only<AppendEntriesReply>(out).success);
  EXPECT_EQ(s.log(), (Terms{1, 2, 3, 3}));
}

TEST(Append, FromTheVeryStartNeedsNoPreviousEntry) {
  Server s({.term = 1});
  EXPECT_TRUE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 1, .entries = {1}}))).success);
  EXPECT_EQ(s.log(), Terms{1});
}

// "If a step says 'reply false', you should reply immediately, and not perform any of the
// subsequent steps" (students' guide).
TEST(Append, AReplyOfFalseMeansThatNothingElseIsDone) {
  for (const Append& request : {
           Append{.term = 2, .prev = {1, 1}, .entries = {2, 2, 2}, .commit = 3},  // old term
           Append{.term = 3, .prev = {4, 1}, .entries = {3}, .commit = 3},        // past the end
           Append{.term = 3, .prev = {3, 2}, .entries = {3}, .commit = 3},        // other term
       }) {
    Server s({.term = 3, .log = {1, 1, 1}});
    const Output out = s.receive(kS2, append(request));
    EXPECT_FALSE(only<AppendEntriesReply>(out).success);
    EXPECT_EQ(s.log(), (Terms{1, 1, 1}));
    EXPECT_EQ(s.commit(), 0u);
    EXPECT_FALSE(out.write);
    EXPECT_TRUE(out.apply.empty());
    EXPECT_EQ(noted<AppendRejected>(out).size(), 1u);
  }
}

// "Check 2 should be executed even if the leader didn't send any entries" (students' guide).
TEST(Append, AHeartbeatIsCheckedLikeAnyOther) {
  Server s({.term = 3, .log = {1, 1}});
  EXPECT_FALSE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 2, .prev = {2, 1}}))).success);
  EXPECT_FALSE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 3, .prev = {3, 1}}))).success);
  EXPECT_FALSE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 3, .prev = {2, 2}}))).success);
  EXPECT_TRUE(
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 3, .prev = {2, 1}}))).success);
}

TEST(Append, AConflictingEntryIsDeletedWithAllThatFollowIt) {
  Server s({.term = 4, .log = {1, 2, 2, 3}});
  const Output out = s.receive(kS2, append({.term = 4, .prev = {1, 1}, .entries = {4}}));
  EXPECT_EQ(s.log(), (Terms{1, 4}));
  ASSERT_EQ(noted<LogTruncated>(out).size(), 1u);
  EXPECT_EQ(noted<LogTruncated>(out)[0].first, Index{2});
  EXPECT_EQ(noted<LogTruncated>(out)[0].last, Index{4});
}

TEST(Append, EntriesThatAgreeBeforeTheConflictAreKept) {
  Server s({.term = 4, .log = {1, 2, 2, 3}});
  const Output out = s.receive(kS2, append({.term = 4, .prev = {1, 1}, .entries = {2, 2, 4, 4}}));
  EXPECT_EQ(s.log(), (Terms{1, 2, 2, 4, 4}));
  EXPECT_EQ(noted<LogTruncated>(out).at(0).first, Index{4});
  EXPECT_EQ(noted<EntriesAppended>(out).at(0).first, Index{4});
  EXPECT_EQ(noted<EntriesAppended>(out).at(0).last, Index{5});
}

// "If the follower has all the entries the leader sent, the follower MUST NOT truncate its log"
// (students' guide): the message may be an old one.
TEST(Append, DoesNotTruncateWithoutAConflict) {
  Server s({.term = 2, .log = {1, 1, 2, 2}});
  const Output out = s.receive(kS2, append({.term = 2, .prev = {1, 1}, .entries = {1, 2}}));
  EXPECT_EQ(s.log(), (Terms{1, 1, 2, 2}));
  EXPECT_TRUE(noted<LogTruncated>(out).empty());
}

TEST(Append, AHeartbeatDoesNotTruncate) {
  Server s({.term = 2, .log = {1, 1, 2}});
  s.receive(kS2, append({.term = 2, .prev = {1, 1}}));
  EXPECT_EQ(s.log(), (Terms{1, 1, 2}));
}

TEST(Append, ADuplicateChangesNothing) {
  Server s({.term = 2, .log = {1}});
  const AppendEntries request = append({.term = 2, .prev = {1, 1}, .entries = {2, 2}, .commit = 2});
  s.receive(kS2, request);
  const std::string before = s.state();
  const Output out = s.receive(kS2, request);
  EXPECT_EQ(s.state(), before);
  EXPECT_FALSE(out.write);
  EXPECT_TRUE(out.transitions.empty());
  EXPECT_EQ(only<AppendEntriesReply>(out).match_index, Index{3});
}

TEST(Append, EntriesThatArePartlyKnownAreCompleted) {
  Server s({.term = 2, .log = {1, 2}});
  s.receive(kS2, append({.term = 2, .entries = {1, 2, 2, 2}}));
  EXPECT_EQ(s.log(), (Terms{1, 2, 2, 2}));
  EXPECT_EQ(commands_of(s->log()), (std::vector<std::string>{"1.1", "2.2", "2.3", "2.4"}));
}

// "The guide: you may have entries in your log that differ from the leader's log after the entries
// that the leader sent you."
TEST(Append, AcknowledgesWhatWasSentAndNoMore) {
  Server s({.term = 4, .log = {1, 1, 3, 3}});
  const auto heartbeat =
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 4, .prev = {1, 1}})));
  EXPECT_EQ(heartbeat.match_index, Index{1});
  EXPECT_EQ(heartbeat.prev_log_index, Index{1});
  EXPECT_EQ(heartbeat.asked_in, Term{4});
  const auto entry =
      only<AppendEntriesReply>(s.receive(kS2, append({.term = 4, .prev = {1, 1}, .entries = {1}})));
  EXPECT_EQ(entry.match_index, Index{2});
}

TEST(Commit, IsTheLeadersWhereTheEntriesReachFurther) {
  Server s({.term = 1});
  s.receive(kS2, append({.term = 1, .entries = {1, 1, 1}, .commit = 2}));
  EXPECT_EQ(s.commit(), 2u);
}

TEST(Commit, IsTheMinimumWithTheLastNewEntry) {
  Server s({.term = 4, .log = {1, 1, 3, 3}});
  const Output out =
      s.receive(kS2, append({.term = 4, .prev = {1, 1}, .entries = {1}, .commit = 4}));
  EXPECT_EQ(s.commit(), 2u);
  EXPECT_EQ(out.apply.last, Index{2});
}

TEST(Commit, OfAHeartbeatIsTheMinimumWithItsPreviousEntry) {
  Server s({.term = 4, .log = {1, 1, 3, 3}});
  s.receive(kS2, append({.term = 4, .prev = {2, 1}, .commit = 4}));
  EXPECT_EQ(s.commit(), 2u);
}

TEST(Commit, NeverGoesBack) {
  Server s({.term = 1, .log = {1, 1, 1}});
  s.receive(kS2, append({.term = 1, .prev = {3, 1}, .commit = 3}));
  const Output out = s.receive(kS2, append({.term = 1, .prev = {1, 1}, .commit = 1}));
  EXPECT_EQ(s.commit(), 3u);
  EXPECT_TRUE(noted<CommitAdvanced>(out).empty());
  s.receive(kS2, append({.term = 1, .prev = {1, 1}, .commit = 3}));
  EXPECT_EQ(s.commit(), 3u);
}

// "If the follower does not have prevLogIndex in its log, it should return with conflictIndex =
// len(log) and conflictTerm = None" (students' guide, whose log starts with a dummy entry).
TEST(Backtracking, ALogThatIsTooShortNamesItsEnd) {
  Server s({.term = 4, .log = {1, 1}});
  const auto reply = only<AppendEntriesReply>(s.receive(kS2, append({.term = 4, .prev = {7, 3}})));
  EXPECT_EQ(reply.conflict_index, Index{3});
  EXPECT_EQ(reply.conflict_term, Term{});
  EXPECT_EQ(reply.prev_log_index, Index{7});
}

// "... return conflictTerm = log[prevLogIndex].Term, and then search its log for the first index
// whose entry has term equal to conflictTerm" (students' guide).
TEST(Backtracking, AMismatchNamesTheTermAndItsFirstIndex) {
  Server s({.term = 5, .log = {1, 2, 2, 2, 3}});
  const auto reply = only<AppendEntriesReply>(s.receive(kS2, append({.term = 5, .prev = {4, 4}})));
  EXPECT_EQ(reply.conflict_term, Term{2});
  EXPECT_EQ(reply.conflict_index, Index{2});
}

TEST(Backtracking, ARefusalForAnOldTermNamesNoConflict) {
  Server s({.term = 5, .log = {1}});
  const auto reply = only<AppendEntriesReply>(s.receive(kS2, append({.term = 4, .prev = {4, 4}})));
  EXPECT_EQ(reply.conflict_term, Term{});
  EXPECT_EQ(reply.conflict_index, Index{});
}

}  // namespace
}  // namespace raft::test
