// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/lateness.h"

#include <gtest/gtest.h>

namespace verify {
namespace {

using namespace std::chrono_literals;

template <class What>
FaultEvent fault(Time at, What what) {
  FaultEvent event;
  event.at = at;
  event.what = std::move(what);
  return event;
}

// A node's loop that ran so late, as it says when it runs again.
NodeEvent stall(unsigned node, Time at, Time late) {
  NodeEvent event;
  event.at = at;
  event.node = {node};
  event.what = Stalled{late.count()};
  return event;
}

class LatenessTest : public testing::Test {
 protected:
  void inject(const char* kind, std::vector<std::string> nodes, Time begin,
              std::optional<Time> end) {
    lateness_.take(fault(begin, FaultStarted{"f", kind, std::move(nodes), false, {}}));
    if (end) lateness_.take(fault(*end, FaultEnded{"f"}));
  }

  Lateness lateness_;
};

TEST_F(LatenessTest, APauseExplainsWhatItTook) {
  inject("pause", {"n1"}, 10s, 12s);
  lateness_.take(stall(1, 12s + 5ms, 1950ms));
  EXPECT_EQ(lateness_.until(13s), "");
}

TEST_F(LatenessTest, ButNothingBesides) {
  inject("pause", {"n1"}, 10s, 12s);
  lateness_.take(stall(1, 12s + 300ms, 2250ms));
  EXPECT_EQ(lateness_.until(13s), "n1 ran 300 ms too late");
}

TEST_F(LatenessTest, NorAnotherNode) {
  inject("pause", {"n1"}, 10s, 12s);
  lateness_.take(stall(2, 12s, 1500ms));
  EXPECT_EQ(lateness_.until(13s), "n2 ran 1500 ms too late");
}

TEST_F(LatenessTest, SlownessExplainsToo) {
  inject("slow", {"n1", "n2"}, 10s, std::nullopt);
  lateness_.take(stall(2, 12s, 1500ms));
  EXPECT_EQ(lateness_.until(13s), "");
}

TEST_F(LatenessTest, AWrongClockDoesNot) {
  inject("clock", {"n1"}, 10s, std::nullopt);
  lateness_.take(stall(1, 12s, 500ms));
  EXPECT_EQ(lateness_.until(13s), "n1 ran 500 ms too late");
}

TEST_F(LatenessTest, TheKilledAreNotPausedAnyMore) {
  inject("pause", {"n1"}, 10s, std::nullopt);
  lateness_.take(fault(11s, NodeKilled{{1}, 1}));
  lateness_.take(stall(1, 14s, 500ms));
  EXPECT_EQ(lateness_.until(15s), "n1 ran 500 ms too late");
}

TEST_F(LatenessTest, OverlappingFaultsExplainOnlyOnce) {
  inject("slow", {"n1"}, 10s, 12s);
  lateness_.take(fault(11s, FaultStarted{"g", "pause", {"n1"}, false, {}}));
  lateness_.take(fault(12s, FaultEnded{"g"}));
  lateness_.take(stall(1, 12s + 500ms, 2500ms));
  EXPECT_EQ(lateness_.until(13s), "n1 ran 500 ms too late");
}

}  // namespace
}  // namespace verify
