// SPDX-License-Identifier: Apache-2.0
// The lines of evidence around those that show a violation, readable.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/verify/verdict.h"

namespace report {

// For each file that the result's lines name, in their order, ten lines around the first that they
// name there; those named are marked. Those of the other nodes involved follow, around the time of
// their part in it; where clients' lines are named, these are the nodes that gave the answers, too.
// Events as sentences, with their line numbers.
std::string excerpts(const std::filesystem::path& folder, const verify::CheckResult& result);

}  // namespace report
