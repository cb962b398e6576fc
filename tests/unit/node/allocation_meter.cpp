// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/node/allocation_meter.h"

#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocated_bytes = 0;
thread_local std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  allocated_bytes += size;
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

// The library's algorithms ask for their buffers in this way.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace node {

AllocationMeter::AllocationMeter() : bytes_before_(allocated_bytes), count_before_(allocations) {}

std::size_t AllocationMeter::total() const {
  return allocated_bytes - bytes_before_;
}

std::size_t AllocationMeter::count() const {
  return allocations - count_before_;
}

}  // namespace node
