// SPDX-License-Identifier: Apache-2.0
// What runs left, compared to the byte.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace runner {

// All files at any depth, by their path in the folder.
std::map<std::string, std::string> files_in(const std::filesystem::path& folder);

// Where the evidence of two runs parts first, as its lines tell the time: the file, the number of
// the line, and both lines, shortened around what differs. A file that only one of them has is
// empty in the other. Empty where nothing differs.
std::string first_difference(const std::map<std::string, std::string>& a,
                             const std::map<std::string, std::string>& b);

}  // namespace runner
