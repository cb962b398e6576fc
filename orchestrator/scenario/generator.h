// SPDX-License-Identifier: Apache-2.0
// Makes scenarios for the soak: three or five voters under load, and up to two nodes that wait;
// kills with restarts late and at once, partitions of all directions, loss and delay, changes of
// the members and transfers among them, settings of all kinds, at random; in the end all heal, all
// come back, some are left in peace for a while, all converge.
#pragma once

#include <cstdint>
#include <optional>

#include "orchestrator/scenario/scenario.h"

namespace scenario {

// The same scenario for the same seed and length, always. It is one that can be written and read
// back. Without a length it is of 8 to 14 deeds, some seconds long; with one it goes on until its
// pauses alone last as long.
Scenario generate(std::uint64_t seed, std::optional<Duration> length = {});

}  // namespace scenario
