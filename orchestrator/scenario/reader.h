// SPDX-License-Identifier: Apache-2.0
// Reads a scenario, strictly: whatever is not a word of the language, of the wrong kind, out of its
// range or impossible is an error with its place. Nothing is started.
#pragma once

#include <filesystem>
#include <string_view>
#include <variant>

#include "orchestrator/scenario/scenario.h"
#include "orchestrator/scenario/yaml_tree.h"

namespace scenario {

// All errors that were found, by position; after this many the rest is only counted.
inline constexpr std::size_t kMaxErrors = 20;

using ReadResult = std::variant<Scenario, Errors>;

ReadResult read_scenario(const std::filesystem::path& path);
// `name` stands for the file in messages.
ReadResult read_scenario(std::string_view text, std::string_view name);

}  // namespace scenario
