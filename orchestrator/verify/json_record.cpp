// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/json_record.h"

#include <bit>
#include <limits>
#include <new>

#include <simdjson.h>

namespace verify {

namespace dom = simdjson::dom;

// Simdjson's parser, whose strings the cells refer to.
class JsonRecord::Parser {
 public:
  Parser() : parser_(kMostBytes) {
    if (parser_.allocate(kUsualBytes, kMostDepth) != simdjson::SUCCESS) throw std::bad_alloc();
  }

  // One object and nothing else.
  bool parse(std::string_view line, JsonRecord& record) {
    text_.assign(line);
    text_.append(simdjson::SIMDJSON_PADDING, '\0');
    dom::element object;
    if (parser_.parse(text_.data(), line.size(), false).get(object) || !object.is_object()) {
      return false;
    }
    add(object, {}, record.cells_);
    return true;
  }

 private:
  static constexpr std::size_t kUsualBytes = 4096;
  static constexpr std::size_t kMostDepth = 32;
  static constexpr std::size_t kMostBytes = std::numeric_limits<std::uint32_t>::max();

  using Cells = std::vector<Cell>;

  // A value with all that stands in it.
  static void add(const dom::element& value, std::string_view name, Cells& cells) {
    const std::size_t at = cells.size();
    Cell& cell = cells.emplace_back();
    cell.name = name;
    switch (value.type()) {
      case dom::element_type::ARRAY:
        cell.kind = Kind::array;
        for (const dom::element element : dom::array(value))
          add(element, {}, cells);
        break;
      case dom::element_type::OBJECT:
        cell.kind = Kind::object;
        for (const dom::key_value_pair field : dom::object(value))
          add(field.value, field.key, cells);
        break;
      case dom::element_type::STRING:
        cell.kind = Kind::text;
        cell.text = std::string_view(value);
        break;
      case dom::element_type::NULL_VALUE:
        cell.kind = Kind::null;
        break;
      case dom::element_type::BOOL:
        cell.kind = Kind::flag;
        cell.value = bool(value) ? 1 : 0;
        break;
      case dom::element_type::UINT64:
        cell.kind = Kind::number;
        cell.value = std::uint64_t(value);
        break;
      case dom::element_type::INT64:
        // A number that is not negative is one of these as well, and is told by its sign.
        cell.kind = std::int64_t(value) < 0 ? Kind::negative : Kind::number;
        cell.value = static_cast<std::uint64_t>(std::int64_t(value));
        break;
      case dom::element_type::DOUBLE:
        cell.kind = Kind::real;
        cell.value = std::bit_cast<std::uint64_t>(double(value));
        break;
    }
    cells[at].end = static_cast<std::uint32_t>(cells.size());
  }

  dom::parser parser_;
  std::string text_;  // the line, with the room behind it that simdjson wants
};

JsonRecord::JsonRecord() : parser_(std::make_unique<Parser>()) {}
JsonRecord::~JsonRecord() = default;

bool JsonRecord::parse(std::string_view line) {
  cells_.clear();
  cursor_ = 0;
  return parser_->parse(line, *this);
}

std::optional<std::uint64_t> JsonValue::number() const {
  if (!record_ || record_->cells_[at_].kind != JsonRecord::Kind::number) return std::nullopt;
  return record_->cells_[at_].value;
}

std::optional<std::int64_t> JsonValue::integer() const {
  if (!record_) return std::nullopt;
  const JsonRecord::Cell& cell = record_->cells_[at_];
  const auto value = static_cast<std::int64_t>(cell.value);
  if (cell.kind == JsonRecord::Kind::negative) return value;
  if (cell.kind != JsonRecord::Kind::number || value < 0) return std::nullopt;
  return value;
}

std::optional<double> JsonValue::real() const {
  if (const auto whole = number()) return static_cast<double>(*whole);
  if (const auto negative = integer()) return static_cast<double>(*negative);
  if (!record_ || record_->cells_[at_].kind != JsonRecord::Kind::real) return std::nullopt;
  return std::bit_cast<double>(record_->cells_[at_].value);
}

std::optional<bool> JsonValue::flag() const {
  if (!record_ || record_->cells_[at_].kind != JsonRecord::Kind::flag) return std::nullopt;
  return record_->cells_[at_].value != 0;
}

std::optional<std::string_view> JsonValue::text() const {
  if (!record_ || record_->cells_[at_].kind != JsonRecord::Kind::text) return std::nullopt;
  return record_->cells_[at_].text;
}

bool JsonValue::is_null() const {
  return !record_ || record_->cells_[at_].kind == JsonRecord::Kind::null;
}

bool JsonValue::is_array() const {
  return record_ && record_->cells_[at_].kind == JsonRecord::Kind::array;
}

bool JsonValue::is_object() const {
  return record_ && record_->cells_[at_].kind == JsonRecord::Kind::object;
}

// Starts where the last field was found, since readers mostly ask in the line's own order, and
// comes round to there.
JsonValue JsonValue::field(std::string_view name) const {
  if (!is_object()) return {};
  const auto& cells = record_->cells_;
  const std::uint32_t end = cells[at_].end;
  const std::uint32_t start = at_ == 0 && record_->cursor_ > 0 ? record_->cursor_ : at_ + 1;
  const auto look = [&](std::uint32_t from, std::uint32_t to) -> JsonValue {
    for (std::uint32_t i = from; i < to; i = cells[i].end) {
      if (cells[i].name != name) continue;
      if (at_ == 0) record_->cursor_ = i;
      return {record_, i, at_};
    }
    return {};
  };
  const JsonValue after = look(start, end);
  return after ? after : look(at_ + 1, start);
}

JsonValue JsonValue::first() const {
  if (!(is_array() || is_object()) || record_->cells_[at_].end == at_ + 1) return {};
  return {record_, at_ + 1, at_};
}

JsonValue JsonValue::next() const {
  if (!record_) return {};
  const std::uint32_t next = record_->cells_[at_].end;
  if (next >= record_->cells_[parent_].end) return {};
  return {record_, next, parent_};
}

std::string_view JsonValue::name() const {
  return record_ ? record_->cells_[at_].name : std::string_view();
}

}  // namespace verify
