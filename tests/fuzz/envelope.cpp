// SPDX-License-Identifier: Apache-2.0
// A frame between nodes; as it comes, and once more with a length and a checksum that fit, which no
// fuzzer finds by itself.
#include "proxy/wire/envelope.h"

#include <variant>

#include "node/little_endian.h"
#include "proxy/wire/crc32c.h"
#include "tests/fuzz/fuzz.h"

namespace {

using proxy::DecodeError;

void decode(std::string_view bytes) {
  const node::AllocationMeter meter;
  const auto frame = proxy::decode(bytes);
  const auto envelope = proxy::decode_envelope(bytes);
  fuzz::must(meter.total() == 0, "nothing is allocated");
  if (const auto* good = std::get_if<proxy::Frame>(&frame)) {
    const auto* same = std::get_if<proxy::Envelope>(&envelope);
    fuzz::must(same && *same == good->envelope, "the network reads what the receiver reads");
    fuzz::must(proxy::encode(good->envelope, good->payload) == bytes, "a frame has one encoding");
  } else if (std::get<DecodeError>(frame) != DecodeError::bad_checksum) {
    fuzz::must(std::holds_alternative<DecodeError>(envelope), "only the checksum is left out");
  }
}

std::string sealed(std::string_view bytes) {
  std::string frame(bytes);
  std::string length;
  node::append_u32(length, static_cast<std::uint32_t>(frame.size() - proxy::kEnvelopeSize));
  frame.replace(20, 4, length);
  frame.replace(40, 4, 4, '\0');
  std::string checksum;
  node::append_u32(checksum, proxy::crc32c(frame));
  return frame.replace(40, 4, checksum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  decode(bytes);
  if (size >= proxy::kEnvelopeSize) decode(sealed(bytes));
  return 0;
}
