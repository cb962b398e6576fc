// SPDX-License-Identifier: Apache-2.0
#include "tests/property/batch.h"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/golden/script.h"
#include "tests/property/shrink.h"

namespace raft::property {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value ? std::strtoull(value, nullptr, 10) : otherwise;
}

std::string account_of(const std::string& script) {
  try {
    golden::play(script);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "but it does not fail when played again";
}

// What a failing seed is told as: what it violates, the shrunk script, where that was written to,
// and its account.
std::string report(std::uint64_t seed, const Trial& failing) {
  const std::vector<std::string> lines = shrink(failing);
  const Trial shrunk = play(lines);
  const std::string prose =
      fmt::format("Seed {}: {}.", seed, shrunk.failure ? shrunk.failure->what : "nothing");
  const std::string script = as_script(prose, lines);
  const std::string path = fmt::format("{}/seed_{}.txt", SQUALL_FOUND_SCRIPTS, seed);
  std::ofstream(path) << script;
  return fmt::format(
      "{}\nThe {} lines of seed {} are shrunk to these {} in {}; raft_golden_test plays them:\n"
      "  SQUALL_SCRIPT={}\n\n{}",
      script, failing.lines.size(), seed, lines.size(), path, path, account_of(script));
}

}  // namespace

void play_batch(std::uint64_t first_seed, std::uint64_t steps) {
  const std::uint64_t only = from_environment("SQUALL_SEED", 0);
  const std::uint64_t enough = from_environment("SQUALL_STEPS", steps);
  golden::Coverage coverage;
  std::uint64_t seed = only > 0 ? only : first_seed;
  do {
    const Trial trial = play_random(seed, "");
    coverage.add(trial.coverage);
    ASSERT_FALSE(trial.failure) << "after " << coverage.steps << " steps: " << report(seed, trial);
    ++seed;
  } while (only == 0 && coverage.steps < enough);
  for (const auto& [name, count] : coverage.all()) {
    testing::Test::RecordProperty(name, std::to_string(count));
    EXPECT_TRUE(only > 0 || count > 0) << "no " << name << " in " << seed - first_seed << " seeds";
  }
}

}  // namespace raft::property
