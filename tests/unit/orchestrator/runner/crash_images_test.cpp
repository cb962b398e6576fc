// SPDX-License-Identifier: Apache-2.0
// What a soak in virtual time does to disks: often enough a kill finds a write under way, which is
// then lost, or torn.
#include <string>

#include <gtest/gtest.h>

#include "orchestrator/runner.h"
#include "orchestrator/scenario/generator.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"
#include "tests/unit/orchestrator/runner/evidence_folder.h"

namespace runner {
namespace {

struct Restarts {
  unsigned all = 0;
  unsigned lost = 0;  // entries that were appended
  unsigned torn = 0;  // a record in the log
};

std::uint64_t number_after(const std::string& line, std::string_view key) {
  const std::size_t at = line.find(key);
  return at == line.npos ? 0 : std::stoull(line.substr(at + key.size()));
}

void count(const std::string& log, Restarts& restarts) {
  std::istringstream lines(log);
  std::uint64_t last = 0;  // that it had appended
  for (std::string line; std::getline(lines, line);) {
    const auto is = [&line](std::string_view event) {
      return line.find("\"event\":\"" + std::string(event) + '"') != line.npos;
    };
    if (is("entries_appended")) last = number_after(line, " to ");
    if (is("log_truncated")) last = number_after(line, "\"first_log_index\":") - 1;
    if (is("snapshot_installed")) last = number_after(line, "\"log_index\":");
    if (!is("recovered")) continue;
    const std::uint64_t found = number_after(line, "\"log_index\":");
    if (number_after(line, "\"inc\":") > 1) {
      ++restarts.all;
      restarts.lost += found < last ? 1u : 0u;
      restarts.torn += number_after(line, "\"torn_bytes\":") > 0 ? 1u : 0u;
    }
    last = found;
  }
}

TEST(CrashImages, OccurInASoak) {
  const cluster::TemporaryFolder folder;
  report::Account silent({.prose = false, .colour = false, .json = false});
  Restarts restarts;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const RunResult result =
        run(scenario::generate(seed), {true, false, folder.path(), Keep::always, "again"}, silent);
    EXPECT_EQ(result.exit_code, kPass) << "seed " << seed << ' ' << result.error;
    for (const auto& [name, text] : files_in(result.folder)) {
      if (name.rfind("nodes/", 0) == 0) count(text, restarts);
    }
    std::filesystem::remove_all(result.folder);
  }
  SCOPED_TRACE(testing::Message() << restarts.all << " restarts, " << restarts.lost
                                  << " lost entries, " << restarts.torn << " found a torn log");
  EXPECT_GT(restarts.all, 100u);
  EXPECT_GE(restarts.lost * 50, restarts.all);
  EXPECT_GE(restarts.torn * 100, restarts.all);
}

}  // namespace
}  // namespace runner
