// SPDX-License-Identifier: Apache-2.0
// What the tests of the language have in common: texts to read, and what reading them says.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

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
// The only step, of the form "sleep: 1s".
Step good_step(std::string_view step);
// What it does, which is a T; a test failure and the default where it is not.
template <class T>
T action(std::string_view step) {
  const Step read = good_step(step);
  const T* found = std::get_if<T>(&read.action);
  EXPECT_NE(found, nullptr) << step;
  return found == nullptr ? T{} : *found;
}
// The errors of these steps; the first is in line 5, and its text begins in column 5.
std::vector<std::string> step_errors(std::initializer_list<std::string_view> steps);

}  // namespace scenario
