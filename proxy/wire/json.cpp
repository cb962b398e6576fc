// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire/json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace proxy {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD in UTF-8

/// The length of the well-formed UTF-8 sequence that `text` starts with (Unicode 15, table 3-7:
/// no surrogates, no overlong forms, nothing above U+10FFFF), or 0.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto in = [](unsigned value, unsigned low, unsigned high) {
    return value >= low && value <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (in(lead, 0xC2, 0xDF)) return in(byte(1), 0x80, 0xBF) ? 2 : 0;
  if (in(lead, 0xE0, 0xEF)) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return in(byte(1), low, high) && in(byte(2), 0x80, 0xBF) ? 3 : 0;
  }
  if (in(lead, 0xF0, 0xF4)) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return in(byte(1), low, high) && in(byte(2), 0x80, 0xBF) && in(byte(3), 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

void append_control(std::string& out, unsigned char byte) {
  switch (byte) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
  }
}

// Whether it stands in JSON as it is: no quote, no backslash, no control character, ASCII.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
  });
}

// Evidence is what costs most in a simulated run: text that needs no escape is copied in one piece.
void append_quoted(std::string& out, std::string_view text) {
  const std::size_t size = out.size();
  out.resize(size + text.size() + 2);
  char* at = out.data() + size;
  *at++ = '"';
  at = std::copy(text.begin(), text.end(), at);
  *at = '"';
}

void append_escaped(std::string& out, std::string_view text) {
  if (is_plain(text)) return append_quoted(out, text);
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size()) {
      const auto byte = static_cast<unsigned char>(text[plain]);
      if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
      ++plain;
    }
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text[0]);
    std::size_t taken = 1;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[0];
    } else if (byte < 0x20) {
      append_control(out, byte);
    } else if (const std::size_t length = utf8_sequence(text); length != 0) {
      out.append(text.substr(0, length));
      taken = length;
    } else {
      out += kReplacement;
    }
    text.remove_prefix(taken);
  }
  out += '"';
}

/// Writes a number of `count` digits over those at `text`.
template <typename Number>
void write_digits(char* text, std::size_t count, Number value) {
  for (std::size_t place = count; place > 0; value /= 10)
    text[--place] = static_cast<char>('0' + value % 10);
}

}  // namespace

JsonLine::JsonLine(std::string& out) : out_(out) {
  out_ += '{';
}

JsonLine& JsonLine::raw(std::string_view name, std::string_view json) {
  begin_field(name);
  out_ += json;
  return *this;
}

JsonLine& JsonLine::utc(std::string_view name, std::chrono::microseconds since_1970) {
  const std::chrono::sys_time<std::chrono::microseconds> moment(since_1970);
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  std::array<char, 29> text;
  std::copy_n(R"("0000-00-00T00:00:00.000000Z")", text.size(), text.begin());
  write_digits(text.data() + 1, 4, static_cast<int>(date.year()));
  write_digits(text.data() + 6, 2, static_cast<unsigned>(date.month()));
  write_digits(text.data() + 9, 2, static_cast<unsigned>(date.day()));
  write_digits(text.data() + 12, 2, clock.hours().count());
  write_digits(text.data() + 15, 2, clock.minutes().count());
  write_digits(text.data() + 18, 2, clock.seconds().count());
  write_digits(text.data() + 21, 6, clock.subseconds().count());
  return raw(name, {text.data(), text.size()});
}

JsonLine& JsonLine::begin_object(std::string_view name) {
  begin_field(name);
  out_ += '{';
  first_ = true;
  return *this;
}

JsonLine& JsonLine::begin_array(std::string_view name) {
  begin_field(name);
  out_ += '[';
  first_ = true;
  return *this;
}

JsonLine& JsonLine::begin_object() {
  separate();
  out_ += '{';
  first_ = true;
  return *this;
}

JsonLine& JsonLine::begin_array() {
  separate();
  out_ += '[';
  first_ = true;
  return *this;
}

JsonLine& JsonLine::end_object() {
  out_ += '}';
  first_ = false;
  return *this;
}

JsonLine& JsonLine::end_array() {
  out_ += ']';
  first_ = false;
  return *this;
}

void JsonLine::end_line() {
  out_ += "}\n";
}

void JsonLine::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

void JsonLine::begin_field(std::string_view name) {
  const std::size_t size = out_.size();
  out_.resize(size + name.size() + (first_ ? 3 : 4));
  char* at = out_.data() + size;
  if (!first_) *at++ = ',';
  first_ = false;
  *at++ = '"';
  at = std::copy(name.begin(), name.end(), at);
  *at++ = '"';
  *at = ':';
}

void JsonLine::append(std::string_view text) {
  append_escaped(out_, text);
}

void JsonLine::append(double value) {
  if (!std::isfinite(value)) {
    out_ += "null";
    return;
  }
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void JsonLine::append_signed(std::int64_t value) {
  const fmt::format_int text(value);
  out_.append(text.data(), text.size());
}

void JsonLine::append_unsigned(std::uint64_t value) {
  const fmt::format_int text(value);
  out_.append(text.data(), text.size());
}

}  // namespace proxy
