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
  // How many times since construction.
  std::size_t count() const;

 private:
  std::size_t bytes_before_;
  std::size_t count_before_;
};

}  // namespace node
