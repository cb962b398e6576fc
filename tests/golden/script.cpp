// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/script.h"

#include <sstream>

#include <fmt/format.h>

#include "tests/golden/player.h"

namespace raft::golden {
namespace {

constexpr const char* kRule = "----";

}  // namespace

std::string play(const std::string& script) {
  std::istringstream lines(script);
  std::string out;
  std::size_t number = 0;
  Player player(false);
  bool in_prose = true;
  bool in_account = false;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const bool is_rule = line == kRule;
    if (in_prose && (is_rule || (number == 1 && line.empty()))) {
      throw std::runtime_error(fmt::format("line {}: a script begins with prose", number));
    }
    if (line.empty()) in_prose = in_account = false;
    if (in_account) continue;
    out += line + '\n';
    if (is_rule) {
      out += player.account();
      in_account = true;
    } else if (!in_prose && !line.empty() && line.front() != '#') {
      try {
        player.play(line);
      } catch (const std::exception& error) {
        throw std::runtime_error(
            fmt::format("line {}, '{}': {}\n{}", number, line, error.what(), player.account()));
      }
    }
  }
  if (const std::string untold = player.account(); !untold.empty()) {
    throw std::runtime_error("the last lines have no account: " + std::string(kRule) +
                             " is missing");
  }
  return out;
}

}  // namespace raft::golden
