// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/json_record.h"

#include <bit>
#include <limits>

#include <nlohmann/json.hpp>

namespace verify {

namespace {
constexpr std::size_t kMaxDepth = 32;
}

// Takes the parser's events. A handler that returns false ends the parse.
class CellWriter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit CellWriter(JsonRecord& record) : record_(record) {
    record_.cells_.clear();
    record_.text_.clear();
  }

  bool null() override { return add(Kind::null, 0); }
  bool boolean(bool value) override { return add(Kind::flag, value ? 1 : 0); }
  bool number_integer(number_integer_t value) override {
    return add(Kind::negative, static_cast<std::uint64_t>(value));
  }
  bool number_unsigned(number_unsigned_t value) override { return add(Kind::number, value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return add(Kind::real, std::bit_cast<std::uint64_t>(value));
  }
  bool string(string_t& value) override {
    const std::uint32_t offset = store(value);
    if (!add(Kind::text, offset)) return false;
    record_.cells_.back().text_size = static_cast<std::uint32_t>(value.size());
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool key(string_t& name) override {
    name_ = store(name);
    name_size_ = static_cast<std::uint32_t>(name.size());
    return true;
  }
  bool start_object(std::size_t /*size*/) override { return open(Kind::object); }
  bool start_array(std::size_t /*size*/) override { return open(Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  using Kind = JsonRecord::Kind;

  std::uint32_t store(const std::string& text) {
    const auto offset = static_cast<std::uint32_t>(record_.text_.size());
    record_.text_ += text;
    return offset;
  }

  bool add(Kind kind, std::uint64_t value) {
    if (depth_ == 0 && kind != Kind::object) return false;
    const auto end = static_cast<std::uint32_t>(record_.cells_.size() + 1);
    record_.cells_.push_back({kind, name_, name_size_, 0, end, value});
    name_size_ = 0;
    return true;
  }

  bool open(Kind kind) {
    if (depth_ == kMaxDepth || !add(kind, 0)) return false;
    open_[depth_++] = static_cast<std::uint32_t>(record_.cells_.size() - 1);
    return true;
  }

  bool close() {
    record_.cells_[open_[--depth_]].end = static_cast<std::uint32_t>(record_.cells_.size());
    return true;
  }

  JsonRecord& record_;
  std::uint32_t open_[kMaxDepth] = {};  // the arrays and objects that the parse is inside of
  std::size_t depth_ = 0;
  std::uint32_t name_ = 0;
  std::uint32_t name_size_ = 0;
};

bool JsonRecord::parse(std::string_view line) {
  CellWriter writer(*this);
  cursor_ = 0;
  const bool small = line.size() < std::numeric_limits<std::uint32_t>::max();
  if (small && nlohmann::json::sax_parse(line.begin(), line.end(), &writer)) return true;
  cells_.clear();
  return false;
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
  const JsonRecord::Cell& cell = record_->cells_[at_];
  return std::string_view(record_->text_).substr(cell.value, cell.text_size);
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
      const std::string_view here(record_->text_.data() + cells[i].name, cells[i].name_size);
      if (here != name) continue;
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
  if (!record_) return {};
  const JsonRecord::Cell& cell = record_->cells_[at_];
  return std::string_view(record_->text_).substr(cell.name, cell.name_size);
}

}  // namespace verify
