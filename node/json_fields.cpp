// SPDX-License-Identifier: Apache-2.0
#include "node/json_fields.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace node {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxFields = 64;
constexpr std::size_t kMaxElements = 1024;

}  // namespace

// Takes the parser's events, so that no tree is built of what nobody asked for. A handler that
// returns false ends the parse.
class FieldCollector final : public nlohmann::json_sax<Json> {
 public:
  explicit FieldCollector(JsonFields& fields) : fields_(fields) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t /*value*/) override { return add(JsonFields::Other{}); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::uint64_t{value}); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return add(JsonFields::Other{});
  }
  bool string(string_t& value) override {
    if (texts_ == nullptr || depth_ != 2) return add(std::move(value));
    if (texts_->size() == kMaxElements) return fail("too many elements");
    texts_->push_back(std::move(value));
    return true;
  }
  bool binary(binary_t& /*value*/) override { return add(JsonFields::Other{}); }
  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 0) return ++depth_ > 0;
    return add(JsonFields::Other{}) && deeper();
  }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ != 1) return add(JsonFields::Other{}) && deeper();
    if (!add(std::vector<std::string>())) return false;
    texts_ = std::get_if<std::vector<std::string>>(added_);
    return deeper();
  }
  bool end_object() override { return depth_-- > 0; }
  bool end_array() override {
    texts_ = nullptr;
    return depth_-- > 0;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return fail(fmt::format("not JSON at byte {}", position));
  }

 private:
  bool add(JsonFields::Value&& value) {
    if (depth_ == 0) return fail("not an object");
    if (depth_ > 1) {
      // What else than texts stands in an array makes it one that no caller asks for.
      if (texts_ != nullptr) *added_ = JsonFields::Other{};
      texts_ = nullptr;
      return true;
    }
    if (fields_.fields_.size() == kMaxFields) return fail("too many fields");
    const auto [field, added] = fields_.fields_.try_emplace(std::move(name_), std::move(value));
    if (!added) return fail("a field stands there twice");
    added_ = &field->second;
    return true;
  }
  bool deeper() { return ++depth_ <= kMaxDepth || fail("nested too deeply"); }
  bool fail(std::string why) {
    fields_.fail(std::move(why));
    return false;
  }

  JsonFields& fields_;
  std::size_t depth_ = 0;
  std::string name_;
  JsonFields::Value* added_ = nullptr;         // the field that was added last
  std::vector<std::string>* texts_ = nullptr;  // it, while it is an array of nothing but texts
};

JsonFields::JsonFields(std::string_view json) {
  try {
    FieldCollector collector(*this);
    if (!Json::sax_parse(json, &collector)) fail("not a JSON object");
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void JsonFields::fail(std::string why) {
  if (error_.empty()) error_ = std::move(why);
}

bool JsonFields::has(std::string_view name) const {
  const auto field = fields_.find(name);
  return field != fields_.end() && !std::holds_alternative<std::nullptr_t>(field->second);
}

std::string JsonFields::other_than(const std::vector<std::string_view>& names) const {
  for (const auto& [name, value] : fields_) {
    if (std::find(names.begin(), names.end(), name) == names.end()) return name;
  }
  return {};
}

template <class T>
T JsonFields::take(std::string_view name, const char* type) {
  const auto field = fields_.find(name);
  if (field == fields_.end()) {
    fail(fmt::format("{} is missing", name));
    return {};
  }
  T* value = std::get_if<T>(&field->second);
  if (value == nullptr) {
    fail(fmt::format("{} is not {}", name, type));
    return {};
  }
  return std::move(*value);
}

std::string JsonFields::text(std::string_view name) {
  return take<std::string>(name, "text");
}

std::uint64_t JsonFields::number(std::string_view name, std::uint64_t max) {
  const auto value = take<std::uint64_t>(name, "a whole number from 0");
  if (value <= max) return value;
  fail(fmt::format("{} is above {}", name, max));
  return 0;
}

bool JsonFields::flag(std::string_view name) {
  return take<bool>(name, "true or false");
}

std::vector<std::string> JsonFields::texts(std::string_view name) {
  return take<std::vector<std::string>>(name, "a list of texts");
}

}  // namespace node
