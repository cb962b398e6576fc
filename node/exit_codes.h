// SPDX-License-Identifier: Apache-2.0
// How squall-node ends, for whoever started it. Anything else is a fault of the node's own.
#pragma once

#include <exception>
#include <optional>

namespace node {

inline constexpr int kStopped = 0;
inline constexpr int kCannotRun = 3;  // the environment failed it: a disk, an address, a folder
inline constexpr int kBadArguments = 4;
inline constexpr int kDamagedState =
    5;  // what it had persisted can't be read: no crash may do that

// With which of them a node ends that this was thrown in. None where it is a mistake in the program
// (a failed assertion, say): then it ends by SIGABRT.
std::optional<int> exit_code_after(const std::exception& error);

}  // namespace node
