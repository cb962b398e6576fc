// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/validate.h"

#include <fmt/format.h>

#include "orchestrator/scenario/files.h"
#include "orchestrator/scenario/reader.h"

namespace commands {
namespace {

std::string counted(std::size_t n, const char* what) {
  return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s");
}

}  // namespace

int validate(const std::vector<std::string>& paths, std::ostream& out, std::ostream& errors) {
  constexpr int kBadScenario = 4;
  constexpr int kNothingMatched = 5;
  const auto files = scenario::scenario_files(paths);
  if (files.empty()) {
    errors << fmt::format("no scenario (*.yaml) in {}\n", fmt::join(paths, ", "));
    return kNothingMatched;
  }
  int exit_code = 0;
  for (const std::filesystem::path& file : files) {
    const scenario::ReadResult result = scenario::read_scenario(file);
    if (const auto* scenario = std::get_if<scenario::Scenario>(&result)) {
      out << fmt::format("ok  {}  ({}, {})\n", file.string(),
                         counted(scenario->steps.size(), "step"),
                         counted(scenario->cluster.nodes, "node"));
      continue;
    }
    exit_code = kBadScenario;
    for (const scenario::Error& error : std::get<scenario::Errors>(result)) {
      errors << error.text() << '\n';
    }
  }
  return exit_code;
}

}  // namespace commands
