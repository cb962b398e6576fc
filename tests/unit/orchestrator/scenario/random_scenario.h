// SPDX-License-Identifier: Apache-2.0
// Scenarios that use every word of the language at random, for properties of reader and writer.
#pragma once

#include <cstdint>

#include "orchestrator/scenario/scenario.h"

namespace scenario {

// One that reading allows, as reading would give it: every fault has an id.
Scenario random_scenario(std::uint64_t seed);

}  // namespace scenario
