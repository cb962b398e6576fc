// SPDX-License-Identifier: Apache-2.0
// Messages that no correct server sends are refused, and change nothing: not even the term.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

void expect_refused(Server s, NodeId from, const Message& message) {
  s.pass(Duration{1000});
  s.tick();
  const std::string before = s.state();
  const Output out = s.receive(from, message);
  EXPECT_NE(out.refused, nullptr);
  EXPECT_EQ(s.state(), before);
  EXPECT_TRUE(out.messages.empty());
  EXPECT_TRUE(out.transitions.empty());
  EXPECT_FALSE(out.write);
}

TEST(Impossible, AMessageFromNobody) {
  expect_refused(Server({.term = 1}), NodeId{}, append({.term = 2}));
}

// "servers process incoming RPC requests without consulting their current configurations"
// (dissertation, 4.1): the sender may be a member of one that is not here yet.
TEST(Impossible, IsNotARequestOfAServerThatIsNoMember) {
  Server s({.term = 1});
  EXPECT_TRUE(only<RequestVoteReply>(s.receive(NodeId{9}, ask(2, {0, 0}))).vote_granted);
  EXPECT_TRUE(only<AppendEntriesReply>(s.receive(NodeId{9}, append({.term = 3}))).success);
}

TEST(Impossible, AMessageFromItself) {
  expect_refused(Server({.term = 1}), kS1, append({.term = 2}));
  expect_refused(candidate({.term = 1}), kS1, vote(1));
}

TEST(Impossible, ARequestOfTermZero) {
  expect_refused(Server({}), kS2, append({.term = 0}));
  expect_refused(Server({}), kS2, ask(0, {0, 0}));
}

TEST(Impossible, ASecondLeaderInOneTerm) {
  expect_refused(leader({.term = 2}), kS2, append({.term = 2}));
  Server s({.term = 2});
  s.receive(kS2, append({.term = 2}));
  expect_refused(s, kS3, append({.term = 2, .entries = {2}}));
}

TEST(Impossible, EntriesWhoseTermsDecrease) {
  expect_refused(Server({.term = 3}), kS2, append({.term = 3, .entries = {2, 1}}));
  expect_refused(Server({.term = 3, .log = {2}}), kS2,
                 append({.term = 3, .prev = {1, 2}, .entries = {1}}));
  expect_refused(Server({.term = 3, .log = {2}}), kS2,
                 append({.term = 5, .prev = {1, 2}, .entries = {1}}));
}

TEST(Impossible, EntriesOfATermAboveTheLeaders) {
  expect_refused(Server({.term = 3}), kS2, append({.term = 3, .entries = {4}}));
  expect_refused(Server({.term = 3}), kS2, append({.term = 4, .prev = {1, 5}}));
}

TEST(Impossible, EntriesOfTermZero) {
  expect_refused(Server({.term = 3}), kS2, append({.term = 3, .entries = {0, 1}}));
  expect_refused(Server({.term = 3}), kS2, append({.term = 4, .prev = {1, 0}}));
  expect_refused(Server({.term = 3}), kS2, append({.term = 4, .prev = {0, 1}}));
}

TEST(Impossible, AConflictWithACommittedEntry) {
  Server s({.term = 3, .log = {1, 2, 2, 2}});
  s.receive(kS2, append({.term = 3, .prev = {3, 2}, .commit = 3}));
  ASSERT_EQ(s.commit(), 3u);
  expect_refused(s, kS2, append({.term = 3, .prev = {1, 1}, .entries = {3}}));
  expect_refused(s, kS3, append({.term = 4, .prev = {1, 1}, .entries = {2, 4}}));
  expect_refused(s, kS3, append({.term = 4, .prev = {3, 3}, .entries = {4}}));
}

// The entries of a leader that was deposed before it heard of what is committed may conflict.
TEST(Impossible, IsNotAnOldLeadersConflictWithACommittedEntry) {
  Server s({.term = 3, .log = {1, 3}});
  s.receive(kS2, append({.term = 3, .prev = {2, 3}, .commit = 2}));
  const Output out = s.receive(kS3, append({.term = 2, .prev = {1, 1}, .entries = {2}}));
  EXPECT_EQ(out.refused, nullptr);
  EXPECT_FALSE(only<AppendEntriesReply>(out).success);
}

TEST(Impossible, ACandidateWhoseLastEntryIsNotOfAnEarlierTerm) {
  expect_refused(Server({.term = 2}), kS2, ask(3, {1, 3}));
  expect_refused(Server({.term = 2}), kS2, ask(3, {1, 4}));
  expect_refused(Server({.term = 2}), kS2, ask(3, {1, 0}));
  expect_refused(Server({.term = 2}), kS2, ask(3, {0, 2}));
}

