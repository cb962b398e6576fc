// SPDX-License-Identifier: Apache-2.0
// Writes JSON, one object a line, the form of all evidence. It only appends to a string of the
// caller's, so that a step's lines can go out in one write. Reading JSON is another library's work.
// Evidence is what costs most in a simulated run, so the fields of a line go straight to their
// place.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace proxy {

/// A moment, given as microseconds since 1970, as JSON: RFC 3339 UTC in quotes,
/// "2026-11-21T00:01:54.123456Z" (years 0 to 9999).
using UtcJson = std::array<char, 29>;
UtcJson utc_json(std::chrono::microseconds since_1970);

/// One line: {"name":value,...}\n. Fields stand in the order they are given in. The caller closes
/// what it opens and ends with end_line(): before that the string is not fit to be read. Names are
/// plain ASCII without quotes. Text is escaped; bytes that are not UTF-8 become U+FFFD, so that any
/// input gives a valid line.
class JsonLine {
 public:
  explicit JsonLine(std::string& out) : out_(out), size_(out.size()) { put('{'); }

  /// Text, an integer, a bool, or a double (null where not finite).
  template <typename Value>
  JsonLine& field(std::string_view name, const Value& value) {
    begin_field(name);
    append(value);
    return *this;
  }
  /// `json` is written as it is: the caller answers for it.
  JsonLine& raw(std::string_view name, std::string_view json) {
    begin_field(name);
    put(json);
    return *this;
  }
  /// A moment, as utc_json() gives it.
  JsonLine& utc(std::string_view name, std::chrono::microseconds since_1970) {
    const UtcJson text = utc_json(since_1970);
    return raw(name, {text.data(), text.size()});
  }

  JsonLine& begin_object(std::string_view name) { return open(name, '{'); }
  JsonLine& begin_array(std::string_view name) { return open(name, '['); }

  /// Inside an array.
  template <typename Value>
  JsonLine& element(const Value& value) {
    separate();
    append(value);
    return *this;
  }
  JsonLine& begin_object() { return open('{'); }
  JsonLine& begin_array() { return open('['); }

  JsonLine& end_object() { return close('}'); }
  JsonLine& end_array() { return close(']'); }

  void end_line() {
    put("}\n");
    out_.resize(size_);
  }

 private:
  JsonLine& open(std::string_view name, char bracket) {
    begin_field(name);
    put(bracket);
    first_ = true;
    return *this;
  }
  JsonLine& open(char bracket) {
    separate();
    put(bracket);
    first_ = true;
    return *this;
  }
  JsonLine& close(char bracket) {
    put(bracket);
    first_ = false;
    return *this;
  }

  /// Where to write the next bytes, of which there will be `most`; size_ follows.
  char* room(std::size_t most) {
    if (out_.size() - size_ < most) grow(most);
    return out_.data() + size_;
  }
  void grow(std::size_t most);
  void put(char byte) {
    *room(1) = byte;
    ++size_;
  }
  void put(std::string_view bytes) {
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  void separate() {
    if (!first_) put(',');
    first_ = false;
  }
  // In line everywhere, where the name's length is known.
  [[gnu::always_inline]] void begin_field(std::string_view name) {
    char* at = room(name.size() + 4);
    std::size_t size = name.size() + 3;
    if (!first_) {
      *at++ = ',';
      ++size;
    }
    first_ = false;
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    std::memcpy(at + name.size(), "\":", 2);
    size_ += size;
  }

  void append(std::string_view text);
  void append_escaped(std::string_view text);
  void append(double value);
  void append_signed(std::int64_t value);
  void append_unsigned(std::uint64_t value);
  // Constrained, so that no pointer or character turns into a truth value or a number.
  template <std::same_as<bool> Bool>
  void append(Bool value) {
    put(value ? std::string_view("true") : std::string_view("false"));
  }
  template <std::signed_integral Integer>
  requires(!std::same_as<Integer, char>) void append(Integer value) { append_signed(value); }
  template <std::unsigned_integral Integer>
  requires(!std::same_as<Integer, bool> &&
           !std::same_as<Integer, char>) void append(Integer value) {
    append_unsigned(value);
  }

  std::string& out_;   // is longer than what stands in it while the line is open
  std::size_t size_;   // of what stands there
  bool first_ = true;  // nothing stands yet in the innermost open object or array
};

}  // namespace proxy
