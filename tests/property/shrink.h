// SPDX-License-Identifier: Apache-2.0
// From a script that fails to a short one that fails in the same way: lines are left out by delta
// debugging (Zeller and Hildebrandt 2002), then what is left is made simpler word by word, and
// servers, numbers and durations smaller, until nothing helps any more.
#pragma once

#include "tests/property/trial.h"

namespace raft::property {

// The lines of the shortest script found. `failing` has failed.
std::vector<std::string> shrink(const Trial& failing);

}  // namespace raft::property
