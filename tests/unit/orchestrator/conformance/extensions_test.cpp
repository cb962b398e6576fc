// SPDX-License-Identifier: Apache-2.0
// Snapshots, members and transfers, and lines that name no step: what each guard lets through, and
// what it stops.
#include "tests/unit/orchestrator/conformance/trace.h"

namespace verify::spec {
namespace {

// Follows n2 in term 3; entries of terms 1, 2, 2 are committed and the first two applied.
Trace has_three() {
  Trace trace;
  trace.follows(3).gets({1, 2, 2}, 3).persists().applies(2);
  return trace;
}

SnapshotTaken snapshot(const Trace& trace, unsigned index) {
  return {trace.entry(index), 0, 9};
}

TEST(Snapshots, AreTakenOfWhatIsApplied) {
  const Trace trace = has_three();
  EXPECT_ACCEPTED(has_three().request().tell(snapshot(trace, 2)));
  EXPECT_REFUSED(has_three().request().tell(snapshot(trace, 3)), "its state is not that far");
  EXPECT_REFUSED(has_three().request().tell(snapshot(trace, 2)).tell(snapshot(trace, 1)),
                 "it has a newer one");
  EXPECT_REFUSED(has_three().request().tell(SnapshotTaken{{{2}, {1}, 9}, 0, 9}),
                 "other entries than those of its log");
}

InstallSnapshot last_chunk(unsigned index, unsigned term) {
  return {{3}, {index}, {term}, voters({1, 2, 3}), 20, 10, 10};
}

TEST(Snapshots, AreInstalledWhereTheyAreWholeAndNewer) {
  const SnapshotInstalled installed{{2}, {{7}, {3}, 77}};
  const auto installs = [&](InstallSnapshot chunk) {
    return has_three().from(2, chunk).tell(installed);
  };
  EXPECT_ACCEPTED(installs(last_chunk(7, 3)).uses(7, voters({1, 2, 3})));
  EXPECT_REFUSED(installs(last_chunk(7, 3)).uses(7, voters({1, 2})), "another configuration");
  EXPECT_REFUSED(installs(last_chunk(7, 3)).persists(), "did not go over to the latest");
  InstallSnapshot part = last_chunk(7, 3);
  part.bytes = 5;
  EXPECT_REFUSED(installs(part), "the last chunk is not there");
  EXPECT_REFUSED(installs(last_chunk(8, 3)), "sent it another snapshot");
  EXPECT_REFUSED(has_three().timer().tell(installed), "no leader of its term sent");
  EXPECT_REFUSED(has_three().from(2, last_chunk(2, 2)).tell(SnapshotInstalled{{2}, {{2}, {2}, 1}}),
                 "it has committed all that");
  Trace has_more = has_three();
  has_more.gets({3});
  EXPECT_REFUSED(has_more.from(2, last_chunk(4, 3)).tell(SnapshotInstalled{{2}, {{4}, {3}, 1}}),
                 "its log has the entry that this ends with");
}

TEST(Snapshots, AreLoadedOnceTheyAreDurable) {
  const auto installs = [] {
    return has_three()
        .from(2, last_chunk(7, 3))
        .tell(SnapshotInstalled{{2}, {{7}, {3}, 77}})
        .uses(7, voters({1, 2, 3}));
  };
  const Persisted durable{{}, {7}, 77, {7}};
  EXPECT_ACCEPTED(installs().tell(durable).written().tell(Restored{{7}, 77, 0}));
  EXPECT_REFUSED(installs().written().tell(Restored{{7}, 77, 0}), "the snapshot is not durable");
  EXPECT_REFUSED(installs().tell(durable).written().tell(Restored{{7}, 78, 0}),
                 "not that of the snapshot");
  EXPECT_REFUSED(has_three().tell(Restored{{7}, 77, 0}), "not that of the snapshot");
  EXPECT_REFUSED(installs().tell(durable).applies(3), "is not loaded yet");
}

// Leads term 1, whose first entry is committed.
Trace leads() {
  return Trace(extended()).leads(1).persists().from(2, appended(1, 1)).commits(1, {1, 1, 0});
}

TEST(Members, ChangeByAJointConfiguration) {
  const Configuration joint = voters({1, 2, 4}, {1, 2, 3});
  EXPECT_ACCEPTED(leads().request().appends({1}).uses(2, joint));
  EXPECT_REFUSED(leads().request().appends({1}).uses(2, voters({1, 2, 4})), "can't follow");
  EXPECT_REFUSED(leads().request().appends({1}).uses(3, joint), "no entry was appended there");
  EXPECT_REFUSED(leads().request().uses(2, joint), "no entry was appended");
  EXPECT_REFUSED(leads().request().appends({1}).uses(2, joint).request().appends({1}).uses(
                     3, voters({1, 2, 4})),
                 "before is not committed");
  Trace early = Trace(extended()).leads(1);
  EXPECT_REFUSED(early.request().appends({1}).uses(2, joint), "own term is committed");
}

TEST(Members, LeaveTheJointConfigurationOnceItIsCommitted) {
  const auto joint = [] {
    Trace trace = leads();
    trace.request().appends({1}).uses(2, voters({1, 2, 4}, {1, 2, 3})).persists();
    return trace.from(2, appended(1, 2)).commits(2, {2, 2, 0, 0});
  };
  EXPECT_ACCEPTED(joint().appends({1}).uses(3, voters({1, 2, 4})));
  EXPECT_REFUSED(joint().request().appends({1}).uses(3, voters({1, 2, 4})), "appended no C_new");
  EXPECT_REFUSED(joint().persists(), "appended no C_new");
  EXPECT_REFUSED(joint().appends({1}).persists(), "did not go over to the latest");
  Configuration learners = voters({1, 2, 4});
  learners.learners = {{5}};
  EXPECT_REFUSED(joint().appends({1}).uses(3, learners), "nobody asked for this change");
}

TEST(Members, OfATruncatedLogAreThoseBefore) {
  const auto has_joint = [] {
    Trace trace = has_three();
    return trace.gets({3}).uses(4, voters({1, 2, 4}, {1, 2, 3}));
  };
  AppendEntries other{{4}, {3}, {2}, 1, {0}};
  const auto truncates = [&] { return has_joint().from(3, other).enters(4).truncates(4); };
  EXPECT_ACCEPTED(truncates().uses(0, voters({1, 2, 3})).appends({4}));
  EXPECT_REFUSED(truncates().appends({4}), "did not go over to the latest");
  EXPECT_REFUSED(truncates().uses(4, voters({1, 2, 3})), "its entry is deleted");
  EXPECT_REFUSED(truncates().uses(0, voters({1, 2})), "has another configuration before");
  EXPECT_REFUSED(truncates().uses(0, voters({1, 2, 3})).persists(), "appended none");
}

TEST(Members, ARemovedLeaderStepsDown) {
  Trace trace = leads();
  trace.request().appends({1}).uses(2, voters({2, 3}, {1, 2, 3})).persists();
  trace.counts(2, 2).counts(3, 2).commits(2, {2, 2, 2}).appends({1}).uses(3, voters({2, 3}));
  trace.persists().from(3, appended(1, 3)).commits(3, {3, 3}, 2);
  Trace leaves = trace;
  EXPECT_ACCEPTED(leaves.becomes(kFollower, "removed"));
  EXPECT_REFUSED(trace.timer().tell(TimedOut{}), "it leads on");
  EXPECT_REFUSED(leads().becomes(kFollower, "removed"), "no committed configuration has removed");
}

TEST(Transfers, HaveATargetThatVotes) {
  const auto started = [](unsigned target) { return Transfer{Transfer::Phase::started, {target}}; };
  const Transfer sent{Transfer::Phase::sent_timeout_now, {2}};
  const Transfer late{Transfer::Phase::deadline_passed, {2}};
  EXPECT_ACCEPTED(leads().request().tell(started(2)).tell(sent).timer().tell(late));
  EXPECT_REFUSED(leads().request().tell(started(4)), "the target is no voter");
  EXPECT_REFUSED(leads().request().tell(started(1)), "nobody asked for it");
  EXPECT_REFUSED(leads().request().tell(started(2)).tell(started(2)), "another transfer");
  EXPECT_REFUSED(leads().request().tell(sent), "no such transfer");
  EXPECT_REFUSED(leads().request().tell(started(2)).tell(sent).tell(sent), "has told the target");
  EXPECT_REFUSED(leads().request().tell(started(2)).tell(late), "no time passed");
  EXPECT_REFUSED(leads().follows(2).request().tell(started(2)), "it leads nobody");
  EXPECT_REFUSED(leads().request().tell(started(2)).request().appends({1}), "hands its leadership");
  const auto behind = [&] { return leads().request().appends({1}).request().tell(started(2)); };
  EXPECT_ACCEPTED(behind().from(2, appended(1, 2)).tell(sent));
  EXPECT_REFUSED(behind().from(2, appended(1, 1)).tell(sent), "the target's log is behind");
  EXPECT_REFUSED(behind().from(3, appended(1, 2)).tell(sent), "has not acknowledged anything");
  EXPECT_REFUSED(behind().timer().tell(sent), "has not acknowledged anything");
}

TEST(Steps, NameTheirCauseAndTheStateThatTheyFound) {
  EXPECT_REFUSED(Trace().tell(TimedOut{}), "this one does not");
  EXPECT_REFUSED(Trace().leads(1).tell(Stopped{{1}, {}, {}, 0, 0}), "it ends with another log");
  EXPECT_ACCEPTED(Trace().leads(1).tell(Stopped{{0}, {}, {}, 0, 0}));
  EXPECT_ACCEPTED(Trace().from(2, vote(1)).tell(Refused{"a vote"}));
  EXPECT_REFUSED(Trace().timer().tell(Refused{"a vote"}), "no message");
}

TEST(Steps, FindTheHardStateThatTheNodeHad) {
  Trace forgets;
  forgets.follows(1).from(2, vote_request(1, 0, 0)).votes(2, 1);
  forgets.from_state({{1}, {}}, 2, forgets.append_entries(1)).appends({1});
  EXPECT_REFUSED(forgets, "is not the one that the node had");
}

TEST(Steps, HaveTheRoleAndTermThatTheirTransitionsLeave) {
  EXPECT_REFUSED(Trace().follows(1).as(kLeader).persists(), "a role that it never took");
}

TEST(Kinds, ThatDoNotSayWhatTheyAreSetToAreNotJudged) {
  Specification specification(NodeId{1});
  NodeEvent event;
  event.what = Started{};
  EXPECT_FALSE(specification.take(event));
  event.what = TimedOut{};
  EXPECT_FALSE(specification.take(event));
  EXPECT_FALSE(specification.offered());
}

}  // namespace
}  // namespace verify::spec
