// SPDX-License-Identifier: Apache-2.0
// The payload of a frame between nodes.
#include "node/message_codec.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const node::AllocationMeter meter;
  const auto message = node::decode_message(bytes);
  fuzz::must_be_measured(meter, size);
  if (message) fuzz::must(node::encode_message(*message) == bytes, "a message has one encoding");
  return 0;
}
