// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace cluster {

// The environment failed, not the system under test: exit code 3. `what()` says what and where.
class HarnessError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace cluster
