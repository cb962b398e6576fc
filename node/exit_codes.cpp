// SPDX-License-Identifier: Apache-2.0
#include "node/exit_codes.h"

#include <stdexcept>

#include "node/wal.h"

namespace node {

std::optional<int> exit_code_after(const std::exception& error) {
  if (dynamic_cast<const CorruptLog*>(&error) != nullptr) return kDamagedState;
  // Of the disk, the system or a socket.
  if (dynamic_cast<const std::runtime_error*>(&error) != nullptr) return kCannotRun;
  return std::nullopt;
}

}  // namespace node
