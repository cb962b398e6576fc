// SPDX-License-Identifier: Apache-2.0
// The lines of evidence around those that show a violation, readable.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace report {

// For each file that `lines` name, in their order, ten lines around the first that they name there;
// those named are marked. Where clients' lines are named, those of the nodes that gave the answers
// follow, around that time. Events as sentences, with their line numbers.
std::string excerpts(const std::filesystem::path& folder, const std::vector<verify::Where>& lines);

}  // namespace report
