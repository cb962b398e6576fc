// SPDX-License-Identifier: Apache-2.0
// What operator new was asked for by this thread, for tests of what bytes from outside can make us
// allocate.
#pragma once

#include <cstddef>

namespace node {

class AllocationMeter {
 public:
  AllocationMeter();
  // Bytes since construction, freed ones included.
  std::size_t total() const;

 private:
  std::size_t before_;
};

}  // namespace node
