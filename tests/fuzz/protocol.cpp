// SPDX-License-Identifier: Apache-2.0
// What clients and the orchestrator say to a node, and a node to them.
#include "node/protocol.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json = fuzz::text_of(data, size);
  const node::AllocationMeter meter;
  const auto to_node = node::decode_to_node(json);
  const auto from_node = node::decode_from_node(json);
  fuzz::must_be_measured(meter, size);
  if (to_node) {
    const std::string encoded = node::encode(*to_node);
    const auto again = node::decode_to_node(encoded);
    fuzz::must(again && node::encode(*again) == encoded, "to a node: read as it was written");
  }
  if (from_node) {
    const std::string encoded = node::encode(*from_node);
    const auto again = node::decode_from_node(encoded);
    fuzz::must(again && node::encode(*again) == encoded, "from a node: read as it was written");
  }
  return 0;
}
