// SPDX-License-Identifier: Apache-2.0
// Entries and what is committed, applied and read: what each guard lets through, and what it stops.
#include "tests/unit/orchestrator/conformance/trace.h"

namespace verify::spec {
namespace {

// Follows n2 in term 3 and has entries of terms 1, 2, 2, of which one is committed.
Trace has_three() {
  Trace trace;
  trace.follows(3).gets({1, 2, 2}, 1).persists();
  return trace;
}

TEST(Appending, IsALeadersAtTheEndInItsTerm) {
  EXPECT_ACCEPTED(Trace().leads(1).request().appends({1, 1}));
  EXPECT_REFUSED(Trace().leads(2).request(), "not the next one");
  EXPECT_REFUSED(Trace().follows(1).leads(2).request().appends({1}), "an entry of another term");
  EXPECT_REFUSED(Trace().leads(1).persists().appends({1}), "nobody asked for it");
  EXPECT_REFUSED(Trace().leads(1).request().tell(EntriesAppended{{{{5}, {1}, 9}}}),
                 "it appends entry 5");
}

TEST(Appending, IsAFollowersAfterTheEntryThatMatches) {
  EXPECT_ACCEPTED(has_three().gets({3}));
  EXPECT_REFUSED(has_three().request().appends({3}), "no leader of its term sent it entries");
  Trace trace = has_three();
  AppendEntries request = trace.append_entries(1);
  request.prev_log_term = {3};
  EXPECT_REFUSED(trace.from(2, request).appends({3}), "its log has no such entry");
  Trace more = has_three();
  EXPECT_REFUSED(more.from(2, more.append_entries(1)).appends({3, 3}), "not the last of");
  Trace later = has_three();
  EXPECT_REFUSED(later.from(2, later.append_entries(1)).appends({4}), "later term");
  Trace stale = has_three();
  request = stale.append_entries(1);
  request.term = {2};
  EXPECT_REFUSED(stale.from(2, request).appends({2}), "of an older term");
}

TEST(Truncating, IsForATrueConflict) {
  const AppendEntries request{{3}, {1}, {1}, 2, {0}};
  EXPECT_ACCEPTED(has_three().from(2, request).truncates(2).appends({3, 3}));
  EXPECT_ACCEPTED(has_three().from(2, request).truncates(3).appends({3}));
  EXPECT_REFUSED(has_three().from(2, request).truncates(2).appends({2, 3}), "is no other than");
  EXPECT_REFUSED(has_three().from(2, request).truncates(2).persists(), "appended none in their");
  const AppendEntries heartbeat{{3}, {1}, {1}, 0, {0}};
  EXPECT_REFUSED(has_three().from(2, heartbeat).truncates(2), "no entry was sent for the place");
  const AppendEntries first{{3}, {0}, {0}, 1, {0}};
  EXPECT_REFUSED(has_three().from(2, first).truncates(1), "it knows to be committed");
  EXPECT_REFUSED(has_three().timer().truncates(2), "no leader of its term sent");
  const AppendEntries elsewhere{{3}, {1}, {2}, 2, {0}};
  EXPECT_REFUSED(has_three().from(2, elsewhere).truncates(2), "its log has no such entry");
}

TEST(Rejecting, IsForReasonsThatHold) {
  const auto rejects = [](AppendEntries request, const std::string& reason) {
    return has_three()
        .from(2, request)
        .tell(AppendRejected{{2}, request.term, request.prev_log_index, reason});
  };
  EXPECT_ACCEPTED(rejects({{2}, {3}, {2}, 0, {0}}, "old_term"));
  EXPECT_ACCEPTED(rejects({{3}, {4}, {2}, 0, {0}}, "log_too_short"));
  EXPECT_ACCEPTED(rejects({{3}, {3}, {3}, 0, {0}}, "term_mismatch"));
  EXPECT_REFUSED(rejects({{3}, {3}, {2}, 0, {0}}, "old_term"), "of no older term");
  EXPECT_REFUSED(rejects({{3}, {3}, {2}, 0, {0}}, "log_too_short"), "its log is long enough");
  EXPECT_REFUSED(rejects({{3}, {3}, {2}, 0, {0}}, "term_mismatch"), "its log has that entry");
  EXPECT_REFUSED(rejects({{3}, {3}, {2}, 0, {0}}, "mood"), "none that there is");
  EXPECT_REFUSED(has_three().timer().tell(AppendRejected{{2}, {3}, {3}, "old_term"}),
                 "nobody sent what it refuses");
}

TEST(Progress, FollowsAcknowledgementsAndRefusals) {
  const auto leads = [] { return Trace().leads(1).request().appends({1, 1}).persists(); };
  const ProgressChanged replicates{{2}, "probe", "replicate", {2}, {3}};
  EXPECT_ACCEPTED(leads().from(2, appended(1, 2)).tell(replicates));
  EXPECT_REFUSED(leads().from(3, appended(1, 2)).tell(replicates), "has not acknowledged");
  EXPECT_REFUSED(leads().from(2, AppendEntriesReply{{1}, {1}, {0}, false, {0}}).tell(replicates),
                 "has not acknowledged");
  EXPECT_REFUSED(leads().from(2, AppendEntriesReply{{1}, {0}, {0}, true, {2}}).tell(replicates),
                 "answers what was sent in another term");
  EXPECT_REFUSED(
      leads().from(2, appended(1, 2)).tell(ProgressChanged{{2}, "probe", "replicate", {1}, {3}}),
      "it has acknowledged more");
  EXPECT_REFUSED(
      leads().from(2, appended(1, 2)).tell(ProgressChanged{{2}, "snapshot", "replicate", {2}, {3}}),
      "it was sent to otherwise");
  EXPECT_REFUSED(
      leads().from(2, appended(1, 1)).tell(ProgressChanged{{2}, "probe", "replicate", {2}, {3}}),
      "acknowledged less");
  EXPECT_REFUSED(
      leads().from(2, appended(1, 7)).tell(ProgressChanged{{2}, "probe", "replicate", {7}, {8}}),
      "beyond the leader's log");
  EXPECT_REFUSED(
      leads().from(2, appended(1, 1)).tell(ProgressChanged{{2}, "probe", "replicate", {1}, {9}}),
      "nextIndex is beyond the leader's log");
  EXPECT_REFUSED(
      leads().from(4, appended(1, 2)).tell(ProgressChanged{{4}, "probe", "replicate", {2}, {3}}),
      "who replies is no member");
  EXPECT_REFUSED(leads().timer().tell(ProgressChanged{{4}, "probe", "snapshot", {0}, {1}}),
                 "it is no member");
  EXPECT_REFUSED(has_three().timer().tell(replicates), "it leads nobody");

  const auto replicating = [&] {
    return leads()
        .from(2, appended(1, 1))
        .tell(ProgressChanged{{2}, "probe", "replicate", {1}, {3}});
  };
  EXPECT_REFUSED(replicating().from(2, appended(1, 2)).tell(replicates), "sent to otherwise");
  const ProgressChanged probes{{2}, "replicate", "probe", {1}, {2}};
  const AppendEntriesReply refusal{{1}, {1}, {2}, false, {0}};
  EXPECT_ACCEPTED(replicating().from(2, refusal).tell(probes));
  EXPECT_REFUSED(replicating().timer().tell(probes), "has not refused anything");
  EXPECT_REFUSED(
      replicating().timer().tell(ProgressChanged{{2}, "replicate", "snapshot", {1}, {2}}),
      "it has the entry that follows");
  EXPECT_REFUSED(
      replicating().from(2, refusal).tell(ProgressChanged{{2}, "replicate", "probe", {1}, {3}}),
      "is not behind what it refused");
  EXPECT_REFUSED(
      replicating().from(2, refusal).tell(ProgressChanged{{2}, "replicate", "probe", {0}, {2}}),
      "went back");
}

// Leads term 4 with entries of terms 1, 2, 2, 4, 4, 4; n2 has the first and is sent the others.
Trace has_six() {
  Trace trace = has_three();
  trace.leads(4).request().appends({4, 4, 4}).from(2, appended(4, 1));
  return trace.tell(ProgressChanged{{2}, "probe", "replicate", {1}, {7}});
}

TEST(Progress, GoesBackBehindTheConflict) {
  const auto goes_back = [](AppendEntriesReply refusal, unsigned next_index) {
    return has_six()
        .from(2, refusal)
        .tell(ProgressChanged{{2}, "replicate", "probe", {1}, {next_index}});
  };
  const AppendEntriesReply too_short{{4}, {4}, {6}, false, {0}, {3}, {0}};
  EXPECT_ACCEPTED(goes_back(too_short, 3));
  EXPECT_REFUSED(goes_back(too_short, 2), "nextIndex is another one");
  EXPECT_REFUSED(goes_back(too_short, 6), "nextIndex is another one");
  const AppendEntriesReply of_a_known_term{{4}, {4}, {6}, false, {0}, {2}, {2}};
  EXPECT_ACCEPTED(goes_back(of_a_known_term, 4));
  EXPECT_REFUSED(goes_back(of_a_known_term, 2), "nextIndex is another one");
  const AppendEntriesReply of_an_unknown_term{{4}, {4}, {6}, false, {0}, {5}, {3}};
  EXPECT_ACCEPTED(goes_back(of_an_unknown_term, 5));
  EXPECT_REFUSED(goes_back(of_an_unknown_term, 4), "nextIndex is another one");
}

// Leads with three entries behind which a snapshot stands, of which it keeps `trailing`.
Trace has_snapshot(std::uint64_t trailing) {
  Protocol protocol = figure2();
  protocol.trailing_entries = trailing;
  Trace trace(protocol);
  trace.follows(1).gets({1, 1, 1}, 3).persists().applies(3).after(1000).leads(2);
  return trace.request().tell(SnapshotTaken{trace.entry(3), 0, 9});
}

TEST(Progress, GoesOverToASnapshotForWhatIsDiscarded) {
  const ProgressChanged goes_over{{2}, "probe", "snapshot", {0}, {2}};
  EXPECT_ACCEPTED(has_snapshot(0).timer().tell(goes_over));
  EXPECT_ACCEPTED(has_snapshot(1).timer().tell(goes_over));
  EXPECT_REFUSED(has_snapshot(2).timer().tell(goes_over), "it has the entry that follows");
}

TEST(Committing, IsByAQuorumThatHasAnEntryOfTheLeadersTerm) {
  const auto leads = [] { return Trace().leads(1).request().appends({1, 1}).persists(); };
  EXPECT_ACCEPTED(leads().from(2, appended(1, 2)).commits(2, {2, 2, 0}));
  Trace back = leads().counts(2, 1).commits(1, {2, 1, 0});
  EXPECT_REFUSED(back.from(3, appended(1, 2)).commits(2, {2, 0, 2}), "went back");
  EXPECT_REFUSED(leads().from(2, appended(1, 1)).commits(2, {2, 1, 0}), "no quorum");
  EXPECT_REFUSED(leads().from(2, appended(1, 2)).commits(2, {2, 2}), "others than its members");
  EXPECT_REFUSED(leads().from(2, appended(1, 2)).commits(2, {2, 9, 0}), "beyond its log");
  EXPECT_REFUSED(leads().timer().commits(2, {2, 2, 0}), "nothing came");
  EXPECT_REFUSED(
      leads().from(2, AppendEntriesReply{{1}, {1}, {2}, false, {0}}).commits(2, {2, 2, 0}),
      "nothing came");
  EXPECT_REFUSED(
      leads().from(2, AppendEntriesReply{{1}, {0}, {0}, true, {2}}).commits(2, {2, 2, 0}),
      "in another term");
  EXPECT_REFUSED(leads().request().appends({1}).from(2, appended(1, 3)).commits(3, {3, 3, 0}),
                 "is not durable");
}

TEST(Committing, CountsWhatWasAcknowledgedAndAtOnce) {
  const auto leads = [] { return Trace().leads(1).request().appends({1, 1}).persists(); };
  EXPECT_REFUSED(leads().from(4, appended(1, 2)).commits(2, {2, 2, 0}), "who replies is no member");
  EXPECT_REFUSED(leads().from(2, appended(1, 0)).commits(2, {2, 2, 0}), "commits nothing");
  EXPECT_REFUSED(leads().from(2, appended(1, 9)).commits(2, {2, 2, 0}), "is behind what came");
  EXPECT_REFUSED(leads().from(2, appended(1, 1)).commits(1, {2, 1, 1}), "acknowledged nothing");
  EXPECT_REFUSED(leads().from(2, appended(1, 2)).commits(1, {2, 2, 0}), "has a later entry");
  // n3 has acknowledged before, who knows how much: not as much as would have been a quorum.
  const auto counts = [&] { return leads().counts(3, 0); };
  EXPECT_ACCEPTED(counts().from(2, appended(1, 1)).commits(1, {2, 1, 0}));
  EXPECT_REFUSED(counts().from(2, appended(1, 1)).commits(1, {2, 1, 1}), "was not committed");
  EXPECT_REFUSED(counts().from(2, appended(1, 2)).commits(2, {2, 2, 2}), "was not committed");
}

TEST(Committing, OfAnEarlierTermIsNotByCounting) {
  Trace trace = has_three();
  trace.leads(4);
  EXPECT_ACCEPTED(trace);
  EXPECT_REFUSED(trace.from(2, appended(4, 3)).commits(3, {3, 3, 0}), "of an earlier term");
}

TEST(Committing, OfAFollowerIsWhatItsLeaderTellsIt) {
  EXPECT_ACCEPTED(has_three().from(2, AppendEntries{{3}, {3}, {2}, 0, {2}}).commits(2));
  EXPECT_ACCEPTED(has_three().from(2, AppendEntries{{3}, {2}, {2}, 0, {3}}).commits(2));
  EXPECT_REFUSED(has_three().from(2, AppendEntries{{3}, {2}, {2}, 0, {3}}).commits(3),
                 "says otherwise");
  EXPECT_REFUSED(has_three().from(2, AppendEntries{{3}, {3}, {3}, 0, {3}}).commits(3),
                 "does not have what was sent");
  EXPECT_REFUSED(has_three().timer().commits(2), "no leader of its term told it");
  EXPECT_REFUSED(has_three().from(2, AppendEntries{{3}, {3}, {2}, 0, {2}}).commits(2, {2, 2, 0}),
                 "it counts, and does not lead");
  EXPECT_REFUSED(has_three().from(2, AppendEntries{{3}, {3}, {2}, 0, {1}}).commits(1),
                 "to a higher one");
  EXPECT_REFUSED(has_three()
                     .from(2, AppendEntries{{3}, {3}, {2}, 0, {2}})
                     .tell(CommitAdvanced{{1}, {2}, {2}, 5, {}, {}}),
                 "its log has another entry there");
}

TEST(Applying, GoesOnInOrderUpToWhatIsCommittedAndDurable) {
  EXPECT_ACCEPTED(has_three().applies(1));
  EXPECT_REFUSED(has_three().applies(2), "it is not committed");
  EXPECT_REFUSED(Trace().follows(3).gets({1, 2}, 1).applies(1), "it is not durable here");
  EXPECT_REFUSED(
      has_three().applies(1).tell(Applied{{{{{1}, {1}, 1}, {}, 0, {}, "noop"}}, {1}, {}}),
      "does not go on after");
  EXPECT_REFUSED(has_three().tell(Applied{{{{{1}, {2}, 1}, {}, 0, {}, "noop"}}, {1}, {}}),
                 "not what stands in its log");
  EXPECT_REFUSED(has_three().applies(1, "configuration"), "a configuration is applied");
}

TEST(Reading, WaitsForAQuorum) {
  const auto leads = [](Protocol protocol) {
    return Trace(protocol)
        .leads(1)
        .persists()
        .from(2, appended(1, 1))
        .commits(1, {1, 1, 0})
        .applies(1);
  };
  ReadServed read;
  read.read_index = read.log_index = {1};
  EXPECT_ACCEPTED(leads(extended()).from(3, appended(1, 1)).tell(read));
  const auto late = [&](Protocol protocol) { return leads(protocol).after(1); };
  EXPECT_ACCEPTED(leads(extended()).written().tell(read));  // it waited for the state
  EXPECT_REFUSED(late(extended()).request().tell(read), "nobody confirmed that it still leads");
  EXPECT_REFUSED(late(extended()).written().tell(read), "nobody confirmed that it still leads");
  EXPECT_REFUSED(late(extended()).from(2, vote_request(1, 0, 0)).tell(read), "nobody confirmed");
  EXPECT_REFUSED(late(extended()).from(4, appended(1, 1)).tell(read), "is no member");
  EXPECT_REFUSED(late(extended()).from(2, appended(0, 1)).tell(read), "nobody confirmed");
  EXPECT_REFUSED(late(extended()).follows(2).request().tell(read), "no leader granted it");
  Protocol lease = extended();
  lease.reads = Protocol::Reads::lease;
  EXPECT_ACCEPTED(leads(lease).request().tell(read));
  const ReadIndexReply granted{{1}, {1}, true, {1}};
  EXPECT_ACCEPTED(leads(extended()).follows(2).from(2, granted).tell(read));
  EXPECT_REFUSED(late(extended()).from(2, ReadIndexReply{{1}, {1}, false, {1}}).tell(read),
                 "did not grant");
  EXPECT_REFUSED(late(extended()).from(2, ReadIndexReply{{2}, {2}, true, {1}}).tell(read),
                 "did not grant");
  read.read_index = {2};
  EXPECT_REFUSED(leads(extended()).from(3, appended(1, 1)).tell(read), "its state is not that far");
}

TEST(Reading, OfFiveIsConfirmedByAMember) {
  const auto leads = [] {
    Trace trace(extended(), voters({1, 2, 3, 4, 5}));
    trace.timer().tell(TimedOut{}).becomes(kPreCandidate, "election_timeout");
    trace.from(2, pre_vote(0, 1)).enters(1).becomes(kCandidate, "votes", {1, 2, 3});
    trace.votes(1, 1).persists().from(2, vote(1)).becomes(kLeader, "votes", {1, 2, 3});
    trace.appends({1}).persists().counts(2, 1).counts(3, 1).commits(1, {1, 1, 1, 0, 0}).applies(1);
    return trace.after(1).request().appends({1});
  };
  ReadServed read;
  read.read_index = read.log_index = {1};
  EXPECT_ACCEPTED(leads().from(5, appended(1, 1)).tell(read));
  EXPECT_REFUSED(leads().from(6, appended(1, 1)).tell(read), "is no member");
  EXPECT_REFUSED(leads().from(5, appended(0, 1)).tell(read), "nobody confirmed");
  EXPECT_REFUSED(leads().written().tell(read), "nobody confirmed");
  read.read_index = {0};
  EXPECT_REFUSED(leads().from(5, appended(1, 1)).tell(read), "was not its commit index since");
}

TEST(Reading, OfANewLeaderWaitsForItsFirstEntry) {
  Trace trace(extended());
  trace.follows(1).gets({1}, 1).persists().applies(1).after(1000).leads(2);
  ReadServed read;
  read.read_index = read.log_index = {1};
  EXPECT_ACCEPTED(trace);
  EXPECT_REFUSED(trace.from(2, appended(2, 0)).tell(read), "nothing of its own term is committed");
}

TEST(Reading, IsAnEntryWithoutReadIndex) {
  EXPECT_REFUSED(has_three()
                     .applies(1)
                     .from(2, ReadIndexReply{{3}, {3}, true, {1}})
                     .tell(ReadServed{"c1", 1, "k", {1}, {1}, 0}),
                 "its reads are entries");
}

}  // namespace
}  // namespace verify::spec
