// SPDX-License-Identifier: Apache-2.0
#include "proxy/random.h"

#include <set>

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(decision, is_fixed_for_good) {
  // A seed printed today runs the same schedule in a later version.
  EXPECT_EQ(decision(42, stream_of("lossy"), Address{1}, Address{2}, 0), 0x54173E1318AAFA03U);
}

TEST(decision, depends_on_each_of_its_parts) {
  const std::uint64_t stream = stream_of("lossy");
  const std::set<std::uint64_t> all = {
      decision(42, stream, Address{1}, Address{2}, 0),
      decision(43, stream, Address{1}, Address{2}, 0),
      decision(42, stream_of("slow"), Address{1}, Address{2}, 0),
      decision(42, stream, Address{2}, Address{1}, 0),
      decision(42, stream, Address{1}, Address{3}, 0),
      decision(42, stream, Address{1}, Address{2}, 1),
      decision(42, stream, Address{1}, Address{2}, 0, 1),
  };
  EXPECT_EQ(all.size(), 7U);
}

TEST(uniform01, covers_its_range_evenly) {
  EXPECT_EQ(uniform01(0), 0.0);
  EXPECT_LT(uniform01(~std::uint64_t{0}), 1.0);
  double sum = 0;
  for (std::uint64_t ordinal = 0; ordinal < 100'000; ++ordinal)
    sum += uniform01(decision(1, 2, Address{1}, Address{2}, ordinal));
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);  // five standard errors
}

}  // namespace
}  // namespace proxy
