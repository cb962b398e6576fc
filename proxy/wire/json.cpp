// SPDX-License-Identifier: Apache-2.0
#include "proxy/wire/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace proxy {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD in UTF-8
constexpr std::size_t kMostDigits = 20;                    // of an integer, with its sign

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

std::string escape_of(unsigned char control) {
  switch (control) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\u{:04x}", control);
  }
}

// Whether it stands in JSON as it is: no quote, no backslash, no control character, ASCII.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// The same of eight bytes at once. What is taken away from a byte borrows its highest bit where the
// byte is smaller; what it borrows from the next one matters only after a byte that is not plain.
bool are_plain(const char* eight_bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t bytes;
  std::memcpy(&bytes, eight_bytes, sizeof bytes);
  const std::uint64_t quote = (bytes ^ kEach * '"') - kEach;
  const std::uint64_t backslash = (bytes ^ kEach * '\\') - kEach;
  const std::uint64_t control = bytes - kEach * 0x20;
  return ((bytes | quote | backslash | control) & kEach * 0x80) == 0;
}

bool all_plain(std::string_view text) {
  if (text.size() < 8) {
    for (const char c : text) {
      if (!is_plain(c)) return false;
    }
    return true;
  }
  for (std::size_t i = 0; i + 8 < text.size(); i += 8) {
    if (!are_plain(text.data() + i)) return false;
  }
  return are_plain(text.data() + text.size() - 8);
}

/// Writes a number of `count` digits over those at `text`. Division is cheap in 32 bits only.
template <typename Number>
void write_digits(char* text, std::size_t count, Number number) {
  auto value = static_cast<std::uint32_t>(number);
  for (std::size_t place = count; place > 0; value /= 10)
    text[--place] = static_cast<char>('0' + value % 10);
}

}  // namespace

UtcJson utc_json(std::chrono::microseconds since_1970) {
  const std::chrono::sys_time<std::chrono::microseconds> moment(since_1970);
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  UtcJson text;
  std::copy_n(R"("0000-00-00T00:00:00.000000Z")", text.size(), text.begin());
  write_digits(text.data() + 1, 4, static_cast<int>(date.year()));
  write_digits(text.data() + 6, 2, static_cast<unsigned>(date.month()));
  write_digits(text.data() + 9, 2, static_cast<unsigned>(date.day()));
  write_digits(text.data() + 12, 2, clock.hours().count());
  write_digits(text.data() + 15, 2, clock.minutes().count());
  write_digits(text.data() + 18, 2, clock.seconds().count());
  write_digits(text.data() + 21, 6, clock.subseconds().count());
  return text;
}

void JsonLine::grow(std::size_t most) {
  constexpr std::size_t kStep = 512;
  out_.resize(std::max(size_ + most, out_.size() + kStep));
}

// Nearly all text needs no escape.
void JsonLine::append(std::string_view text) {
  if (!all_plain(text)) return append_escaped(text);
  char* const at = room(text.size() + 2);
  at[0] = '"';
  std::memcpy(at + 1, text.data(), text.size());
  at[text.size() + 1] = '"';
  size_ += text.size() + 2;
}

void JsonLine::append_escaped(std::string_view text) {
  put('"');
  while (!text.empty()) {
    const auto plain_end = std::find_if_not(text.begin(), text.end(), is_plain);
    const auto plain = static_cast<std::size_t>(plain_end - text.begin());
    put(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text[0]);
    std::size_t taken = 1;
    if (byte == '"' || byte == '\\') {
      put('\\');
      put(text[0]);
    } else if (byte < 0x20) {
      put(escape_of(byte));
    } else if (const std::size_t length = utf8_sequence(text); length != 0) {
      put(text.substr(0, length));
      taken = length;
    } else {
      put(kReplacement);
    }
    text.remove_prefix(taken);
  }
  put('"');
}

void JsonLine::append(double value) {
  if (!std::isfinite(value)) return put("null");
  put(fmt::format("{}", value));
}

void JsonLine::append_signed(std::int64_t value) {
  char* const at = room(kMostDigits);
  size_ += static_cast<std::size_t>(std::to_chars(at, at + kMostDigits, value).ptr - at);
}

void JsonLine::append_unsigned(std::uint64_t value) {
  char* const at = room(kMostDigits);
  size_ += static_cast<std::size_t>(std::to_chars(at, at + kMostDigits, value).ptr - at);
}

}  // namespace proxy
