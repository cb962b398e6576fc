// SPDX-License-Identifier: Apache-2.0
// Same program, scenario and seed: the same evidence, to the byte, on every simulated run, however
// messages travel, and from the command that a failure prints.
#include <cstdlib>
#include <memory>
#include <regex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/runner.h"
#include "orchestrator/scenario/generator.h"
#include "orchestrator/scenario/reader.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"
#include "tests/unit/orchestrator/runner/evidence_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;
using testing::HasSubstr;

const fs::path kSource = SQUALL_SOURCE_DIR;

scenario::Scenario read(const fs::path& path) {
  auto read = scenario::read_scenario(path);
  if (const auto* errors = std::get_if<scenario::Errors>(&read)) {
    throw std::runtime_error(errors->front().text());
  }
  return std::get<scenario::Scenario>(read);
}

enum class Travel { values, encoded };

struct Left {
  RunResult result;
  Files files;
};
Left run_once(const scenario::Scenario& scenario, Travel travel = Travel::values) {
  const cluster::TemporaryFolder folder;
  report::Account silent({.prose = false, .colour = false, .json = false});
  const Options options{true, travel == Travel::encoded, folder.path(), Keep::always, "again"};
  Left left;
  left.result = run(scenario, options, silent);
  left.files = files_in(left.result.folder);
  return left;
}

std::vector<fs::path> shipped() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "scenarios")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class Shipped : public testing::TestWithParam<fs::path> {};

// Something stands in memory between the runs, so that no address comes again.
TEST_P(Shipped, scenario_leaves_the_same_bytes_twice_and_through_the_wire_format) {
  const scenario::Scenario scenario = read(GetParam());
  const Left first = run_once(scenario);
  EXPECT_EQ(first.result.exit_code, kPass) << first.result.error;
  ASSERT_GE(first.files.size(), 5u);
  const auto between = std::make_unique<char[]>(100'003);
  EXPECT_EQ(first_difference(first.files, run_once(scenario).files), "");
  EXPECT_EQ(first_difference(first.files, run_once(scenario, Travel::encoded).files), "");
}

std::string name_of(const testing::TestParamInfo<fs::path>& path) {
  std::string name = path.param.lexically_relative(kSource / "scenarios").string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Determinism, Shipped, testing::ValuesIn(shipped()), name_of);

TEST(Determinism, GeneratedScenariosDoNotDependOnHowMessagesTravel) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const scenario::Scenario scenario = scenario::generate(seed);
    EXPECT_EQ(first_difference(run_once(scenario).files, run_once(scenario, Travel::encoded).files),
              "")
        << "seed " << seed;
  }
}

TEST(Determinism, ADifferenceIsToldByTheFirstEventThatDiffers) {
  const Files a{{"n1", "{\"mono_us\":1,\"x\":1}\n{\"mono_us\":9,\"x\":2}\n"},
                {"n2", "{\"mono_us\":5,\"x\":1}\n"}};
  EXPECT_EQ(first_difference(a, a), "");
  Files b = a;
  b["n1"] = "{\"mono_us\":1,\"x\":1}\n{\"mono_us\":9,\"x\":3}\n";
  b["n2"] = "{\"mono_us\":5,\"x\":7}\n";
  EXPECT_EQ(first_difference(a, b), "n2:1\n  {\"mono_us\":5,\"x\":1}\n  {\"mono_us\":5,\"x\":7}");
  b["n2"] = a.at("n2");
  EXPECT_THAT(first_difference(a, b), HasSubstr("n1:2\n"));
  b["n1"] = "{\"mono_us\":1,\"x\":1}\n";
  EXPECT_THAT(first_difference(a, b), HasSubstr("(nothing)"));
  b = a;
  b["n3"] = "";
  EXPECT_EQ(first_difference(a, b), "n3: only one of the runs has it");
  b["n3"] = "{\"mono_us\":3,\"x\":1}\n";
  EXPECT_EQ(first_difference(a, b), "n3:1\n  (nothing)\n  {\"mono_us\":3,\"x\":1}");
  b["n1"] = "{\"mono_us\":2,\"x\":1}\n";
  EXPECT_THAT(first_difference(a, b), HasSubstr("n1:1\n"));
  const Files c{{"n1", std::string(1000, 'x') + "1" + std::string(1000, 'y')}};
  const Files d{{"n1", std::string(1000, 'x') + "2" + std::string(1000, 'y')}};
  EXPECT_THAT(first_difference(c, d), HasSubstr("xx1yy"));
  EXPECT_LT(first_difference(c, d).size(), 400u);
}

