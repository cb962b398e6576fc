// SPDX-License-Identifier: Apache-2.0
// The rules of style that no formatter knows, as a function over one file's text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace style {

struct Offence {
  std::size_t line;  // from 1
  std::string what;
};

// Permits a word that is banned elsewhere in one file, and says why.
struct Allowance {
  std::string_view path;
  std::string_view word;
  std::string_view reason;
};

// The allowances of this tree.
const std::vector<Allowance>& allowances();

// The parts that get time and randomness handed in: path prefixes.
const std::vector<std::string_view>& pure_parts();

// `path` is relative to the root of the sources, with forward slashes. Files of other kinds than
// C++, scripts, CMake and prose obey no rule.
std::vector<Offence> offences(std::string_view path, std::string_view text,
                              const std::vector<Allowance>& allowed);

}  // namespace style
