// SPDX-License-Identifier: Apache-2.0
// A YAML file as a tree that knows where everything stands. Scenarios are a strict part of YAML:
// one document of maps, lists and scalars, no anchors, aliases, tags or merge keys, no key twice, a
// quoted text ends on the line it began. What is outside of that is an error with its place.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace scenario {

// 1-based; columns count characters, not bytes. 0:0 in a tree that came from no file.
struct Position {
  int line = 0;
  int column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Error {
  std::string file;  // as it was named
  Position at;
  std::string message;  // one line

  std::string text() const;  // "scenarios/x.yaml:7:5: message"
  friend bool operator<(const Error& a, const Error& b) {
    return std::tie(a.at, a.message) < std::tie(b.at, b.message);
  }
};
using Errors = std::vector<Error>;

// A value, and where it is a map's, its key with it.
struct YamlNode {
  enum class Kind : std::uint8_t {
    nothing,  // a key without a value, `~` or `null`
    scalar,
    sequence,
    map,
  };
  Kind kind = Kind::nothing;
  Position at{};        // of nothing, where its key stands
  std::string text{};   // of a scalar, escapes resolved
  bool quoted = false;  // a scalar in quotes or a block of text: never a number or a boolean
  std::string key{};
  Position key_at{};
  std::vector<YamlNode>
      children{};  // of a sequence, or of a map: in the file's order, each key once

  const YamlNode* find(std::string_view child) const;  // by key
};

inline constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxDepth = 32;          // of maps and lists in one another
inline constexpr std::size_t kMaxBrackets = 100'000;  // '[' and '{' in a file

struct Document {
  YamlNode root{};
  bool complete = false;  // read to its end: root has everything but what errors refused
  Errors errors{};        // in the order of their positions
};

// Never throws for what the text says, and needs memory in proportion to its size.
Document parse_yaml(std::string_view text, std::string_view file);

// The same from a file, which may be missing, a folder or too large: those are errors at 1:1.
Document parse_yaml_file(const std::string& path);

}  // namespace scenario
