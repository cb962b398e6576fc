// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace proxy {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`. Pass the checksum of what precedes as
/// `seed` to go on: crc32c(b, crc32c(a)) == crc32c(a + b). Uses the processor's instruction where
/// there is one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

/// The same by tables alone, for machines without the instruction.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace proxy
