// SPDX-License-Identifier: Apache-2.0
// Writes JSON, one object a line, the form of all evidence. It only appends to a string of the
// caller's, so that a step's lines can go out in one write. Reading JSON is another library's work.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace proxy {

/// One line: {"name":value,...}\n. Fields stand in the order they are given in. The caller closes
/// what it opens and ends with end_line(). Names are plain ASCII without quotes. Text is escaped;
/// bytes that are not UTF-8 become U+FFFD, so that any input gives a valid line.
class JsonLine {
 public:
  explicit JsonLine(std::string& out);

  /// Text, an integer, a bool, or a double (null where not finite).
  template <typename Value>
  JsonLine& field(std::string_view name, const Value& value) {
    begin_field(name);
    append(value);
    return *this;
  }
  /// `json` is written as it is: the caller answers for it.
  JsonLine& raw(std::string_view name, std::string_view json);
  /// A moment, given as microseconds since 1970, as RFC 3339 UTC: "2026-11-21T00:01:54.123456Z"
  /// (years 0 to 9999).
  JsonLine& utc(std::string_view name, std::chrono::microseconds since_1970);

  JsonLine& begin_object(std::string_view name);
  JsonLine& begin_array(std::string_view name);

  /// Inside an array.
  template <typename Value>
  JsonLine& element(const Value& value) {
    separate();
    append(value);
    return *this;
  }
  JsonLine& begin_object();
  JsonLine& begin_array();

  JsonLine& end_object();
  JsonLine& end_array();

  void end_line();

 private:
  void separate();
  void begin_field(std::string_view name);

  void append(std::string_view text);
  void append(double value);
  void append_signed(std::int64_t value);
  void append_unsigned(std::uint64_t value);
  // Constrained, so that no pointer or character turns into a truth value or a number.
  template <std::same_as<bool> Bool>
  void append(Bool value) {
    out_ += value ? "true" : "false";
  }
  template <std::signed_integral Integer>
  requires(!std::same_as<Integer, char>) void append(Integer value) { append_signed(value); }
  template <std::unsigned_integral Integer>
  requires(!std::same_as<Integer, bool> &&
           !std::same_as<Integer, char>) void append(Integer value) {
    append_unsigned(value);
  }

  std::string& out_;
  bool first_ = true;  // nothing stands yet in the innermost open object or array
};

}  // namespace proxy
