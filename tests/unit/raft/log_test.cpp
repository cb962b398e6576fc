// SPDX-License-Identifier: Apache-2.0
#include "raft/log.h"

#include "tests/unit/raft/server.h"

namespace raft::test {
namespace {

Entry of_size(std::size_t bytes) {
  return {Term{1}, EntryKind::command, std::make_shared<const std::string>(bytes, 'x')};
}

std::vector<std::size_t> sizes(const std::vector<Entry>& entries) {
  std::vector<std::size_t> result;
  for (const Entry& entry : entries)
    result.push_back(entry.command->size());
  return result;
}

TEST(Log, StartsAtIndexOne) {
  const Log log(Index{}, Term{}, entries({3, 4}));
  EXPECT_EQ(log.term_at(Index{0}), Term{});
  EXPECT_EQ(log.term_at(Index{1}), Term{3});
  EXPECT_EQ(log.term_at(Index{2}), Term{4});
  EXPECT_EQ(log.term_at(Index{3}), std::nullopt);
  EXPECT_EQ(log.last_index(), Index{2});
  EXPECT_EQ(log.last_term(), Term{4});
}

TEST(Log, FindsTheFirstAndTheLastIndexOfATerm) {
  const Log log(Index{}, Term{}, entries({1, 3, 3, 3, 5}));
  EXPECT_EQ(log.first_index_of(Term{3}), Index{2});
  EXPECT_EQ(log.first_index_of(Term{5}), Index{5});
  EXPECT_EQ(log.last_index_of(Term{1}), Index{1});
  EXPECT_EQ(log.last_index_of(Term{3}), Index{4});
  EXPECT_EQ(log.last_index_of(Term{2}), std::nullopt);
  EXPECT_EQ(log.last_index_of(Term{9}), std::nullopt);
}

// A slice that went on after an entry too large for it would have a gap.
TEST(Log, ASliceHasNoGap) {
  Log log;
  for (std::size_t bytes : {3u, 5u, 20u, 1u, 1u})
    log.append(of_size(bytes));
  EXPECT_EQ(sizes(log.slice(Index{1}, 9, 10)), (std::vector<std::size_t>{3, 5}));
  EXPECT_EQ(sizes(log.slice(Index{2}, 9, 25)), (std::vector<std::size_t>{5, 20}));
  EXPECT_EQ(sizes(log.slice(Index{2}, 9, 26)), (std::vector<std::size_t>{5, 20, 1}));
}

TEST(Log, ASliceHasOneEntryAtLeast) {
  Log log;
  log.append(of_size(20));
  log.append(of_size(1));
  EXPECT_EQ(sizes(log.slice(Index{1}, 9, 10)), std::vector<std::size_t>{20});
  EXPECT_TRUE(log.slice(Index{3}, 9, 10).empty());
}

TEST(Log, ASliceHasNoMoreEntriesThanAsked) {
  const Log log(Index{}, Term{}, entries({1, 1, 1}));
  EXPECT_EQ(log.slice(Index{1}, 2, 1000).size(), 2u);
  EXPECT_EQ(log.slice(Index{3}, 2, 1000).size(), 1u);
}

TEST(Log, ATruncationTakesTheIndexAndAllAfterIt) {
  Log log(Index{}, Term{}, entries({1, 2, 3}));
  log.truncate_from(Index{2});
  EXPECT_EQ(terms_of(log), Terms{1});
}

// What came before the base was compacted away (section 7); of the base itself the term is known,
// which the consistency check of the entry after it needs.
class CompactedLog : public testing::Test {
 protected:
  Log log_{Index{4}, Term{3}, entries({3, 3, 5}, 5)};
};

TEST_F(CompactedLog, GoesOnAfterItsBase) {
  EXPECT_EQ(log_.first_index(), Index{5});
  EXPECT_EQ(log_.last_index(), Index{7});
  EXPECT_EQ(log_.term_at(Index{3}), std::nullopt);
  EXPECT_EQ(log_.term_at(Index{4}), Term{3});
  EXPECT_EQ(log_.term_at(Index{7}), Term{5});
  EXPECT_EQ(log_.term_at(Index{8}), std::nullopt);
  EXPECT_EQ(*log_.at(Index{5}).command, "3.5");
}

TEST_F(CompactedLog, EndsAtItsBaseWhereNothingFollows) {
  log_.truncate_from(Index{5});
  EXPECT_EQ(log_.last_index(), Index{4});
  EXPECT_EQ(log_.last_term(), Term{3});
  EXPECT_TRUE(log_.slice(Index{5}, 9, 1000).empty());
}

TEST_F(CompactedLog, ASliceBeginsWhereItIsAsked) {
  const std::vector<Entry> slice = log_.slice(Index{6}, 9, 1000);
  ASSERT_EQ(slice.size(), 2u);
  EXPECT_EQ(*slice[0].command, "3.6");
}

TEST_F(CompactedLog, FindsTheFirstAndTheLastIndexOfATerm) {
  EXPECT_EQ(log_.first_index_of(Term{3}), Index{5});
  EXPECT_EQ(log_.first_index_of(Term{5}), Index{7});
  EXPECT_EQ(log_.last_index_of(Term{3}), Index{6});
  EXPECT_EQ(log_.last_index_of(Term{5}), Index{7});
  EXPECT_EQ(log_.last_index_of(Term{2}), std::nullopt);
  EXPECT_EQ(log_.last_index_of(Term{4}), std::nullopt);
}

TEST_F(CompactedLog, TheBaseMayBeTheLastOfItsTerm) {
  EXPECT_EQ(Log(Index{4}, Term{3}, entries({5}, 5)).last_index_of(Term{3}), Index{4});
  EXPECT_EQ(Log(Index{4}, Term{3}, {}).last_index_of(Term{3}), Index{4});
  EXPECT_EQ(Log(Index{4}, Term{3}, {}).last_index_of(Term{2}), std::nullopt);
}

TEST_F(CompactedLog, ThePlaceBeforeTheFirstEntryIsNoEntry) {
  EXPECT_EQ(Log().last_index_of(Term{}), std::nullopt);
}

TEST_F(CompactedLog, ForgetsUpToAnIndexAndKnowsItsTerm) {
  log_.compact_to(Index{4});
  EXPECT_EQ(log_.first_index(), Index{5}) << "its base already";
  log_.compact_to(Index{6});
  EXPECT_EQ(log_.base_index(), Index{6});
  EXPECT_EQ(log_.base_term(), Term{3});
  EXPECT_EQ(commands_of(log_), std::vector<std::string>{"5.7"});
  log_.compact_to(Index{7});
  EXPECT_EQ(log_.base_term(), Term{5});
  EXPECT_EQ(log_.last_index(), Index{7});
}

TEST_F(CompactedLog, IsDiscardedAndBegunElsewhere) {
  log_.reset(Index{9}, Term{8});
  EXPECT_EQ(log_.base_index(), Index{9});
  EXPECT_EQ(log_.last_index(), Index{9});
  EXPECT_EQ(log_.last_term(), Term{8});
}

}  // namespace
}  // namespace raft::test
