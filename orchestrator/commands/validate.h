// SPDX-License-Identifier: Apache-2.0
// `squall validate FILE|DIR...`: reads scenarios and starts nothing.
#pragma once

#include <iostream>
#include <string>
#include <vector>

namespace commands {

// A line per good scenario goes to `out`, one per error to `errors`. Returns the exit code: 0, 4
// where a file has errors, 5 where the paths hold no scenario.
int validate(const std::vector<std::string>& paths, std::ostream& out = std::cout,
             std::ostream& errors = std::cerr);

}  // namespace commands
