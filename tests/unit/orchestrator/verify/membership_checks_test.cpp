// SPDX-License-Identifier: Apache-2.0
// What changes of the members ask of election_safety, commit_safety, configuration_changes and
// convergence.
#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const Members kThree{{"n1", "n2", "n3"}};
const Members kFour{{"n1", "n2", "n3", "n4"}};
const Members kJoint{{"n1", "n2", "n3", "n4"}, {"n1", "n2", "n3"}};
const Members kWithLearner{{"n1", "n2", "n3"}, {}, {"n4"}};

const std::string kAllHave5 = "\"n1\":5,\"n2\":5,\"n3\":5";

class ElectionsOfMembersTest : public HealthyRunTest {
 protected:
  // n4 is up and votes for n2, which leads term 2 by these votes.
  void elect_n2_by(const std::vector<std::string>& votes) {
    run_.node(4).start();
    for (const unsigned voter : {2u, 3u, 4u})
      run_.node(voter).enter_term(2).vote("n2").persist();
    run_.node(2).lead(votes);
  }
};
class CommitSafetyTest : public HealthyRunTest {};
class ConfigurationChangesTest : public HealthyRunTest {
 protected:
  // n1 appends and commits C_old,new at 5.
  void append_joint() {
    for (unsigned i = 1; i <= 3; ++i)
      run_.node(i).append({15}).configure(5, kJoint).persist();
  }
  void commit_joint() {
    for (unsigned i = 1; i <= 3; ++i)
      run_.node(i).commit(5, kAllHave5).apply({"configuration"});
  }
};
class ConvergenceOfMembersTest : public HealthyRunTest {
 protected:
  // n4 becomes a member as `next` says, at 5.
  void change_to(const Members& next) {
    for (unsigned i = 1; i <= 3; ++i) {
      run_.node(i).append({15}).configure(5, next).persist().commit(5, kAllHave5);
      run_.node(i).apply({"configuration"}).stop();
    }
  }
};

TEST_F(ElectionsOfMembersTest, AreByAQuorumOfTheConfigurationThatTheLeaderUses) {
  run_.node(2).append({15}).configure(5, kFour);
  elect_n2_by({"n2", "n3", "n4"});
  expect_pass("election_safety");
}

TEST_F(ElectionsOfMembersTest, FailWhereTheConfigurationWantsMore) {
  run_.node(2).append({15}).configure(5, kFour);
  elect_n2_by({"n2", "n4"});
  expect_fail("election_safety",
              HasSubstr("by the votes of n2 n4, which are no quorum of n1 n2 n3 n4"));
}

TEST_F(ElectionsOfMembersTest, FailByTheVoteOfALearner) {
  run_.node(2).append({15}).configure(5, kWithLearner);
  elect_n2_by({"n2", "n4"});
  expect_fail("election_safety", HasSubstr("no quorum of n1 n2 n3, learners n4"));
}

TEST_F(ElectionsOfMembersTest, FailByAMajorityOfTheUnionOfAJointConfiguration) {
  run_.node(2).append({15}).configure(5, {{"n2", "n4", "n5"}, {"n1", "n2", "n3"}});
  elect_n2_by({"n2", "n4", "n3"});
  expect_pass("election_safety");
  run_.node(2).follow().append({16}).enter_term(3).vote("n2").persist();
  run_.node(4).enter_term(3).vote("n2").persist();
  run_.node(5).start().enter_term(3).vote("n2").persist();
  run_.node(2).lead({"n2", "n4", "n5"});
  expect_fail("election_safety", HasSubstr("no quorum of n2 n4 n5 with n1 n2 n3"));
}

TEST_F(ElectionsOfMembersTest, UseTheConfigurationThatATruncationLeft) {
  run_.node(2).append({15}).configure(5, kFour).truncate(5).configure(0, kThree);
  elect_n2_by({"n2", "n3"});
  expect_pass("election_safety");
}

TEST_F(ElectionsOfMembersTest, UseTheConfigurationThatACrashLeft) {
  run_.node(2).append({15}).configure(5, kFour).start();  // the entry was not durable
  elect_n2_by({"n2", "n3"});
  expect_pass("election_safety");
}

