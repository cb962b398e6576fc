// SPDX-License-Identifier: Apache-2.0
// In a file of its own, so that a test that goes on after a failure may put another one in its
// place.
#include "raft/assert.h"

#include <cstdio>
#include <cstdlib>

namespace raft {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
  std::abort();
}

}  // namespace raft
