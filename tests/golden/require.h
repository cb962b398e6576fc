// SPDX-License-Identifier: Apache-2.0
// How an invariant says that it is violated.
#pragma once

#include <utility>

#include <fmt/format.h>

#include "tests/golden/invariants.h"

namespace raft::golden {

template <class... Args>
void require(bool holds, fmt::format_string<Args...> what, Args&&... args) {
  if (!holds) throw Violation(fmt::format(what, std::forward<Args>(args)...));
}

}  // namespace raft::golden