TEST_F(ElectionsOfMembersTest, UseTheConfigurationOfASnapshot) {
  run_.node(2).install(9, 1, 19).configure(9, kFour).persist().start();
  elect_n2_by({"n2", "n4"});
  expect_fail("election_safety", HasSubstr("no quorum of n1 n2 n3 n4"));
}

TEST_F(ElectionsOfMembersTest, CountNoPreVote) {
  run_.node(3).pre_vote("n2", 2);
  run_.node(2).enter_term(2).vote("n2").persist().lead({"n2", "n3"});
  expect_fail("election_safety", HasSubstr("counting a vote of n3, which voted for nobody"));
}

TEST_F(ElectionsOfMembersTest, AllowPreVotesForSeveral) {
  run_.node(3).pre_vote("n2", 1).pre_vote("n1", 2).pre_vote("n2", 2);
  elect_n2();
  expect_pass("election_safety");
}

TEST_F(CommitSafetyTest, PassesAndSaysWhatItSaw) {
  expect_pass("commit_safety");
  EXPECT_EQ(run_.check("commit_safety").saw, "5 commits, 3 of them by leaders");
}

// Figure 8: it may be overwritten yet.
TEST_F(CommitSafetyTest, FailsForALeaderThatCommitsAnOldTermByCounting) {
  run_.node(2).append({15}).persist();
  elect_n2();
  run_.node(2).commit(5);
  expect_fail("commit_safety", AllOf(HasSubstr("section 5.4.2"),
                                     HasSubstr("n2 leads term 2 and commits entry 5 of term 1")));
}

TEST_F(CommitSafetyTest, FailsWithoutAQuorum) {
  run_.node(1).append({15}).persist().commit(5, "\"n1\":5,\"n2\":4,\"n3\":4");
  expect_fail("commit_safety",
              HasSubstr("commits entry 5, which n1 are known to have; that is no quorum"));
}

TEST_F(CommitSafetyTest, FailsWhereNothingJustifiesIt) {
  run_.node(1).append({15}).persist().commit(5, "\"n1\":0");
  expect_fail("commit_safety", HasSubstr("which nobody is known to have"));
}

TEST_F(CommitSafetyTest, FailsByCountingALearner) {
  run_.node(1).append({15}).configure(5, kWithLearner).persist();
  run_.node(1).commit(5, "\"n1\":5,\"n4\":5");
  expect_fail("commit_safety", HasSubstr("no quorum of n1 n2 n3, learners n4"));
}

TEST_F(CommitSafetyTest, FailsByAMajorityOfOneHalfOfAJointConfiguration) {
  run_.node(1).append({15}).configure(5, {{"n1", "n4", "n5"}, {"n1", "n2", "n3"}}).persist();
  run_.node(1).commit(5, "\"n1\":5,\"n4\":5,\"n5\":5,\"n2\":4");
  expect_fail("commit_safety", HasSubstr("no quorum of n1 n4 n5 with n1 n2 n3"));
}

// It follows by the end of the step in which it commits its removal.
TEST_F(CommitSafetyTest, PassesForALeaderThatCommitsItsOwnRemoval) {
  run_.node(1).append({15}).configure(5, {{"n2", "n3"}}).persist();
  run_.node(1).commit(5, "\"n2\":5,\"n3\":5").follow();
  expect_pass("commit_safety");
}

TEST_F(CommitSafetyTest, FailsForAFollowerThatGoesFurtherThanItWasTold) {
  run_.node(2).append({15, 16}).line(
      "commit_advanced", "\"from_commit_index\":4,\"commit_index\":6,\"log_term\":1,\"digest\":\"" +
                             digest(16) + "\"," + append_entries_cause(4, 1, 6));
  expect_fail("commit_safety",
              HasSubstr("commits entry 6; its leader's message lets it go up to 5"));
}

TEST_F(CommitSafetyTest, FailsForAFollowerThatNobodyTold) {
  run_.node(2).append({15}).line(
      "commit_advanced", "\"from_commit_index\":4,\"commit_index\":5,\"log_term\":1,\"digest\":\"" +
                             digest(15) + "\",\"cause\":{\"kind\":\"timer\"}");
  expect_fail("commit_safety", HasSubstr("no message of a leader made it do so"));
}

