// SPDX-License-Identifier: Apache-2.0
// What was seen and could not have been written, whatever took effect and in what order.
#pragma once

#include <optional>
#include <span>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

// The place of an operation that tells of a value (it read it, or its compare-and-set found it) of
// which no write or compare-and-set had been called when it returned, and that no such value makes
// with what appends had been called for by then. Nothing: there is none, or to find it takes more
// work than is linear in the operations and the texts.
std::optional<Place> find_unwritten(const History& history, std::span<const Place> operations);

}  // namespace linearizability
