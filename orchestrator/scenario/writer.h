// SPDX-License-Identifier: Apache-2.0
// A scenario as a file: every default written out, and the seed, in the style of the shipped files.
// Reading it back gives an equal scenario.
#pragma once

#include <string>

#include "orchestrator/scenario/scenario.h"
#include "orchestrator/scenario/yaml_tree.h"

namespace scenario {

std::string write_scenario(const Scenario& scenario);

// A tree on one line.
std::string write_inline(const YamlNode& node);

}  // namespace scenario