TEST_F(CommitSafetyTest, PassesForAFollowerThatASnapshotTold) {
  run_.node(2).append({15}).line(
      "commit_advanced", "\"from_commit_index\":4,\"commit_index\":5,\"log_term\":1,\"digest\":\"" +
                             digest(15) + "\"," + install_snapshot_cause(5));
  expect_pass("commit_safety");
}

TEST_F(ConfigurationChangesTest, DoNotApplyWhereThereAreNone) {
  EXPECT_EQ(run_.check("configuration_changes").verdict, Verdict::not_applicable);
}

TEST_F(ConfigurationChangesTest, PassThroughAJointConfiguration) {
  append_joint();
  commit_joint();
  for (unsigned i = 1; i <= 3; ++i)
    run_.node(i).append({16}).configure(6, kFour).persist();
  expect_pass("configuration_changes");
  EXPECT_EQ(run_.check("configuration_changes").saw, "2 changes, 0 taken back, 0 by snapshots");
}

TEST_F(ConfigurationChangesTest, PassForLearnersWithoutAJointConfiguration) {
  run_.node(1).append({15}).configure(5, kWithLearner).persist();
  expect_pass("configuration_changes");
}

TEST_F(ConfigurationChangesTest, FailWhereVotersChangeAtOnce) {
  run_.node(1).append({15}).configure(5, kFour);
  expect_fail("configuration_changes",
              AllOf(HasSubstr("In the log of n1, n1 n2 n3 at 0 is followed by n1 n2 n3 n4 at 5"),
                    HasSubstr("without a joint configuration")));
}

TEST_F(ConfigurationChangesTest, FailWhereTheJointOneHasOtherOldVoters) {
  run_.node(1).append({15}).configure(5, {{"n1", "n2", "n3", "n4"}, {"n1", "n2"}});
  expect_fail("configuration_changes", HasSubstr("its old voters are not those of the"));
}

TEST_F(ConfigurationChangesTest, FailWhereTheNewOneIsNotThatOfTheJointOne) {
  append_joint();
  commit_joint();
  run_.node(1).append({16}).configure(6, kThree);
  expect_fail("configuration_changes", HasSubstr("its voters are not the new ones"));
}

TEST_F(ConfigurationChangesTest, FailWhereTheOneBeforeIsNotCommitted) {
  append_joint();
  run_.node(1).append({16}).configure(6, kFour);
  expect_fail("configuration_changes",
              HasSubstr("appends a configuration at 6; the one before, at 5, is not committed"));
}

// The bug of single-server changes, 2015.
TEST_F(ConfigurationChangesTest, FailForALeaderThatHasCommittedNothingOfItsTerm) {
  elect_n2();
  run_.node(2).append({25}).configure(5, kWithLearner);
  expect_fail(
      "configuration_changes",
      HasSubstr("n2 leads term 2 and appends a configuration at 5; it knows no entry of its "
                "term to be committed"));
}

TEST_F(ConfigurationChangesTest, PassWhereATruncationTakesOneBack) {
  append_joint();
  elect_n2();
  run_.node(3).truncate(5).configure(0, kThree).append({25}, 2);
  expect_pass("configuration_changes");
  EXPECT_THAT(run_.check("configuration_changes").saw, HasSubstr("1 taken back"));
}

// After a restart the one in force at the end of the snapshot stands where the snapshot does.
TEST_F(ConfigurationChangesTest, PassWhereATruncationGoesBackToThatOfTheSnapshotFound) {
  run_.node(2).take_snapshot(3).persist().start();
  run_.node(2).append({15}).configure(5, kJoint).persist();
  run_.node(2).truncate(5).configure(3, kThree);
  expect_pass("configuration_changes");
}

TEST_F(ConfigurationChangesTest, FailWhereATruncatedOneIsKept) {
  append_joint();
  elect_n2();
  run_.node(3).truncate(5).append({25}, 2);
  expect_fail(
      "configuration_changes",
      HasSubstr("n3 deletes its latest configuration with the entries from 5, and does not"));
}

TEST_F(ConfigurationChangesTest, FailWhereATruncationGoesBackToAnother) {
  append_joint();
  elect_n2();
  run_.node(3).truncate(5).configure(0, kFour);
  expect_fail(
      "configuration_changes",
      HasSubstr("goes back to n1 n2 n3 n4 at 0; what is left of its log has n1 n2 n3 at 0"));
}

