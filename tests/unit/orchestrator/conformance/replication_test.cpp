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
      leads().from(2, appended(1, 2)).tell(ProgressChanged{{2}, "probe", "replicate", {7}, {8}}),
      "beyond the leader's log");
  EXPECT_REFUSED(has_three().timer().tell(replicates), "it leads nobody");

  const auto replicating = [&] {
    return leads()
        .from(2, appended(1, 1))
        .tell(ProgressChanged{{2}, "probe", "replicate", {1}, {3}});
  };
  const ProgressChanged probes{{2}, "replicate", "probe", {1}, {2}};
  const AppendEntriesReply refusal{{1}, {1}, {2}, false, {0}};
  EXPECT_ACCEPTED(replicating().from(2, refusal).tell(probes));
  EXPECT_REFUSED(replicating().timer().tell(probes), "has not refused anything");
  EXPECT_REFUSED(
      replicating().timer().tell(ProgressChanged{{2}, "replicate", "snapshot", {1}, {2}}),
      "it has the entry that follows");
  EXPECT_REFUSED(
      replicating().from(2, refusal).tell(ProgressChanged{{2}, "replicate", "probe", {0}, {2}}),
      "went back");
}

TEST(Committing, IsByAQuorumThatHasAnEntryOfTheLeadersTerm) {
  const auto leads = [] { return Trace().leads(1).request().appends({1, 1}).persists(); };
  EXPECT_ACCEPTED(leads().from(2, appended(1, 2)).commits(2, {2, 2, 0}));
  Trace back = leads().from(2, appended(1, 1)).commits(1, {1, 1, 0});
  EXPECT_REFUSED(back.from(3, appended(1, 2)).commits(2, {2, 0, 2}), "went back");
  EXPECT_REFUSED(leads().commits(2, {2, 1, 0}), "no quorum");
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
  EXPECT_REFUSED(leads(extended()).request().tell(read), "nobody confirmed that it still leads");
  EXPECT_REFUSED(leads(extended()).follows(2).request().tell(read), "nobody confirmed");
  Protocol lease = extended();
  lease.reads = Protocol::Reads::lease;
  EXPECT_ACCEPTED(leads(lease).request().tell(read));
  const ReadIndexReply granted{{1}, {1}, true, {1}};
  EXPECT_ACCEPTED(leads(extended()).follows(2).from(2, granted).tell(read));
  EXPECT_REFUSED(leads(extended()).from(2, ReadIndexReply{{1}, {1}, false, {1}}).tell(read),
                 "did not grant");
  read.read_index = {2};
  EXPECT_REFUSED(leads(extended()).from(3, appended(1, 1)).tell(read), "its state is not that far");
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
