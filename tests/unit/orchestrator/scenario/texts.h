// SPDX-License-Identifier: Apache-2.0
// What the tests of the language have in common: texts to read, and what reading them says.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/scenario/reader.h"

namespace scenario {

// The shipped scenarios, by path.
std::vector<std::filesystem::path> shipped_files();
std::string text_of(const std::filesystem::path& file);

// Four lines of head and then the steps, the first of which is line 5.
std::string with_steps(std::string_view steps);
// A whole scenario with these lines at top level; the first is line 3.
std::string with_lines(std::string_view lines);

// The errors as "line:column: message"; none for a good scenario.
std::vector<std::string> errors_of(std::string_view text);
// The scenario; a test failure and an empty one where there are errors.
Scenario good(std::string_view text);
// Its only step.
Step good_step(std::string_view step);

}  // namespace scenario
