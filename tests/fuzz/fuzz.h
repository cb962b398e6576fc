// SPDX-License-Identifier: Apache-2.0
// A fuzz target is one function that is given bytes of anybody's making and ends the program if
// something that must hold does not. Linked with libFuzzer the program searches for such bytes;
// linked with replay.cpp it goes through those of its corpus.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/unit/node/allocation_meter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A decoder may take a small multiple of its input's bytes, whatever lengths stand in them: forty
// times for the smallest entries, in vectors that grow, and a step of its reading ahead.
inline void must_be_measured(const node::AllocationMeter& meter, std::size_t input) {
  must(meter.total() <= 40 * input + 100'000, "memory is taken by the measure of the input");
}

// Takes values off the front of a target's bytes. When there are none left, all that it gives is 0.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(text_of(data, size)) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<std::uint8_t>(first);
  }
  bool flag() { return (byte() & 1) != 0; }
  // In [0, bound), where 0 < bound <= 256.
  std::uint64_t below(std::uint64_t bound) { return byte() % bound; }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
      value = value << 8 | byte();
    return value;
  }
  // This many, or as many as there are.
  std::string_view bytes(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace fuzz
