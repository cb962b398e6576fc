// SPDX-License-Identifier: Apache-2.0
// Assertions of what the code itself guarantees. They stay on in release builds, and never test
// what a message says.
#pragma once

namespace raft {
// Prints where and what to stderr, and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}  // namespace raft

#define RAFT_ASSERT(expression) \
  ((expression) ? void(0) : ::raft::assertion_failed(#expression, __FILE__, __LINE__))
