// SPDX-License-Identifier: Apache-2.0
// Terms, roles and votes: what each guard lets through, and what it stops.
#include "tests/unit/orchestrator/conformance/trace.h"

namespace verify::spec {
namespace {

TEST(Elections, ATimeoutIsOfWhoDoesNotLead) {
  EXPECT_ACCEPTED(Trace().leads(1));
  EXPECT_ACCEPTED(Trace(extended()).leads(1).persists());
  EXPECT_REFUSED(Trace().leads(1).timer().tell(TimedOut{}), "a leader has no election timer");
  EXPECT_REFUSED(Trace().request().tell(TimedOut{}), "no time passed");
  EXPECT_REFUSED(Trace(figure2(), voters({2, 3})).timer().tell(TimedOut{}), "it is no voter");
}

TEST(Elections, ATimeoutIsNotSoonAfterALeaderWasHeardAVoteGivenOrAnElectionBegun) {
  const auto times_out = [](Trace trace, unsigned milliseconds) {
    return trace.after(milliseconds).on(TimerCause{}).tell(TimedOut{});
  };
  const Trace hears = Trace().after(1000).follows(1);
  EXPECT_ACCEPTED(times_out(hears, 150));
  EXPECT_REFUSED(times_out(hears, 149), "no election timeout has elapsed");
  const Trace votes = Trace().after(1000).from(2, vote_request(1, 0, 0)).enters(1).votes(2, 1);
  EXPECT_ACCEPTED(times_out(votes, 150));
  EXPECT_REFUSED(times_out(votes, 149), "no election timeout has elapsed");
  const Trace asks =
      Trace(extended()).timer().tell(TimedOut{}).becomes(kPreCandidate, "election_timeout");
  EXPECT_ACCEPTED(times_out(asks, 150));
  EXPECT_REFUSED(times_out(asks, 149), "no election timeout has elapsed");
}

TEST(Elections, ATimeoutIsFollowedByAnElection) {
  EXPECT_REFUSED(Trace().timer().tell(TimedOut{}).persists(), "it started no election");
  EXPECT_REFUSED(Trace().timer().tell(TimedOut{}).enters(1).votes(1, 1),
                 "did not become a candidate");
  EXPECT_REFUSED(
      Trace().timer().tell(TimedOut{}).enters(1).becomes(kCandidate, "election_timeout").persists(),
      "did not vote for itself");
  EXPECT_REFUSED(Trace(extended()).timer().tell(TimedOut{}).enters(1), "it started no election");
}

TEST(Elections, ATermIsTheNextOneOrThatOfAMessage) {
  EXPECT_ACCEPTED(Trace().follows(7));
  EXPECT_REFUSED(Trace().timer().tell(TimedOut{}).enters(2), "the new term is not the next one");
  EXPECT_REFUSED(Trace().timer().enters(1), "its election timer has not run out");
  EXPECT_REFUSED(Trace().follows(7).request().enters(3),
                 "it does not go from its term to a later one");
  EXPECT_REFUSED(Trace().leads(1).request().enters(2), "a leader stands for no election");
}

TEST(Elections, APreVoteStartsNoTerm) {
  EXPECT_REFUSED(Trace(extended()).from(3, pre_vote_request(5, 0, 0)).enters(5),
                 "a pre-vote names a term that has not begun");
  EXPECT_REFUSED(Trace(extended()).request().enters(1), "nobody told it that it would be elected");
  EXPECT_REFUSED(Trace(extended())
                     .timer()
                     .tell(TimedOut{})
                     .becomes(kPreCandidate, "election_timeout")
                     .from(2, pre_vote(0, 3))
                     .enters(1),
                 "the vote is of another election");
  EXPECT_REFUSED(Trace(extended())
                     .timer()
                     .tell(TimedOut{})
                     .becomes(kPreCandidate, "election_timeout")
                     .from(2, pre_vote(0, 1))
                     .enters(1)
                     .becomes(kCandidate, "votes", {2}),
                 "no quorum");
}

TEST(Elections, ANewerTermMakesAFollower) {
  EXPECT_ACCEPTED(Trace().leads(1).follows(2));
  Trace stays;
  stays.leads(1).from(2, vote_request(2, 0, 0)).enters(2).votes(2, 2);
  EXPECT_REFUSED(stays, "did not become a follower");
  EXPECT_REFUSED(Trace().from(2, vote_request(2, 0, 0)).votes(2, 2), "newer term");
}

TEST(Elections, ACandidateFollowsTheLeaderOfItsTerm) {
  const auto stands = [] {
    return Trace()
        .timer()
        .tell(TimedOut{})
        .enters(1)
        .becomes(kCandidate, "election_timeout")
        .votes(1, 1);
  };
  Trace follows = stands();
  follows.from(2, follows.append_entries(1)).becomes(kFollower, "current_leader").appends({1});
  EXPECT_ACCEPTED(follows);
  Trace stays = stands();
  stays.from(2, stays.append_entries(1)).appends({1});
  EXPECT_REFUSED(stays, "it does not follow");
  Trace nobody = stands();
  EXPECT_REFUSED(nobody.timer().becomes(kFollower, "current_leader"), "no message of this term's");
  EXPECT_REFUSED(stands().timer().becomes(kFollower, "quorum_silent"), "it does not lead");
  EXPECT_REFUSED(stands().request().becomes(kFollower, "newer_term"), "no newer term came");
  EXPECT_REFUSED(stands().request().becomes(kFollower, "because"), "nothing makes it a follower");
}

TEST(Elections, ALeaderStepsDownWhereItsQuorumIsSilent) {
  EXPECT_ACCEPTED(Trace(extended()).leads(1).timer().becomes(kFollower, "quorum_silent"));
  EXPECT_REFUSED(Trace().leads(1).timer().becomes(kFollower, "quorum_silent"),
                 "does not look after its quorum");
}

TEST(Elections, ALeaderHasTheVotesOfAQuorum) {
  const auto stands = [] {
    return Trace()
        .timer()
        .tell(TimedOut{})
        .enters(1)
        .becomes(kCandidate, "election_timeout")
        .votes(1, 1);
  };
  EXPECT_REFUSED(stands().from(2, vote(1)).becomes(kLeader, "votes", {2}), "no quorum");
  EXPECT_REFUSED(stands().from(2, vote(1)).becomes(kLeader, "votes", {1, 2}), "is not durable");
  EXPECT_REFUSED(stands().from(4, vote(1)).becomes(kLeader, "votes", {2, 3, 4}), "no voter");
  EXPECT_REFUSED(stands().from(3, vote(1)).becomes(kLeader, "votes", {1, 2}),
                 "without the one that came");
  EXPECT_REFUSED(stands().persists().becomes(kLeader, "votes", {2, 3}), "its own is not among");
  EXPECT_REFUSED(stands().timer().becomes(kLeader, "votes", {2, 3}), "no vote came");
  EXPECT_REFUSED(stands().from(2, pre_vote(1, 2)).becomes(kLeader, "votes", {2, 3}),
                 "no vote came");
  EXPECT_REFUSED(Trace().from(2, vote(0)).becomes(kLeader, "votes", {2, 3}), "did not stand");
}

TEST(Elections, AVoteCountsInItsOwnElectionOnly) {
  Trace late;
  late.timer().tell(TimedOut{}).enters(1).becomes(kCandidate, "election_timeout").votes(1, 1);
  late.timer().tell(TimedOut{}).enters(2).becomes(kCandidate, "election_timeout").votes(1, 2);
  late.persists();
  const RequestVoteReply old{{2}, {1}, true, false};
  EXPECT_REFUSED(late.from(2, old).becomes(kLeader, "votes", {1, 2}), "of another election");
}

TEST(Elections, ALeaderBeginsWithItsNoOp) {
  Trace silent(extended());
  silent.timer().tell(TimedOut{}).becomes(kPreCandidate, "election_timeout");
  silent.from(2, pre_vote(0, 1)).enters(1).becomes(kCandidate, "votes", {1, 2}).votes(1, 1);
  silent.persists().from(2, vote(1)).becomes(kLeader, "votes", {1, 2}).request();
  EXPECT_REFUSED(silent.appends({1}), "did not append its no-op");
}

TEST(Elections, TheTargetOfATransferStandsAtItsLeadersWord) {
  EXPECT_ACCEPTED(Trace()
                      .follows(1)
                      .from(2, TimeoutNow{{1}})
                      .enters(2)
                      .becomes(kCandidate, "transfer")
                      .votes(1, 2));
  EXPECT_REFUSED(Trace().follows(2).from(2, TimeoutNow{{1}}).enters(3), "of an older term");
  EXPECT_REFUSED(Trace().timer().tell(TimedOut{}).enters(1).becomes(kCandidate, "transfer"),
                 "its leader did not ask");
}

TEST(Elections, ARoleIsLeftByWhoHasIt) {
  EXPECT_REFUSED(Trace().timer().tell(RoleChanged{kLeader, "votes", {}, {}, {}, 0}),
                 "a role that it does not have");
  EXPECT_REFUSED(Trace().timer().tell(RoleChanged{kFollower, "votes", {}, {7}, {}, 0}),
                 "its log ends otherwise");
}

TEST(Votes, GoToOneCandidateOfATerm) {
  const auto voted = [] { return Trace().follows(1).from(2, vote_request(1, 0, 0)).votes(2, 1); };
  EXPECT_ACCEPTED(voted().from(2, vote_request(1, 0, 0)).votes(2, 1));
  EXPECT_REFUSED(voted().from(3, vote_request(1, 0, 0)).votes(3, 1), "it has voted for another");
  EXPECT_ACCEPTED(voted().after(1000).from(3, pre_vote_request(2, 0, 0)).votes(3, 2, true));
  EXPECT_REFUSED(voted().from(3, vote_request(1, 0, 0)).votes(2, 1), "nobody asked");
  EXPECT_REFUSED(Trace().follows(1).request().votes(1, 1), "without becoming a candidate");
}

TEST(Votes, AreKeptWhereACandidateStepsDownWithinItsTerm) {
  Trace trace;
  trace.timer().tell(TimedOut{}).enters(1).becomes(kCandidate, "election_timeout").votes(1, 1);
  trace.from(2, trace.append_entries(0)).becomes(kFollower, "current_leader");
  EXPECT_ACCEPTED(trace);
  EXPECT_REFUSED(trace.from(3, vote_request(1, 0, 0)).votes(3, 1), "it has voted for another");
}

TEST(Votes, GoToLogsThatAreUpToDate) {
  const auto has_two = [] { return Trace().follows(3).gets({1, 3}); };
  EXPECT_ACCEPTED(has_two().from(3, vote_request(3, 2, 3)).votes(3, 3));
  EXPECT_REFUSED(has_two().from(3, vote_request(3, 1, 3)).votes(3, 3), "more up-to-date");
  EXPECT_REFUSED(has_two().from(3, vote_request(3, 9, 2)).votes(3, 3), "more up-to-date");
  EXPECT_REFUSED(has_two().from(3, vote_request(2, 9, 9)).votes(3, 2), "older term");
}

TEST(Votes, GoToNobodyWhileALeaderIsHeard) {
  const auto hears = [] { return Trace(extended()).follows(1); };
  const RequestVote request = vote_request(2, 0, 0);
  EXPECT_REFUSED(hears().after(100).from(3, request).enters(2), "it hears from a leader");
  EXPECT_ACCEPTED(hears().after(150).from(3, request).enters(2).votes(3, 2));
  EXPECT_ACCEPTED(hears().after(100).from(2, request).enters(2).votes(2, 2));
  RequestVote wanted = request;
  wanted.transfer = true;
  EXPECT_ACCEPTED(hears().after(100).from(3, wanted).enters(2).votes(3, 2));
  EXPECT_REFUSED(hears().after(100).from(3, pre_vote_request(2, 0, 0)).votes(3, 2, true),
                 "it hears from a leader");
  EXPECT_REFUSED(hears().after(100).from(3, vote_request(1, 0, 0)).votes(3, 1),
                 "it hears from a leader");
  EXPECT_ACCEPTED(Trace().follows(1).after(100).from(3, request).enters(2).votes(3, 2));
}

TEST(Votes, OfALeaderThatHearsItsQuorumGoToNobody) {
  // When n2's answer was sent for is not known, but that it was in this term.
  const auto leads = [] { return Trace(extended()).leads(1).counts(2, 1); };
  EXPECT_ACCEPTED(Trace(extended())
                      .leads(1)
                      .after(100)
                      .from(3, vote_request(2, 9, 1))
                      .enters(2)
                      .becomes(kFollower, "newer_term"));
  EXPECT_REFUSED(leads().after(100).from(3, vote_request(2, 9, 1)).enters(2),
                 "it hears from a leader");
  EXPECT_ACCEPTED(
      leads().after(150).from(3, vote_request(2, 9, 1)).enters(2).becomes(kFollower, "newer_term"));
  Trace heard = leads().persists();
  heard.after(140).request().appends({1}).persists();
  heard.from(2, appended(1, 2)).commits(2, {2, 2, 0});
  EXPECT_ACCEPTED(heard);
  EXPECT_REFUSED(heard.after(100).from(3, vote_request(2, 9, 1)).enters(2),
                 "it hears from a leader");
}

TEST(Votes, AreDeniedForReasonsThatHold) {
  const auto has_one = [] {
    return Trace().follows(3).gets({3}).from(2, vote_request(3, 1, 3)).votes(2, 3);
  };
  EXPECT_ACCEPTED(has_one().from(3, vote_request(2, 9, 1)).denies(3, 2, "old_term"));
  EXPECT_ACCEPTED(has_one().from(3, vote_request(3, 1, 3)).denies(3, 3, "voted_for_other"));
  EXPECT_ACCEPTED(has_one().from(2, vote_request(3, 0, 0)).denies(2, 3, "log_behind"));
  EXPECT_ACCEPTED(
      Trace(extended()).follows(1).from(3, vote_request(2, 0, 0)).denies(3, 2, "leader_alive"));
  EXPECT_REFUSED(has_one().from(3, vote_request(3, 1, 3)).denies(3, 3, "old_term"),
                 "of no older term");
  EXPECT_REFUSED(has_one().from(2, vote_request(3, 1, 3)).denies(2, 3, "voted_for_other"),
                 "it has voted for no other");
  EXPECT_REFUSED(has_one().from(2, vote_request(3, 1, 3)).denies(2, 3, "log_behind"),
                 "is not behind");
  EXPECT_REFUSED(has_one().from(2, vote_request(4, 1, 3)).denies(2, 4, "leader_alive"),
                 "no reason here");
  EXPECT_REFUSED(has_one().from(2, vote_request(4, 1, 3)).denies(2, 4, "log_behind"), "newer term");
  EXPECT_REFUSED(has_one().from(2, vote_request(3, 1, 3)).denies(2, 3, "mood"), "none that there");
  EXPECT_REFUSED(has_one().timer().denies(2, 3, "log_behind"), "nobody asked");
}

TEST(Restarts, FindWhatWasDurableOrDecidedSince) {
  EXPECT_ACCEPTED(Trace().leads(1).restarts());
  EXPECT_ACCEPTED(Trace().follows(3).gets({1, 3}).persists().restarts().follows(4));
  Trace forgot;
  forgot.follows(3).gets({1, 3}).persists();
  Started again;
  again.first_configuration = voters({1, 2, 3});
  again.protocol = figure2();
  Recovered found;
  found.last = {{1}, {1}, 1};
  EXPECT_REFUSED(forgot.tell(again).tell(found), "it found a log up to 1");
  EXPECT_REFUSED(Trace().follows(3).tell(Persisted{{3}, {}, 0, {}}), "it had not decided on this");
}

}  // namespace
}  // namespace verify::spec
