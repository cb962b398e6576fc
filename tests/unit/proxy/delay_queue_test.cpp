// SPDX-License-Identifier: Apache-2.0
#include "proxy/delay_queue.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace proxy {
namespace {

using std::chrono::microseconds;

constexpr DelayQueue<int>::Limits kRoom = {.messages = 100'000, .bytes = 1 << 30};

TEST(delay_queue, gives_out_what_is_due_and_nothing_before) {
  DelayQueue<int> queue(kRoom);
  EXPECT_EQ(queue.next_due(), std::nullopt);
  EXPECT_TRUE(queue.push(microseconds(20), 1, 2));
  EXPECT_TRUE(queue.push(microseconds(10), 1, 1));
  EXPECT_EQ(queue.next_due(), microseconds(10));
  EXPECT_EQ(queue.pop(microseconds(9)), std::nullopt);
  EXPECT_EQ(queue.pop(microseconds(10)), 1);
  EXPECT_EQ(queue.pop(microseconds(10)), std::nullopt);
  EXPECT_EQ(queue.next_due(), microseconds(20));
  EXPECT_EQ(queue.pop(microseconds(99)), 2);
  EXPECT_EQ(queue.pop(microseconds::max()), std::nullopt);
}

TEST(delay_queue, orders_like_a_stable_sort) {
  DelayQueue<int> queue(kRoom);
  std::mt19937 generator(5);
  std::vector<std::pair<int, int>> expected;
  for (int i = 0; i < 2000; ++i) {
    const int due = static_cast<int>(generator() % 50);
    expected.emplace_back(due, i);
    ASSERT_TRUE(queue.push(microseconds(due), 1, i));
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [due, value] : expected) {
    ASSERT_EQ(queue.next_due(), microseconds(due));
    ASSERT_EQ(queue.pop(microseconds(due)), value);
  }
  EXPECT_EQ(queue.size(), 0U);
}

TEST(delay_queue, is_bounded_in_messages) {
  DelayQueue<int> queue({.messages = 2, .bytes = 100});
  EXPECT_TRUE(queue.push(microseconds(1), 1, 1));
  EXPECT_TRUE(queue.push(microseconds(1), 1, 2));
  EXPECT_FALSE(queue.push(microseconds(1), 1, 3));
  EXPECT_TRUE(queue.pop(microseconds(1)));
  EXPECT_TRUE(queue.push(microseconds(1), 1, 3));
}

TEST(delay_queue, is_bounded_in_bytes) {
  DelayQueue<int> queue({.messages = 10, .bytes = 100});
  EXPECT_TRUE(queue.push(microseconds(1), 60, 1));
  EXPECT_FALSE(queue.push(microseconds(1), 41, 2));
  EXPECT_TRUE(queue.push(microseconds(1), 40, 2));
  EXPECT_EQ(queue.bytes(), 100U);
  EXPECT_TRUE(queue.pop(microseconds(1)));
  EXPECT_EQ(queue.bytes(), 40U);
}

}  // namespace
}  // namespace proxy
