// SPDX-License-Identifier: Apache-2.0
#include "raft/assert.h"

#include <string>

namespace raft {

void assertion_failed(const char* expression, const char* file, int line) {
  throw AssertionFailed(std::string(file) + ":" + std::to_string(line) +
                        ": assertion failed: " + expression);
}

}  // namespace raft
