// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/numbers.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "orchestrator/verify/reader.h"

namespace report {
namespace {

// The whole log that all nodes agreed on, or what clients were told of it.
std::uint64_t committed_in(const std::filesystem::path& folder,
                           const std::optional<verify::Converged>& converged) {
  if (converged) return converged->log_index.value;
  std::uint64_t committed = 0;
  verify::EventReader<verify::Operation> history(folder / "history.jsonl", verify::Where::kHistory);
  while (const verify::Operation* operation = history.next()) {
    committed = std::max(committed, operation->log_index.value_or(raft::Index{}).value);
  }
  return committed;
}

}  // namespace

Numbers numbers_of(const std::filesystem::path& folder) {
  Numbers numbers;
  std::optional<raft::Time> began;
  raft::Time last{};
  std::optional<verify::Converged> converged;
  verify::EventReader<verify::FaultEvent> faults(folder / "faults.jsonl", verify::Where::kFaults);
  while (const verify::FaultEvent* event = faults.next()) {
    if (!began) began = event->at;
    last = event->at;
    if (const auto* run = std::get_if<verify::RunStarted>(&event->what)) numbers.peers = run->nodes;
    if (const auto* end = std::get_if<verify::Converged>(&event->what)) converged = *end;
    if (std::holds_alternative<verify::RunEnded>(event->what)) break;
  }
  if (began) numbers.seconds = static_cast<double>((last - *began).count()) / 1e6;

  verify::EventReader<verify::NetworkEvent> network(folder / "network.jsonl",
                                                    verify::Where::kNetwork);
  while (const verify::NetworkEvent* event = network.next()) {
    const auto* total = std::get_if<verify::NetworkTotal>(&event->what);
    if (!total) continue;
    numbers.messages = total->messages;
    numbers.bytes = total->bytes;
  }
  numbers.committed = committed_in(folder, converged);
  return numbers;
}

std::string numbers_line(const Numbers& numbers, const std::string& verdict) {
  return fmt::format(" ... {} -- {:5.1f} {:2} {:6} {:9} {:6}", verdict, numbers.seconds,
                     numbers.peers, numbers.messages, numbers.bytes, numbers.committed);
}

const char* numbers_legend() {
  return "seconds, peers, messages between them, bytes, entries committed:";
}

}  // namespace report
