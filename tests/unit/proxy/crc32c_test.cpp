// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire/crc32c.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace proxy {
namespace {

using Crc32c = std::uint32_t (*)(std::string_view, std::uint32_t);

class Crc32cTest : public testing::TestWithParam<Crc32c> {};

INSTANTIATE_TEST_SUITE_P(dispatched, Crc32cTest, testing::Values(&crc32c));
INSTANTIATE_TEST_SUITE_P(portable, Crc32cTest, testing::Values(&crc32c_portable));

TEST_P(Crc32cTest, gives_the_answers_of_rfc_3720) {
  std::string ascending;
  for (char byte = 0; byte < 32; ++byte)
    ascending += byte;
  const std::string descending(ascending.rbegin(), ascending.rend());
  std::string read_command(48, '\0');  // an iSCSI SCSI Read (10) Command PDU
  read_command[0] = 0x01;
  read_command[1] = static_cast<char>(0xC0);
  read_command[16] = 0x14;
  read_command[22] = 0x04;
  read_command[27] = 0x14;
  read_command[31] = 0x18;
  read_command[32] = 0x28;
  read_command[40] = 0x02;

  EXPECT_EQ(GetParam()(std::string(32, '\0'), 0), 0x8A9136AAU);
  EXPECT_EQ(GetParam()(std::string(32, '\xFF'), 0), 0x62A8AB43U);
  EXPECT_EQ(GetParam()(ascending, 0), 0x46DD794EU);
  EXPECT_EQ(GetParam()(descending, 0), 0x113FDB5CU);
  EXPECT_EQ(GetParam()(read_command, 0), 0xD9963A56U);
}

TEST_P(Crc32cTest, of_nothing_is_zero_and_of_the_check_string_is_the_catalogued_value) {
  EXPECT_EQ(GetParam()("", 0), 0U);
  EXPECT_EQ(GetParam()("123456789", 0), 0xE3069283U);
}

TEST_P(Crc32cTest, goes_on_where_it_stopped) {
  const std::string bytes = "the quick brown fox jumps over the lazy dog";
  const std::uint32_t whole = GetParam()(bytes, 0);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::uint32_t head = GetParam()(std::string_view(bytes).substr(0, cut), 0);
    EXPECT_EQ(GetParam()(std::string_view(bytes).substr(cut), head), whole) << "cut at " << cut;
  }
}

TEST(crc32c, both_ways_agree_at_any_length_and_alignment) {
  std::mt19937 generator(1);
  std::string bytes(300, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(generator()); });
  for (std::size_t start = 0; start < 9; ++start) {
    for (std::size_t length = 0; length <= 280; ++length) {
      const auto part = std::string_view(bytes).substr(start, length);
      ASSERT_EQ(crc32c(part), crc32c_portable(part)) << start << " " << length;
    }
  }
}

}  // namespace
}  // namespace proxy
