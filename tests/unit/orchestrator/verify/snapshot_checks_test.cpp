// SPDX-License-Identifier: Apache-2.0
// What snapshots ask of log_matching, leader_completeness, state_machine_safety, election_safety
// and convergence.
#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SnapshotsTest : public HealthyRunTest {
 protected:
  // n1 and n2 have entries 5 to 8 besides and have applied them.
  void go_on_without_n3() {
    for (const unsigned i : {1u, 2u}) {
      run_.node(i)
          .append({15, 16, 17, 18})
          .persist()
          .commit(8)
          .apply({"noop", "noop", "noop", "noop"});
    }
  }
  // n3 gets all that as n1's snapshot.
  void install_on_n3() { run_.node(3).install(8, 1, 18).configure(8, {{"n1", "n2", "n3"}}); }
};
class SnapshotsInLogsTest : public SnapshotsTest {};
class SnapshotsOfStatesTest : public SnapshotsTest {};
class SnapshotsAndLeadersTest : public SnapshotsTest {};

TEST_F(SnapshotsInLogsTest, TakeThePlaceOfTheWholeLog) {
  go_on_without_n3();
  run_.node(1).take_snapshot(8).persist();
  install_on_n3();
  run_.node(3).append({19}).persist().restore().commit(9).apply({"noop"}).stop();
  for (const char* check :
       {"log_matching", "leader_completeness", "state_machine_safety", "election_safety",
        "commit_safety", "configuration_changes", "acknowledged_writes_survive", "exactly_once"}) {
    expect_pass(check);
  }
}

TEST_F(SnapshotsInLogsTest, AreFoundAfterARestart) {
  go_on_without_n3();
  run_.node(1).take_snapshot(6).persist();
  run_.node(1).start().commit(8).apply({"noop", "noop"}).stop();
  install_on_n3();
  run_.node(3).persist().start().append({19}).persist().commit(9).apply({"noop"}).stop();
  for (const char* check : {"log_matching", "leader_completeness", "state_machine_safety"})
    expect_pass(check);
}

TEST_F(SnapshotsInLogsTest, MayBeLostWhereTheyWereNotDurable) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).start();  // with the log that it had before
  run_.node(3).append({15}).persist().commit(5).apply({"noop", "c1/1", "c2/1", "probe/1", "noop"});
  for (const char* check : {"log_matching", "leader_completeness", "state_machine_safety"})
    expect_pass(check);
}

TEST_F(SnapshotsInLogsTest, MayBeFoundWhereNoLineSaysThatTheyAreDurable) {
  go_on_without_n3();
  run_.node(1).take_snapshot(6).persist_silently().start();
  install_on_n3();
  run_.node(3).persist_silently().start();
  expect_pass("log_matching");
}

TEST_F(SnapshotsInLogsTest, FailWhereADurableOneIsLost) {
  run_.node(1).take_snapshot(3).persist().lose_snapshot().start();
  expect_fail("log_matching", AllOf(HasSubstr("found a snapshot up to 0"),
                                    HasSubstr("last one known durable went up to 3")));
}

TEST_F(SnapshotsInLogsTest, FailWhereTheLogBeginsAfterTheOneFound) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).persist_silently().lose_snapshot().start();
  expect_fail("log_matching",
              HasSubstr("found a log that begins after 8 and a snapshot up to 0 only"));
}

TEST_F(SnapshotsInLogsTest, FailWhereTheLogFoundIsNotTheirs) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).line(
      "recovered",
      fmt::format("\"voted_for\":\"n1\",\"log_index\":4,\"digest\":\"{}\",\"log_term\":1,"
                  "\"snapshot_index\":8,\"snapshot_term\":1,\"snapshot_digest\":\"{}\","
                  "\"state_digest\":\"{}\",\"wal_bytes\":0,\"torn_bytes\":0",
                  digest(14), digest(18), digest(77)));
  expect_fail("log_matching",
              HasSubstr("found a log up to 4 and a snapshot up to 8 of another log"));
}