TEST(Impossible, AnAcknowledgementOfWhatWasNotSent) {
  expect_refused(leader({.term = 2, .log = {1}}), kS2,
                 accepted({.asked_in = 2, .prev = 1, .match = 2}));
}

TEST(Impossible, ARefusalThatFitsNothing) {
  expect_refused(leader({.term = 2, .log = {1}}), kS2, refused({.asked_in = 2, .prev = 1}));
  Server s = leader({.term = 2, .log = {1}});
  s.receive(kS2, accepted({.asked_in = 2, .prev = 1, .match = 1}));
  expect_refused(s, kS2, refused({.asked_in = 2, .prev = 9, .conflict_index = 1}));
}

TEST(Impossible, AnEntryThatIsNotOfItsKind) {
  const std::vector<Entry> wrong = {
      {Term{3}, EntryKind::command, nullptr},
      {Term{3}, EntryKind::noop, command_of("")},
      {Term{3}, EntryKind::configuration, nullptr},
      {Term{3}, EntryKind::configuration, command_of("voters=")},
      {Term{3}, EntryKind{9}, command_of("a")},
  };
  for (const Entry& entry : wrong)
    expect_refused(Server({.term = 3}), kS2, append({.term = 3}, {entry}));
}

TEST(Impossible, ATermBeyondAllTerms) {
  const Term beyond{kMostTermOrIndex + 1};
  RequestVote vote_request = ask(3, {0, 0});
  vote_request.term = beyond;
  expect_refused(Server({.term = 3}), kS2, vote_request);
  expect_refused(Server({.term = 3}), kS2, denial(3, beyond.value));
  expect_refused(Server({.term = 3}), kS2, append({.term = beyond.value}));
  expect_refused(Server({.term = 3}), kS2, refused({.asked_in = 3, .term = beyond.value}));
  expect_refused(Server({.term = 3}), kS2, TimeoutNow{beyond});
  expect_refused(Server({.term = 3}), kS2, ReadIndex{beyond, ReadId{1}});
  Server s({.term = 3});
  EXPECT_EQ(s.receive(kS2, append({.term = kMostTermOrIndex})).refused, nullptr);
}

TEST(Impossible, AReplyOfATermBeforeItsRequests) {
  AppendEntriesReply append_reply = accepted({.asked_in = 4});
  append_reply.term = Term{3};
  expect_refused(Server({.term = 3}), kS2, append_reply);
  InstallSnapshotReply snapshot_reply = installed(chunk({.term = 4, .last = {1, 1}}));
  snapshot_reply.term = Term{3};
  expect_refused(Server({.term = 3}), kS2, snapshot_reply);
  expect_refused(Server({.term = 3}), kS2, ReadIndexReply{Term{3}, Term{4}, ReadId{1}, true, {}});
  expect_refused(Server({.term = 3}), kS2, RequestVoteReply{Term{3}, Term{4}, true});
}

// It may have denied a request of a newer term for the leader's sake, and kept its own; a pre-vote
// is always of a later term.
TEST(Impossible, IsNotADenialOrAPreVoteOfATermBeforeItsRequests) {
  Server s({.term = 3});
  EXPECT_EQ(s.receive(kS2, RequestVoteReply{Term{3}, Term{4}, false}).refused, nullptr);
  EXPECT_EQ(s.receive(kS2, pre_vote(4, 3)).refused, nullptr);
}

TEST(Impossible, AnAnswerToARoundThatHasNotBegun) {
  Server s = leader({.term = 2, .log = {1}});
  AppendEntriesReply of_append = accepted(s.last_append(kS2));
  ++of_append.round;
  expect_refused(s, kS2, of_append);
  of_append.round = s.last_append(kS2).round;
  EXPECT_EQ(s.receive(kS2, of_append).refused, nullptr);
  InstallSnapshotReply of_chunk = wants(chunk({.term = 2, .last = {1, 1}}), 0);
  of_chunk.round = of_append.round.next();
  expect_refused(s, kS2, of_chunk);
}

TEST(Impossible, AnAcknowledgementOfASnapshotThatWasNotSent) {
  expect_refused(leader({.term = 2, .log = {1}}), kS2,
                 installed(chunk({.term = 2, .last = {2, 1}})));
}

