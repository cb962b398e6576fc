// SPDX-License-Identifier: Apache-2.0
// Reads one flat JSON object that anyone may have written: never throws, keeps memory within a
// small multiple of the bytes, refuses duplicate names, deep nesting and text that is not UTF-8.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace node {

// The fields of an object. Asking for one that is missing or of another type gives 0 or empty and
// is noted, so that one look at error() at the end is enough.
class JsonFields {
 public:
  explicit JsonFields(std::string_view json);

  // The first thing wrong, in a few words; empty where nothing was.
  const std::string& error() const { return error_; }
  // Notes that something is wrong.
  void fail(std::string why);

  // Whether the field is there and not null.
  bool has(std::string_view name) const;
  // A field that none of `names` is; empty where there is no such.
  std::string other_than(const std::vector<std::string_view>& names) const;
  std::string text(std::string_view name);
  std::uint64_t number(std::string_view name, std::uint64_t max = UINT64_MAX);
  bool flag(std::string_view name);
  std::vector<std::string> texts(std::string_view name);

 private:
  friend class FieldCollector;
  struct Other {};  // a value that no caller asks for: negative or not whole, an object, a mixed
                    // array
  using Value = std::variant<std::nullptr_t, bool, std::uint64_t, std::string,
                             std::vector<std::string>, Other>;

  template <class T>
  T take(std::string_view name, const char* type);

  std::map<std::string, Value, std::less<>> fields_;
  std::string error_;
};

}  // namespace node
