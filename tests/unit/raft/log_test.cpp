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
  const Log log(entries({3, 4}));
  EXPECT_EQ(log.term_at(Index{0}), Term{});
  EXPECT_EQ(log.term_at(Index{1}), Term{3});
  EXPECT_EQ(log.term_at(Index{2}), Term{4});
  EXPECT_EQ(log.term_at(Index{3}), std::nullopt);
  EXPECT_EQ(log.last_index(), Index{2});
  EXPECT_EQ(log.last_term(), Term{4});
}

TEST(Log, FindsTheFirstAndTheLastIndexOfATerm) {
  const Log log(entries({1, 3, 3, 3, 5}));
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
  const Log log(entries({1, 1, 1}));
  EXPECT_EQ(log.slice(Index{1}, 2, 1000).size(), 2u);
  EXPECT_EQ(log.slice(Index{3}, 2, 1000).size(), 1u);
}

TEST(Log, ATruncationTakesTheIndexAndAllAfterIt) {
  Log log(entries({1, 2, 3}));
  log.truncate_from(Index{2});
  EXPECT_EQ(terms_of(log), Terms{1});
}

}  // namespace
}  // namespace raft::test
