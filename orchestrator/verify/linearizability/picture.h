// SPDX-License-Identifier: Apache-2.0
// Operations drawn as text, for a reader to see why no order explains them:
//
//   c1  |--write x--|              line 3
//   c2      |--write y--...        line 5: outcome unknown
//   c3                |--read x--| line 9
#pragma once

#include <span>
#include <string>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

// What was asked and answered, in a few words: `read "x"`, `cas "x" -> "y": found "z"`. Values of
// more than `most` bytes are shown by their ends.
std::string in_words(const History& history, const Operation& operation, std::size_t most = 12);

// One lane for each client, in the order of their first calls; time goes to the right, drawn to
// no scale: only the order of calls and returns. Lines are at most `columns` wide (40 at least),
// and end with a newline; where there is more to draw than fits, it goes on in another band below.
std::string draw(const History& history, std::span<const Place> operations,
                 std::size_t columns = 80);

}  // namespace linearizability
