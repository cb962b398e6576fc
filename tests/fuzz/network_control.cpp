// SPDX-License-Identifier: Apache-2.0
// What the network is told to do, and what it reports.
#include "proxy/control.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json = fuzz::text_of(data, size);
  const node::AllocationMeter meter;
  const auto command = proxy::decode_command(json);
  const auto report = proxy::decode_report(json);
  fuzz::must_be_measured(meter, size);
  if (const auto* told = std::get_if<proxy::Command>(&command)) {
    fuzz::must(proxy::decode_command(proxy::encode(*told)) == command,
               "a command is read as it was written");
  }
  if (const auto* said = std::get_if<proxy::Report>(&report)) {
    fuzz::must(proxy::decode_report(proxy::encode(*said)) == report,
               "a report is read as it was written");
  }
  return 0;
}
