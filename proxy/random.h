// SPDX-License-Identifier: Apache-2.0
// Random decisions without a generator's state: each is a pure function of what it is about, so
// that neither another link's traffic nor another rule shifts it.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/wire/envelope.h"

namespace proxy {

/// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
/// Generators).
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

/// A rule's stream, from its id (FNV-1a).
constexpr std::uint64_t stream_of(std::string_view rule) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : rule) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  }
  return hash;
}

/// 64 random bits for the `ordinal`th message that the rule matched on the link src -> dst; a
/// decision that needs several numbers numbers its draws.
constexpr std::uint64_t decision(std::uint64_t seed, std::uint64_t stream, Address src, Address dst,
                                 std::uint64_t ordinal, std::uint64_t draw = 0) {
  const auto link = static_cast<std::uint64_t>(src) << 32 | static_cast<std::uint64_t>(dst);
  return mix(mix(mix(mix(mix(seed) ^ stream) ^ link) ^ ordinal) ^ draw);
}

/// Maps 64 random bits to [0, 1).
constexpr double uniform01(std::uint64_t bits) {
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

}  // namespace proxy
