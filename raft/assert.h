// SPDX-License-Identifier: Apache-2.0
// Assertions of what the code itself guarantees. They stay on in release builds, and never test
// what a message says.
#pragma once

#include <stdexcept>

namespace raft {

// A server of which one fails must not go on: whoever runs it ends it, squall-node by SIGABRT and
// the simulator by an end that says the same. Nothing else may handle it.
class AssertionFailed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Throws AssertionFailed: where, and what did not hold.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace raft

#define RAFT_ASSERT(expression) \
  ((expression) ? void(0) : ::raft::assertion_failed(#expression, __FILE__, __LINE__))
