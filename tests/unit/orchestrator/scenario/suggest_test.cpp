// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/suggest.h"

#include <gtest/gtest.h>

namespace scenario {
namespace {

const std::vector<std::string_view> kKeys = {
    "election_timeout", "heartbeat_interval", "nodes", "src", "dst", "fault"};

TEST(Suggest, FindsWhatWasMisspelled) {
  EXPECT_EQ(nearest("electon_timeout", kKeys), "election_timeout");
  EXPECT_EQ(nearest("electoin_timeout", kKeys), "election_timeout");
  EXPECT_EQ(nearest("node", kKeys), "nodes");
  EXPECT_EQ(nearest("faul", kKeys), "fault");
  EXPECT_EQ(nearest("fualt", kKeys), "fault");
}

TEST(Suggest, KnowsTheWordsOfOtherTools) {
  EXPECT_EQ(nearest("action", kKeys), "fault");
  EXPECT_EQ(nearest("from", kKeys), "src");
  EXPECT_EQ(nearest("servers", kKeys), "nodes");
  EXPECT_EQ(nearest("action", {"direction"}), "") << "only where our word fits";
}

TEST(Suggest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest("zzz", kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
  EXPECT_EQ(nearest("x", kKeys), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'a'), kKeys), "");
  EXPECT_EQ(did_you_mean("zzz", kKeys), "");
  EXPECT_EQ(did_you_mean("dts", kKeys), "; did you mean 'dst'?");
}

}  // namespace
}  // namespace scenario
