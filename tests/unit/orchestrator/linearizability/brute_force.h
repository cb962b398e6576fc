// SPDX-License-Identifier: Apache-2.0
// Linearizability as it is defined, by trying every order (Wing and Gong 1993). For a handful of
// operations, and for nothing but to judge the checkers by.
#pragma once

#include <span>

#include "orchestrator/verify/linearizability/history.h"

namespace linearizability {

// `operations` are of one key.
bool brute_force(std::span<const Operation> operations, const Texts& values);

// Only orders in which the mutations stand as their log indexes do, those of unknown outcome that
// have one among them and no others, and each read that has an index behind exactly the mutations
// up to it.
bool brute_force_by_index(std::span<const Operation> operations, const Texts& values);

}  // namespace linearizability
