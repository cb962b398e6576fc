// SPDX-License-Identifier: Apache-2.0
// What stands in an entry of the log: a client's request, or a configuration.
#include "node/command.h"

#include "raft/configuration.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const node::AllocationMeter meter;
  const auto request = node::decode_command(bytes);
  const auto configuration = raft::decode_configuration(bytes);
  fuzz::must_be_measured(meter, size);
  if (request) fuzz::must(node::encode_command(*request) == bytes, "a command has one encoding");
  if (configuration) {
    const auto again = raft::decode_configuration(raft::encode(*configuration));
    fuzz::must(again == configuration, "a configuration is read as it was written");
  }
  return 0;
}