TEST_F(SnapshotsInLogsTest, FailWhereOneIsDurableThatNeverWas) {
  run_.node(1).line(
      "persisted", fmt::format("\"write\":9,\"voted_for\":\"n1\",\"log_index\":4,\"digest\":\"{}\","
                               "\"snapshot_index\":3",
                               digest(14)));
  expect_fail("log_matching", HasSubstr("says that a snapshot up to 3 is durable"));
}

TEST_F(SnapshotsInLogsTest, FailWhereTheyStandForAnotherLog) {
  run_.node(1).line("snapshot_taken",
                    fmt::format("\"log_index\":3,\"log_term\":1,\"digest\":\"{}\","
                                "\"state_digest\":\"{}\",\"bytes\":9",
                                digest(93), digest(77)));
  expect_fail("log_matching", HasSubstr("At index 3, term 1, n1 has a log with digest"));
}

TEST_F(SnapshotsInLogsTest, FailWhereTheyGoBack) {
  run_.node(1).take_snapshot(3).take_snapshot(2);
  expect_fail("log_matching", HasSubstr("takes a snapshot up to 2 when it has one up to 3"));
}

TEST_F(SnapshotsInLogsTest, FailWhereWhatTheyStandForIsDeleted) {
  go_on_without_n3();
  run_.node(1).take_snapshot(6).follow().truncate(5);
  expect_fail("log_matching", HasSubstr("deletes entries 5 to 8, and its snapshot stands for all"));
}

TEST_F(SnapshotsInLogsTest, FailWhereTheLogDoesNotGoOnAfterOne) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).line("entries_appended", "\"entries\":[[5,1,\"" + digest(15) + "\"]]");
  expect_fail("log_matching", HasSubstr("appends entry 5 to a log that ends at 8"));
}

TEST_F(SnapshotsAndLeadersTest, PassWhereTheOneOfALeaderStandsForWhatIsCommitted) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).persist().restore().enter_term(2).vote("n3").persist();
  run_.node(2).enter_term(2).vote("n3").persist();
  run_.node(3).lead({"n2", "n3"});
  expect_pass("leader_completeness");
  EXPECT_EQ(run_.check("leader_completeness").saw, "2 leaders, 8 committed entries");
}

// The node with the snapshot is read first: what it stands for is told by those after it.
TEST_F(SnapshotsAndLeadersTest, PassWhicheverIsReadFirst) {
  for (const unsigned i : {2u, 3u}) {
    run_.node(i)
        .append({15, 16, 17, 18})
        .persist()
        .commit(8)
        .apply({"noop", "noop", "noop", "noop"});
  }
  run_.node(1).follow().install(8, 1, 18).configure(8, {{"n1", "n2", "n3"}}).persist().restore();
  run_.node(1).enter_term(2).vote("n1").persist();
  run_.node(2).enter_term(2).vote("n1").persist();
  run_.node(1).lead({"n1", "n2"}).append({19}).persist().commit(9).apply({"noop"});
  expect_pass("leader_completeness");
  expect_pass("exactly_once");
  EXPECT_EQ(run_.check("leader_completeness").saw, "2 leaders, 9 committed entries");
}

TEST_F(SnapshotsAndLeadersTest, FailWhereTheOneOfALeaderStandsForAnotherLog) {
  for (const unsigned i : {2u, 3u}) {
    run_.node(i)
        .append({15, 16, 17, 18})
        .persist()
        .commit(8)
        .apply({"noop", "noop", "noop", "noop"});
  }
  run_.node(1).follow().install(7, 1, 97).configure(7, {{"n1", "n2", "n3"}}).persist();
  run_.node(1).enter_term(2).vote("n1").persist().lead({"n1", "n2"});
  expect_fail("leader_completeness", HasSubstr("Two logs are committed up to 7, and they differ"));
}

