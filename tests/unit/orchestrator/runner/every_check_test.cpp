// SPDX-License-Identifier: Apache-2.0
// A check that never has anything to judge can't fail: each judges some shipped scenario.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/runner.h"
#include "orchestrator/scenario/generator.h"
#include "orchestrator/scenario/reader.h"
#include "orchestrator/verify/check.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

TEST(EveryCheck, judges_some_shipped_scenario) {
  const cluster::TemporaryFolder folder;
  report::Account silent({.prose = false, .colour = false, .json = false});
  std::set<std::string> judged;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(SQUALL_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto read = scenario::read_scenario(entry.path());
    const RunResult result = run(std::get<scenario::Scenario>(read),
                                 {true, false, folder.path(), Keep::never, "again"}, silent);
    EXPECT_EQ(result.exit_code, kPass) << entry.path() << result.error;
    for (const verify::CheckResult& check : result.verdict.checks) {
      if (check.verdict == verify::Verdict::pass) judged.insert(check.name);
    }
  }
  EXPECT_THAT(judged, testing::IsSupersetOf(verify::check_names()));
}

TEST(EveryCheck, liveness_judges_some_generated_scenario) {
  const cluster::TemporaryFolder folder;
  report::Account silent({.prose = false, .colour = false, .json = false});
  unsigned judged = 0;
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    const RunResult result =
        run(scenario::generate(seed), {true, false, folder.path(), Keep::never, "again"}, silent);
    for (const verify::CheckResult& check : result.verdict.checks) {
      if (check.name == "liveness" && check.verdict == verify::Verdict::pass) ++judged;
    }
  }
  EXPECT_GE(judged, 2u);
}

}  // namespace
}  // namespace runner
