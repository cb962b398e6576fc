// SPDX-License-Identifier: Apache-2.0
// The scenario files that a command line names.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace scenario {

// Each file as it is named, whether it can be read or not; for a folder every *.yaml in it and
// below, by name. A folder that can't be listed is returned itself: reading it tells why.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::string>& paths);

}  // namespace scenario
