// SPDX-License-Identifier: Apache-2.0
// max_in_flight_bytes: what is on its way to one follower never exceeds it, unless one message
// alone does.
#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

// A leader whose S2 answered once, and is sent to without waiting.
Server replicating(const Settings& settings) {
  Server s = leader({.term = 1, .settings = settings});
  s.accept(kS2);
  EXPECT_EQ(s.replication(kS2), Replication::replicate);
  return s;
}

std::vector<std::size_t> entries_sent(const Output& out) {
  std::vector<std::size_t> counts;
  for (const AppendEntries& request : sent<AppendEntries>(out, kS2))
    counts.push_back(request.entries.size());
  return counts;
}

using Counts = std::vector<std::size_t>;

TEST(ByteWindow, HoldsBackWhatWouldExceedIt) {
  Server s = replicating({.max_append_entries = 1, .max_in_flight_bytes = 8});
  EXPECT_EQ(entries_sent(s.propose({"12345", "1234", "1"})), Counts{1});
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 5u);
  const Output freed = s.receive(kS2, accepted({.asked_in = 1, .match = 1}));
  EXPECT_EQ(entries_sent(freed), (Counts{1, 1}));
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 5u);
}

TEST(ByteWindow, CutsAMessageToTheRoomThatIsLeft) {
  Server s = replicating({.max_in_flight_bytes = 8});
  EXPECT_EQ(entries_sent(s.propose({"1234"})), Counts{1});
  EXPECT_EQ(entries_sent(s.propose({"12", "34", "5"})), Counts{2});
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 8u);
  EXPECT_EQ(entries_sent(s.propose({"6"})), Counts{});
  EXPECT_EQ(entries_sent(s.receive(kS2, accepted({.asked_in = 1, .match = 1}))), Counts{2});
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 6u);
}

TEST(ByteWindow, IsExceededByOneMessageAlone) {
  Server s = replicating({.max_in_flight_bytes = 8});
  EXPECT_EQ(entries_sent(s.propose({"1", std::string(100, 'x')})), Counts{1});
  EXPECT_EQ(entries_sent(s.receive(kS2, accepted({.asked_in = 1, .match = 1}))), Counts{1});
  EXPECT_EQ(s.progress(kS2).in_flight_bytes, 100u);
}

// The next entry has gone from the log meanwhile: nothing of it can be counted.
TEST(ByteWindow, DoesNotHoldBackASnapshot) {
  Server s = replicating({.max_in_flight_bytes = 8, .trailing_entries = 0});
  s.accept(kS3);
  s.propose({"12345678", "9"});
  ASSERT_EQ(s.progress(kS2).next_index, Index{2});
  s.receive(kS3, accepted({.asked_in = 1, .match = 1}));
  s.receive(kS3, accepted({.asked_in = 1, .match = 2}));
  ASSERT_EQ(s.commit(), 2u);
  s.compact(2);
  EXPECT_EQ(sent<InstallSnapshot>(s.propose({"x"}), kS2).size(), 1u);
  EXPECT_EQ(s.replication(kS2), Replication::snapshot);
}

}  // namespace
}  // namespace raft::test
