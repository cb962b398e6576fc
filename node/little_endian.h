// SPDX-License-Identifier: Apache-2.0
// Numbers as bytes, least significant first, whatever the machine: the form of all that is stored
// or digested.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace node {

inline void append_u8(std::string& out, std::uint8_t value) {
  out += static_cast<char>(value);
}

template <class Unsigned>
void append_little_endian(std::string& out, Unsigned value) {
  char bytes[sizeof value];
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  out.append(bytes, sizeof value);
}
inline void append_u32(std::string& out, std::uint32_t value) {
  append_little_endian(out, value);
}
inline void append_u64(std::string& out, std::uint64_t value) {
  append_little_endian(out, value);
}

// Takes numbers and runs of bytes off the front of bytes that anyone may have written. What is not
// there reads as 0 or empty and makes ok() false for good, so that one check at the end is enough.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t remaining() const { return rest_.size(); }

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  std::string_view bytes(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  template <class Unsigned>
  Unsigned number() {
    const std::string_view taken = bytes(sizeof(Unsigned));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < taken.size(); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
    return static_cast<Unsigned>(value);
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace node
