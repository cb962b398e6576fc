// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/numbers.h"

#include <fmt/format.h>

namespace report {
namespace {

const char* past_tense(verify::Verdict verdict) {
  switch (verdict) {
    case verify::Verdict::pass:
      return "passed";
    case verify::Verdict::fail:
      return "failed";
    default:
      return "unknown";
  }
}

}  // namespace

std::string numbers_line(const verify::Numbers& numbers, verify::Verdict verdict) {
  return fmt::format(" ... {} -- {:5.1f} {:2} {:6} {:9} {:6}", past_tense(verdict), numbers.seconds,
                     numbers.peers, numbers.messages, numbers.bytes, numbers.committed);
}

const char* numbers_legend() {
  return "(seconds, peers, messages between them, their bytes, entries committed)";
}

}  // namespace report