TEST(Impossible, AChunkThatNoSnapshotHas) {
  const Chunk fine{.term = 3, .last = {5, 2}, .data = "abc", .offset = 4, .size = 8};
  const std::vector<void (*)(InstallSnapshot&)> wrong = {
      [](InstallSnapshot& c) { c.data = nullptr; },
      [](InstallSnapshot& c) { c.term = c.last_included_term = Term{}; },
      [](InstallSnapshot& c) { c.last_included_index = Index{}; },
      [](InstallSnapshot& c) { c.last_included_index = Index{kMostTermOrIndex + 1}; },
      [](InstallSnapshot& c) { c.last_included_term = Term{}; },
      [](InstallSnapshot& c) { c.last_included_term = Term{4}; },
      [](InstallSnapshot& c) { c.configuration.voters.clear(); },
      [](InstallSnapshot& c) {
        c.configuration.learners = {kS5, kS4};
      },
      [](InstallSnapshot& c) { c.size = 21; },
      [](InstallSnapshot& c) { c.offset = 9; },
      [](InstallSnapshot& c) { c.offset = 6; },
      [](InstallSnapshot& c) { c.offset = ~std::uint64_t{}; },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    SCOPED_TRACE(i);
    InstallSnapshot request = chunk(fine);
    wrong[i](request);
    expect_refused(Server({.term = 3, .settings = {.max_snapshot_bytes = 20}}), kS2, request);
  }
}

TEST(Impossible, IsNotAChunkAtTheEdge) {
  const std::vector<void (*)(InstallSnapshot&)> right = {
      [](InstallSnapshot&) {},
      [](InstallSnapshot& c) { c.last_included_term = Term{3}; },
      [](InstallSnapshot& c) { c.last_included_index = Index{kMostTermOrIndex}; },
      [](InstallSnapshot& c) { c.size = 20; },
      [](InstallSnapshot& c) { c.offset = 5; },
      [](InstallSnapshot& c) {
        c.offset = 8;
        c.data = command_of("");
      },
  };
  for (std::size_t i = 0; i < right.size(); ++i) {
    Server s({.term = 3, .settings = {.max_snapshot_bytes = 20}});
    InstallSnapshot request =
        chunk({.term = 3, .last = {5, 2}, .data = "abc", .offset = 4, .size = 8});
    right[i](request);
    EXPECT_EQ(s.receive(kS2, request).refused, nullptr) << i;
  }
}

TEST(Impossible, ASnapshotOfASecondLeader) {
  Server s({.term = 3});
  s.receive(kS2, append({.term = 3}));
  expect_refused(s, kS3, chunk({.term = 3, .last = {5, 2}, .data = "abc"}));
  expect_refused(leader({.term = 3}), kS2, chunk({.term = 3, .last = {5, 2}, .data = "abc"}));
}

TEST(Impossible, ASnapshotThatConflictsWithACommittedEntry) {
  Server s({.term = 3, .log = {1, 2}, .base = {5, 1}, .snapshot = {5, 1}});
  s.receive(kS2, append({.term = 3, .prev = {6, 1}, .commit = 6}));
  expect_refused(s, kS2, chunk({.term = 3, .last = {6, 2}, .data = "abc"}));
  expect_refused(s, kS2, chunk({.term = 3, .last = {5, 2}, .data = "abc"}));
  EXPECT_EQ(s.receive(kS2, chunk({.term = 3, .last = {4, 1}, .data = "abc"})).refused, nullptr)
      << "what was compacted away can't be compared";
  EXPECT_EQ(s.receive(kS2, chunk({.term = 2, .last = {6, 2}, .data = "abc"})).refused, nullptr)
      << "of an old term, which may not know what has been committed since";
}

TEST(Impossible, ASnapshotOfAnEarlierTermThanACommittedEntryBeforeIt) {
  Server s({.term = 4, .log = {3, 3}, .base = {5, 2}, .snapshot = {5, 2}});
  s.receive(kS2, append({.term = 4, .prev = {6, 3}, .commit = 6}));
  expect_refused(s, kS2, chunk({.term = 4, .last = {7, 2}, .data = "abc"}));
  expect_refused(s, kS2, chunk({.term = 4, .last = {9, 2}, .data = "abc"}));
  EXPECT_EQ(s.receive(kS2, chunk({.term = 4, .last = {9, 3}, .data = "abc"})).refused, nullptr);
}

TEST(Impossible, AConflictWithTheBase) {
  Server s({.term = 3, .log = {2}, .base = {5, 2}, .snapshot = {5, 2}});
  expect_refused(s, kS2, append({.term = 3, .prev = {5, 1}, .entries = {2}}));
  expect_refused(s, kS2, append({.term = 3, .prev = {4, 1}, .entries = {3}}));
}

TEST(Impossible, ATimeoutNowOfNoLeader) {
  expect_refused(Server({}), kS2, TimeoutNow{});
  Server s({.term = 3});
  s.receive(kS2, append({.term = 3}));
  expect_refused(s, kS3, TimeoutNow{Term{3}});
  expect_refused(leader({.term = 3}), kS3, TimeoutNow{Term{3}});
}

TEST(Impossible, AQuestionForAReadBeforeTheFirstElection) {
  expect_refused(Server({}), kS2, ReadIndex{Term{}, ReadId{1}});
}

}  // namespace
}  // namespace raft::test