// The program in a process of its own, in `folder`; its exit code.
int squall_in(const fs::path& folder, const std::string& arguments, const char* out,
              const char* environment = "") {
  const std::string command =
      fmt::format("cd '{}' && {} '{}' {} --out '{}' --no-color >/dev/null 2>&1", folder.string(),
                  environment, SQUALL_BINARY, arguments, out);
  return WEXITSTATUS(std::system(command.c_str()));
}

// All that runs left, without the times of day that are in the names of their folders.
Files without_times(const fs::path& out) {
  Files files;
  for (auto& [path, text] : files_in(out))
    files[std::regex_replace(path, std::regex("[0-9]+T[0-9]+Z-"), "")] = std::move(text);
  return files;
}

// Between processes all addresses differ, and what memory holds before it is written to.
TEST(Determinism, ProcessesOfTheirOwnLeaveTheSameBytesForOtherSeedsToo) {
  const cluster::TemporaryFolder folder;
  const std::string commands[] = {
      fmt::format("run --simulate --seed 1001 '{}'", (kSource / "scenarios").string()),
      "soak --simulate --keep always --seed 1001 --seeds 10"};
  for (const std::string& command : commands) {
    const int first = squall_in(folder.path(), command, "first");
    EXPECT_EQ(squall_in(folder.path(), command, "second", "MALLOC_PERTURB_=90 PADDING=xxxxxxx"),
              first);
    const Files files = without_times(folder.path() / "first");
    EXPECT_GE(files.size(), 50u);
    EXPECT_EQ(first_difference(files, without_times(folder.path() / "second")), "");
    fs::remove_all(folder.path() / "first");
    fs::remove_all(folder.path() / "second");
  }
}

TEST(Determinism, WhatAFailurePrintsReproducesIt) {
  const cluster::TemporaryFolder folder;
  const fs::path failing = kSource / "tests/scenarios/must_fail/lease_on_a_late_clock.yaml";
  const auto squall = [&](const std::string& arguments, const char* out) {
    return squall_in(folder.path(), arguments, out);
  };
  ASSERT_EQ(squall(fmt::format("run --simulate --seed 2 '{}'", failing.string()), "first"), kFail);
  const fs::path first = fs::canonical(folder.path() / "first/latest");
  // A number and a dash-dirty at most, or that it is not known: never nothing.
  EXPECT_THAT(files_in(first).at("result.json"),
              testing::ContainsRegex("\"commit\":\"([0-9a-f]+(-dirty)?|unknown)\""));
  std::string again = files_in(first).at("result.json");
  constexpr std::string_view kField = "\"run_again\":\"";
  again = again.substr(again.find(kField) + kField.size());
  again = again.substr(0, again.find('"'));
  const std::string program = "./squall ";
  ASSERT_EQ(again.substr(0, program.size()), program);
  ASSERT_THAT(again, HasSubstr("--seed 2"));
  ASSERT_EQ(squall(again.substr(program.size()), "second"), kFail);
  const fs::path second = fs::canonical(folder.path() / "second/latest");
  EXPECT_EQ(first_difference(files_in(first), files_in(second)), "");
}

// A lease on a clock beyond the drift that it allows for: the reads are stale, and this is found.
TEST(MustFail, LeaseOnALateClock) {
  const Left left =
      run_once(read(kSource / "tests/scenarios/must_fail/lease_on_a_late_clock.yaml"));
  EXPECT_EQ(left.result.exit_code, kFail);
  for (const verify::CheckResult& check : left.result.verdict.checks) {
    const bool stale = check.name == "no_stale_read" || check.name == "monotonic_sessions" ||
                       check.name == "linearizable";
    EXPECT_EQ(check.verdict == verify::Verdict::fail, stale) << check.name << check.message;
  }
}

TEST(ManyNodes, AHundredAndOneElectAndCommit) {
  const Left left = run_once(read(kSource / "tests/scenarios/simulated/hundred_and_one.yaml"));
  EXPECT_EQ(left.result.exit_code, kPass) << left.result.error;
  EXPECT_EQ(left.result.verdict.numbers.peers, 101u);
  EXPECT_GE(left.result.verdict.numbers.committed, 20u);
}

}  // namespace
}  // namespace runner