TEST_F(ConfigurationChangesTest, FailWhereOneIsAppliedThatIsNotUsed) {
  append_joint();
  commit_joint();
  run_.node(2).append({16}).commit(6).apply({"configuration"});
  expect_fail("configuration_changes",
              HasSubstr("n2 applies the configuration at 6, but has not told that it uses it"));
}

TEST_F(ConfigurationChangesTest, FailWhereOneIsUsedThatStandsNowhere) {
  run_.node(2).configure(5, kJoint);
  expect_fail(
      "configuration_changes",
      HasSubstr("n2 uses a configuration at 5 from now on, where it has appended no entry"));
}

TEST_F(ConfigurationChangesTest, FailWhereNodesUseDifferentOnesForOneEntry) {
  append_joint();
  commit_joint();
  run_.node(1).append({16}).configure(6, kFour);
  run_.node(2).append({16}).configure(6, {{"n1", "n2", "n3", "n4"}, {}, {"n5"}});
  expect_fail("configuration_changes",
              HasSubstr("For the entry at 6, n2 uses n1 n2 n3 n4, learners n5 and n1 uses"));
}

TEST_F(ConfigurationChangesTest, PassWhereASnapshotBringsTheOneInForce) {
  append_joint();
  commit_joint();
  run_.node(4).start().enter_term(1).install(5, 1, 15).configure(5, kJoint).persist().restore();
  expect_pass("configuration_changes");
  EXPECT_THAT(run_.check("configuration_changes").saw, HasSubstr("1 by snapshots"));
}

TEST_F(ConfigurationChangesTest, PassWhereASnapshotReplacesOneThatWasNeverCommitted) {
  run_.node(2).append({15}).configure(5, kJoint).persist();
  run_.node(2).install(6, 1, 26).configure(6, kThree).persist().restore();
  run_.node(2).append({27}).persist().commit(7);
  expect_pass("configuration_changes");
}

TEST_F(ConfigurationChangesTest, FailWhereASnapshotBringsAnother) {
  append_joint();
  commit_joint();
  run_.node(4).start().enter_term(1).install(5, 1, 15).configure(5, kThree).persist().restore();
  expect_fail("configuration_changes",
              HasSubstr("snapshot up to 5 that n4 installed brought n1 n2 n3; in force there is n1 "
                        "n2 n3 n4 with n1 n2 n3, committed at 5"));
}

TEST_F(ConfigurationChangesTest, FailWhereASnapshotBringsNone) {
  run_.node(4).start().enter_term(1).install(4, 1, 14).persist();
  expect_fail("configuration_changes", HasSubstr("n4 replaces its log by a snapshot up to 4, and"));
}

TEST_F(ConvergenceOfMembersTest, AsksThoseOfTheLatestCommittedConfiguration) {
  change_to({{"n1", "n2"}});
  run_.node(3).start();  // comes back, and is no member
  expect_pass("convergence");
  EXPECT_EQ(run_.check("convergence").saw, "2 nodes at 4, 2 states compared");
  expect_pass("acknowledged_writes_survive");
  EXPECT_EQ(run_.check("acknowledged_writes_survive").saw, "3 operations, all on 2 nodes");
}

TEST_F(ConvergenceOfMembersTest, AsksLearnersToo) {
  change_to(kWithLearner);
  run_.node(4).start().enter_term(1).append({11, 12}).persist().commit(2).apply({"noop", "c1/1"});
  run_.node(4).stop();
  expect_fail("convergence", HasSubstr("n4 stopped with entries applied up to 2"));
  expect_fail("acknowledged_writes_survive", HasSubstr("in the end n4 has applied only up to 2"));
}

TEST_F(ConvergenceOfMembersTest, TakesASnapshotForWhatItStandsFor) {
  change_to(kWithLearner);
  run_.node(4).start().enter_term(1).install(5, 1, 15).configure(5, kWithLearner).persist();
  run_.node(4).restore().stop();
  expect_pass("convergence");
  EXPECT_EQ(run_.check("convergence").saw, "4 nodes at 4, 4 states compared");
  expect_pass("acknowledged_writes_survive");
}

}  // namespace
}  // namespace verify
