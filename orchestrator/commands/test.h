// SPDX-License-Identifier: Apache-2.0
// `squall test`: the tests of this build, through ctest.
#pragma once

#include <string>
#include <vector>

namespace commands {

struct TestOptions {
  bool all = false;                // the tier `all` too: sanitizers, sweeps, long properties
  std::vector<std::string> ctest;  // further arguments, passed on
};

// Becomes ctest; returns only where that is not possible.
int test(const TestOptions& options);

}  // namespace commands
