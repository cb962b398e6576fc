// SPDX-License-Identifier: Apache-2.0
// Operations drawn as text, for a reader to see why no order explains them:
//
//   c1  |--write "x"--|
//   c2                   |--write "y"--|
//   c3                        |--read "x"--|
//
//   line 1  c1  write "x"
//   ...
#pragma once

#include <span>
#include <string>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

// What was asked and answered, in a few words: `read "x"`, `cas "x"->"y" saw "z"`. Values that are
// shown with more than `most` characters are shown by their ends.
std::string in_words(const History& history, const Operation& operation, std::size_t most = 12);

// One lane for each client, in the order of their first calls, and below it the lines that the
// operations were read from. Time goes to the right, drawn to no scale: only the order of calls and
// returns. What has no known outcome has an open end. Lines are at most `columns` wide (40 at the
// least) and end with a newline; what does not fit goes on in another band below.
std::string draw(const History& history, std::span<const Place> operations,
                 std::size_t columns = 80);

}  // namespace linearizability
