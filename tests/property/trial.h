// SPDX-License-Identifier: Apache-2.0
// One play of a script, line by line, and how it ended.
#pragma once

#include "tests/golden/player.h"

namespace raft::property {

struct Failure {
  std::string invariant;  // its name, as tests/golden/invariants.h has it; or the whole assertion
  std::string what;
};

struct Trial {
  std::vector<std::string> lines;  // that were carried out; where it failed, the last one failed
  std::optional<Failure> failure;
  golden::Coverage coverage;
};

// Plays the lines that can be carried out, up to the first one that fails.
Trial play(const std::vector<std::string>& lines);
// Plays random lines and at last "converge". `flaw` is a name of tests/golden/flaw.h, or empty.
Trial play_random(std::uint64_t seed, const std::string& flaw);

// The lines as a golden script with this prose.
std::string as_script(const std::string& prose, const std::vector<std::string>& lines);

}  // namespace raft::property
