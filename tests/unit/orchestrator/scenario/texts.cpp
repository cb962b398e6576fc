// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/scenario/texts.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "orchestrator/scenario/files.h"

namespace scenario {

std::vector<std::filesystem::path> shipped_files() {
  return scenario_files({SQUALL_SOURCE_DIR "/scenarios"});
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string with_steps(std::string_view steps) {
  return fmt::format("version: 1\nname: x\ncluster: {{nodes: 5}}\nsteps:\n{}\n", steps);
}

std::string with_lines(std::string_view lines) {
  return fmt::format("version: 1\nname: x\n{}\nsteps: [sleep: 1s]\n", lines);
}

std::vector<std::string> errors_of(std::string_view text) {
  const ReadResult result = read_scenario(text, "x.yaml");
  std::vector<std::string> lines;
  if (const auto* errors = std::get_if<Errors>(&result)) {
    for (const Error& error : *errors) {
      EXPECT_EQ(error.file, "x.yaml");
      lines.push_back(fmt::format("{}:{}: {}", error.at.line, error.at.column, error.message));
    }
    EXPECT_FALSE(lines.empty());
  }
  return lines;
}

Scenario good(std::string_view text) {
  ReadResult result = read_scenario(text, "x.yaml");
  if (auto* scenario = std::get_if<Scenario>(&result)) return std::move(*scenario);
  ADD_FAILURE() << text << '\n' << std::get<Errors>(result).front().text();
  return {};
}

Step good_step(std::string_view step) {
  const Scenario scenario = good(with_steps(fmt::format("  - {}", step)));
  return scenario.steps.size() == 1 ? scenario.steps.front() : Step{};
}

std::vector<std::string> step_errors(std::initializer_list<std::string_view> steps) {
  std::string text;
  for (const std::string_view step : steps) {
    text += fmt::format("  - {}\n", step);
  }
  return errors_of(with_steps(text));
}

}  // namespace scenario
