// SPDX-License-Identifier: Apache-2.0
// Makes scenarios for the soak: a cluster of three or five under load; kills with restarts late and
// at once, partitions of all directions, loss and delay, at random; in the end all heal, all come
// back, all converge.
#pragma once

#include <cstdint>

#include "orchestrator/scenario/scenario.h"

namespace scenario {

// The same scenario for the same seed, always. It is one that can be written and read back.
Scenario generate(std::uint64_t seed);

}  // namespace scenario
