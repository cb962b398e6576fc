// SPDX-License-Identifier: Apache-2.0
// Who starts elections while the members change (section 6; dissertation, 4.2.2).
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

TEST(Campaign, IsNotForALearnerAndNotForWhoIsNoMember) {
  for (const Configuration& configuration :
       {Configuration{{kS2, kS3}, {}, {kS1}}, Configuration{{kS2, kS3}, {}, {}}}) {
    Server s({.term = 2, .configuration = configuration});
    const Output out = s.wake();
    EXPECT_EQ(s.role(), Role::follower);
    EXPECT_EQ(s.term(), 2u);
    EXPECT_TRUE(out.messages.empty());
    EXPECT_TRUE(out.transitions.empty());
    EXPECT_EQ(s.deadline(), s.now() + kElectionTimeout);
  }
}

TEST(Campaign, IsForAVoterOfEitherHalf) {
  for (const Configuration& joint :
       {Configuration{{kS1}, {kS2, kS3}, {}}, Configuration{{kS2, kS3}, {kS1}, {}}}) {
    Server s({.term = 2, .configuration = joint});
    s.wake();
    EXPECT_EQ(s.role(), Role::candidate);
  }
}

// "a server that is not part of its own latest configuration should still start new elections, as
// it might still be needed until the C_new entry is committed" (dissertation, 4.2.2).
TEST(Campaign, IsForWhoLeavesUntilThatIsCommitted) {
  const Configuration two{{kS2, kS3}, {}, {}};
  const auto leaving = [&](std::uint64_t commit) {
    Server s({.term = 2});
    const Configuration joint{{kS2, kS3}, {kS1, kS2, kS3}, {}};
    s.receive(kS2,
              append({.term = 2}, {configuration_entry(2, joint), configuration_entry(2, two)}));
    s.receive(kS2, append({.term = 2, .prev = {2, 2}, .commit = commit}));
    s.wake();
    return s;
  };
  EXPECT_EQ(leaving(1).role(), Role::candidate);
  EXPECT_EQ(leaving(2).role(), Role::follower);
  Server s = leaving(1);
  s.receive(kS2, vote(3));
  EXPECT_EQ(s.role(), Role::candidate) << "its own vote does not count";
  const Output out = s.receive(kS3, vote(3));
  EXPECT_EQ(s.role(), Role::leader);
  EXPECT_EQ(noted<RoleChanged>(out).at(0).votes, (std::vector<NodeId>{kS2, kS3}));
}

TEST(Campaign, IsNotForALearnerWhoseConfigurationBeforeHadItSo) {
  Server s({.term = 2, .configuration = {{kS2, kS3}, {}, {kS1}}});
  s.receive(kS2, append({.term = 2}, {configuration_entry(2, {{kS2, kS3}, {}, {}})}));
  s.wake();
  EXPECT_EQ(s.role(), Role::follower);
}

}  // namespace
}  // namespace raft::test
