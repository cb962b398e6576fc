// SPDX-License-Identifier: Apache-2.0
#include "node/file.h"

#include <system_error>

#include <fmt/format.h>

namespace node {

DiskError::DiskError(std::string_view action, std::string_view file, int error_number)
    : std::runtime_error(fmt::format("cannot {} {}: {}", action, file,
                                     std::generic_category().message(error_number))),
      error_number_(error_number) {}

}  // namespace node
