// SPDX-License-Identifier: Apache-2.0
// What a quorum is, of one configuration and of two that are joint (section 6).
#include "raft/configuration.h"

#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

std::vector<NodeId> nodes(std::uint64_t first, std::uint64_t last) {
  std::vector<NodeId> result;
  for (std::uint64_t i = first; i <= last; ++i)
    result.push_back(NodeId{i});
  return result;
}

bool agree(const Configuration& configuration, const std::vector<NodeId>& who) {
  return has_quorum(configuration, [&who](NodeId node) {
    return std::find(who.begin(), who.end(), node) != who.end();
  });
}

// Server i has reached 10 times i.
std::uint64_t reached(const Configuration& configuration) {
  return quorum_value<std::uint64_t>(configuration, [](NodeId node) { return 10 * node.value; });
}

TEST(Quorum, IsMoreThanHalf) {
  for (std::uint64_t n = 1; n <= 7; ++n) {
    const Configuration configuration{nodes(1, n), {}, {}};
    EXPECT_FALSE(agree(configuration, nodes(1, n / 2))) << n;
    EXPECT_TRUE(agree(configuration, nodes(1, n / 2 + 1))) << n;
  }
}

TEST(Quorum, HasReachedWhatMoreThanHalfHave) {
  const std::vector<std::uint64_t> of_size = {0, 10, 10, 20, 20, 30, 30, 40};
  for (std::uint64_t n = 1; n <= 7; ++n)
    EXPECT_EQ(reached({nodes(1, n), {}, {}}), of_size[n]) << n;
}

// "Agreement (for elections and entry commitment) requires separate majorities from both the old
// and new configurations."
TEST(Quorum, OfAJointConfigurationIsAMajorityOfEachHalf) {
  const Configuration joint{{kS3, kS4, kS5}, {kS1, kS2, kS3}, {}};
  EXPECT_FALSE(agree(joint, {kS3, kS4, kS5}));
  EXPECT_FALSE(agree(joint, {kS1, kS2, kS3}));
  EXPECT_FALSE(agree(joint, {kS1, kS4, kS5}));
  EXPECT_TRUE(agree(joint, {kS2, kS3, kS4}));
}

// Three of the five are a majority of the union; of the new half they are one of three.
TEST(Quorum, OfAJointConfigurationIsNoMajorityOfTheUnion) {
  EXPECT_FALSE(agree({{kS3, kS4, kS5}, {kS1, kS2, kS3}, {}}, {kS1, kS2, kS3}));
}

TEST(Quorum, OfAJointConfigurationHasReachedTheLowerOfBoth) {
  EXPECT_EQ(reached({{kS3, kS4, kS5}, {kS1, kS2}, {}}), 10u);
  EXPECT_EQ(reached({{kS1, kS2}, {kS3, kS4, kS5}, {}}), 10u);
}

TEST(Quorum, HasNoLearners) {
  EXPECT_FALSE(agree({{kS1, kS2, kS3}, {}, {kS4, kS5}}, {kS1, kS4, kS5}));
  EXPECT_TRUE(agree({{kS1, kS2, kS3}, {}, {kS4, kS5}}, {kS1, kS2}));
}

TEST(Configuration, AVoterIsOneOfEitherHalf) {
  const Configuration joint{{kS3}, {kS1, kS2}, {kS4}};
  EXPECT_TRUE(joint.joint());
  EXPECT_TRUE(joint.is_voter(kS3));
  EXPECT_TRUE(joint.is_voter(kS1));
  EXPECT_FALSE(joint.is_voter(kS4));
  EXPECT_TRUE(joint.contains(kS4));
  EXPECT_FALSE(joint.contains(kS5));
}

TEST(Configuration, NamesEachMemberOnce) {
  const Configuration joint{{kS2, kS4}, {kS1, kS2, kS3}, {kS3, kS5}};
  EXPECT_EQ(joint.members(), nodes(1, 5));
}

TEST(Configuration, IsReadAsItWasWritten) {
  const std::vector<std::pair<Configuration, std::string>> all = {
      {{{kS1}, {}, {}}, "voters=1"},
      {{{kS1, NodeId{12}}, {}, {}}, "voters=1,12"},
      {{{kS1}, {}, {kS2, kS3}}, "voters=1 learners=2,3"},
      {{{kS1, kS2}, {kS2, kS3}, {}}, "voters=1,2 old=2,3"},
      {{{kS1, kS2}, {kS2, kS3}, {kS3}}, "voters=1,2 old=2,3 learners=3"},
  };
  for (const auto& [configuration, text] : all) {
    EXPECT_EQ(encode(configuration), text);
    EXPECT_EQ(decode_configuration(text), configuration);
  }
}

TEST(Configuration, IsNotReadFromAnythingElse) {
  for (const char* text : {"",
                           "voters",
                           "voters=",
                           "voters=0",
                           "voters=a",
                           "voters=-1",
                           "voters= 1",
                           "voters=1,",
                           "voters=,1",
                           "voters=1,1",
                           "voters=2,1",
                           "voters=1 ",
                           "voters=1;",
                           "voters=1 old=",
                           "voters=1 learners=",
                           "voters=1 old=2,2",
                           "voters=1 learners=3,2",
                           "old=1",
                           "learners=1",
                           "voters=1 learners=2 old=3",
                           "voters=1 old=2 old=3",
                           "voters=1 learners=2 learners=3",
                           "voters=1  learners=2",
                           "Voters=1",
                           "voters=18446744073709551616"}) {
    EXPECT_EQ(decode_configuration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace raft::test