TEST_F(SnapshotsAndLeadersTest, FailWhereALeaderLacksWhatAnotherHasAsASnapshot) {
  go_on_without_n3();
  install_on_n3();
  run_.node(4).start().enter_term(2).vote("n4").persist().lead({"n3", "n4"});
  expect_fail("leader_completeness",
              HasSubstr("n4, which became leader of term 2, has a log that ends at 0"));
}

TEST_F(SnapshotsAndLeadersTest, MayBringTheirTermBeforeTheHardStateIsDurable) {
  go_on_without_n3();
  run_.node(3).enter_term(3).install(8, 2, 28).configure(8, {{"n1", "n2", "n3"}});
  run_.node(3).persist_silently().forget_term(2).start();
  expect_pass("election_safety");
}

TEST_F(SnapshotsAndLeadersTest, FailWhereTheTermFoundIsNotTheSnapshots) {
  go_on_without_n3();
  run_.node(3).enter_term(4).install(8, 2, 28).configure(8, {{"n1", "n2", "n3"}});
  run_.node(3).persist_silently().forget_term(3).start();
  expect_fail("election_safety", HasSubstr("incarnation 3 with term 3 with its vote for nobody"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereTheyDifferAfterTheSameEntry) {
  run_.node(1).take_snapshot(3, 50);
  run_.node(2).take_snapshot(3, 51);
  expect_fail("state_machine_safety", HasSubstr("After entry 3 the state of n1 has digest"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereTheRestoredStateIsNotTheirs) {
  go_on_without_n3();
  run_.node(1).take_snapshot(8, 50);
  install_on_n3();
  run_.node(3).persist().restore(51);
  expect_fail("state_machine_safety", HasSubstr("After entry 8 the state of n1 has digest"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereTheStateFoundIsNotTheirs) {
  run_.node(1).take_snapshot(3, 50).persist().start();
  expect_fail("state_machine_safety", HasSubstr("that of n1 (incarnation 2) has"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereNotAllOfTheirEntriesAreApplied) {
  run_.node(1).append({15}).persist().commit(5).take_snapshot(5);
  expect_fail(
      "state_machine_safety",
      HasSubstr("has a snapshot of its state after entry 5, but it has applied only up to 4"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereOneReplacesWhatIsKnownToBeCommitted) {
  run_.node(3).install(4, 1, 14);
  expect_fail("state_machine_safety",
              HasSubstr("a snapshot up to 4 although it knows all up to 4 to be committed"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereOneIsRestoredThatWasNotInstalled) {
  go_on_without_n3();
  run_.node(3).line("restored", fmt::format("\"log_index\":8,\"digest\":\"{}\","
                                            "\"state_digest\":\"{}\"",
                                            digest(18), digest(77)));
  expect_fail("state_machine_safety", HasSubstr("it has installed none"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereAnotherIsRestoredThanWasInstalled) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).line("restored", fmt::format("\"log_index\":8,\"digest\":\"{}\","
                                            "\"state_digest\":\"{}\"",
                                            digest(98), digest(77)));
  expect_fail("state_machine_safety", HasSubstr("the one that it installed goes up to 8 with"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereEntriesAreAppliedBeforeTheState) {
  go_on_without_n3();
  install_on_n3();
  run_.node(3).append({19}).persist().commit(9).line(
      "applied", "\"commit_index\":9,\"entries\":[[9,1,\"" + digest(19) + "\",\"noop\"]]");
  expect_fail("state_machine_safety", HasSubstr("before it has the state of the snapshot up to 8"));
}

TEST_F(SnapshotsOfStatesTest, FailWhereEntriesThatTheyStandForAreAppliedAgain) {
  run_.node(1).take_snapshot(4).persist().start().line(
      "applied", "\"commit_index\":4,\"entries\":[[4,1,\"" + digest(14) + "\",\"probe\",1]]");
  expect_fail("state_machine_safety", HasSubstr("n1 applies entry 4 after 4 in its incarnation 2"));
}

}  // namespace
}  // namespace verify
