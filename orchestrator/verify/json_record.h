// SPDX-License-Identifier: Apache-2.0
// One JSON object taken apart into one flat row of cells, whose memory the next one uses again: no
// tree, no allocation for each value. Evidence is read line by line through this.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace verify {

class JsonRecord;

// A value inside a record. It lasts until the record parses the next line.
class JsonValue {
 public:
  JsonValue() = default;  // nothing stands there

  // Nothing where the value is not there, or of another type.
  std::optional<std::uint64_t> number() const;
  std::optional<std::int64_t> integer() const;
  std::optional<double> real() const;  // any number
  std::optional<bool> flag() const;
  std::optional<std::string_view> text() const;
  bool is_null() const;  // null or not there
  bool is_array() const;
  bool is_object() const;

  // Of an object. Looking for fields in the order in which they stand is cheapest.
  JsonValue field(std::string_view name) const;
  // Of an array or an object: what stands there first, and from there on the next; nothing at the
  // end.
  JsonValue first() const;
  JsonValue next() const;
  // The name of what stands in an object; of anything else it says nothing.
  std::string_view name() const;
  explicit operator bool() const { return record_ != nullptr; }

 private:
  friend class JsonRecord;
  JsonValue(const JsonRecord* record, std::uint32_t at, std::uint32_t parent)
      : record_(record), at_(at), parent_(parent) {}

  const JsonRecord* record_ = nullptr;
  std::uint32_t at_ = 0;
  std::uint32_t parent_ = 0;
};

class JsonRecord {
 public:
  JsonRecord();
  ~JsonRecord();

  // False where `line` is not one JSON object and nothing else. Takes any bytes.
  bool parse(std::string_view line);
  JsonValue root() const { return cells_.empty() ? JsonValue() : JsonValue(this, 0, 0); }

 private:
  friend class JsonValue;
  class Parser;
  enum class Kind : std::uint8_t { null, flag, number, negative, real, text, array, object };
  struct Cell {
    Kind kind = Kind::null;
    std::uint32_t end = 0;  // the cell after this value
    std::string_view name;  // of a field
    std::string_view text;
    std::uint64_t value = 0;  // the number; a real one by its bits
  };

  std::unique_ptr<Parser> parser_;
  std::vector<Cell> cells_;
  mutable std::uint32_t cursor_ = 0;  // where the last field was found
};

}  // namespace verify
