// SPDX-License-Identifier: Apache-2.0
#include "node/json_fields.h"

#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace node {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxFields = 64;

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
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return add(JsonFields::Other{}); }
  bool start_object(std::size_t /*size*/) override {
    if (depth_ == 0) return ++depth_ > 0;
    return add(JsonFields::Other{}) && deeper();
  }
  bool start_array(std::size_t /*size*/) override { return add(JsonFields::Other{}) && deeper(); }
  bool end_object() override { return depth_-- > 0; }
  bool end_array() override { return depth_-- > 0; }
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
    if (depth_ > 1) return true;
    if (fields_.fields_.size() == kMaxFields) return fail("too many fields");
    if (!fields_.fields_.try_emplace(std::move(name_), std::move(value)).second) {
      return fail("a field stands there twice");
    }
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

}  // namespace node
