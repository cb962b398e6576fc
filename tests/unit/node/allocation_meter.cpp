// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/node/allocation_meter.h"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocated = 0;
}  // namespace

void* operator new(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace node {

AllocationMeter::AllocationMeter() : before_(allocated) {}

std::size_t AllocationMeter::total() const {
  return allocated - before_;
}

}  // namespace node
