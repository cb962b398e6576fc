// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire/json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

using Json = nlohmann::json;

std::string line_with(std::string_view value) {
  std::string out;
  JsonLine(out).field("value", value).end_line();
  return out;
}

std::string written_and_read(std::string_view value) {
  return Json::parse(line_with(value)).at("value").get<std::string>();
}

TEST(json_line, writes_fields_in_order_and_ends_the_line) {
  std::string out = "before\n";
  JsonLine(out)
      .field("text", "leader")
      .field("count", 3)
      .field("yes", true)
      .field("half", 0.5)
      .raw("given", "[1]")
      .end_line();
  EXPECT_EQ(out,
            "before\n{\"text\":\"leader\",\"count\":3,\"yes\":true,\"half\":0.5,\"given\":[1]}\n");
}

TEST(json_line, nests) {
  std::string out;
  JsonLine line(out);
  line.begin_array("entries");
  line.begin_array().element(7U).element("x").element(false).end_array();
  line.begin_array().end_array();
  line.begin_object().field("term", 2).end_object();
  line.end_array();
  line.begin_object("empty").end_object();
  line.begin_object("state").field("a", 1).field("b", 2).end_object();
  line.field("last", "z").end_line();
  EXPECT_EQ(out, R"({"entries":[[7,"x",false],[],{"term":2}],"empty":{},)"
                 R"("state":{"a":1,"b":2},"last":"z"})"
                 "\n");
}

TEST(json_line, an_empty_line_is_an_empty_object) {
  std::string out;
  JsonLine(out).end_line();
  EXPECT_EQ(out, "{}\n");
}

TEST(json_line, numbers_keep_their_value) {
  std::string out;
  JsonLine(out)
      .field("least", std::numeric_limits<std::int64_t>::min())
      .field("most", std::numeric_limits<std::uint64_t>::max())
      .field("small", static_cast<std::uint8_t>(200))
      .field("tenth", 0.1)
      .field("huge", 1e300)
      .field("nan", std::nan(""))
      .field("infinite", -std::numeric_limits<double>::infinity())
      .end_line();
  const Json json = Json::parse(out);
  EXPECT_EQ(json["least"].get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(json["most"].get<std::uint64_t>(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(json["small"], 200);
  EXPECT_EQ(json["tenth"].get<double>(), 0.1);
  EXPECT_EQ(json["huge"].get<double>(), 1e300);
  EXPECT_TRUE(json["nan"].is_null());
  EXPECT_TRUE(json["infinite"].is_null());
}

TEST(json_line, text_with_quotes_controls_and_nul_comes_back) {
  std::string all;
  for (int byte = 0; byte < 0x80; ++byte)
    all += static_cast<char>(byte);
  EXPECT_EQ(written_and_read(all), all);
  const std::string line = line_with(all);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "a line feed would tear the line";
}

TEST(json_line, well_formed_utf8_is_kept) {
  for (const std::string text :
       {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\xA6\x91"})
    EXPECT_EQ(written_and_read(text), text);
}

TEST(json_line, other_bytes_become_the_replacement_character) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(written_and_read("\x80"), r) << "continuation alone";
  EXPECT_EQ(written_and_read("\xC0\xAF"), r + r) << "overlong";
  EXPECT_EQ(written_and_read("\xE0\x9F\xBF"), r + r + r) << "overlong";
  EXPECT_EQ(written_and_read("\xED\xA0\x80"), r + r + r) << "surrogate";
  EXPECT_EQ(written_and_read("\xF0\x8F\xBF\xBF"), r + r + r + r) << "overlong";
  EXPECT_EQ(written_and_read("\xF4\x90\x80\x80"), r + r + r + r) << "above U+10FFFF";
  EXPECT_EQ(written_and_read("\xFF"), r);
  EXPECT_EQ(written_and_read("a\xE2\x82"), "a" + r + r) << "cut short by the end";
  EXPECT_EQ(written_and_read("a\xE2\x82z"), "a" + r + r + "z") << "cut short by a letter";
}

TEST(json_line, any_bytes_give_a_valid_line) {
  std::mt19937 generator(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(generator() % 24, '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(generator());
    const std::string line = line_with(bytes);
    ASSERT_TRUE(Json::accept(line)) << "round " << round;
    ASSERT_EQ(line.find('\n'), line.size() - 1);
  }
}

TEST(json_line, utc_follows_the_calendar) {
  const auto utc = [](std::int64_t microseconds) {
    std::string out;
    JsonLine(out).utc("time", std::chrono::microseconds(microseconds)).end_line();
    return Json::parse(out).at("time").get<std::string>();
  };
  EXPECT_EQ(utc(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(utc(1'795'219'314'123'456), "2026-11-21T00:01:54.123456Z");
  EXPECT_EQ(utc(1'709'251'199'999'999), "2024-02-29T23:59:59.999999Z");
  EXPECT_EQ(utc(-1), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace proxy
