// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/linearizability/porcupine.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace benchmark {
namespace {

using linearizability::History;
using linearizability::kNever;
using linearizability::Operation;
using linearizability::Stamp;

constexpr unsigned kMostMemory = 8 * 1024 * 1024;  // KiB: where Porcupine would take the machine's

// An event a line, in the order of their stamps: "c ID CLIENT KIND KEY ARGUMENT EXPECTED" and
// "r ID ANSWER OUTPUT", texts in hexadecimal behind an '='.
std::string events_of(const History& history) {
  struct Event {
    Stamp at = 0;
    std::size_t place = 0;
    bool call = false;
  };
  std::vector<Event> events;
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    events.push_back({history.operations[i].call, i, true});
    events.push_back({history.operations[i].ret, i, false});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
  std::string text;
  const auto add = [&](linearizability::Value value) {
    text += " =";
    for (const char c : history.values.at(value))
      fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
  };
  for (const Event& event : events) {
    const Operation& operation = history.operations[event.place];
    if (event.call) {
      fmt::format_to(std::back_inserter(text), "c {} {} {} {}", event.place, operation.client,
                     static_cast<int>(operation.kind), operation.key);
      add(operation.argument);
      add(operation.expected);
    } else {
      fmt::format_to(std::back_inserter(text), "r {} {}", event.place,
                     static_cast<int>(operation.answer));
      add(operation.output);
    }
    text += '\n';
  }
  return text;
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) throw std::runtime_error("can't start Porcupine");
  std::string output;
  char piece[4096];
  while (const std::size_t size = std::fread(piece, 1, sizeof piece, pipe.get()))
    output.append(piece, size);
  return output;
}

}  // namespace

PorcupineSays ask_porcupine(const PorcupineOptions& options, const History& history) {
  const std::filesystem::path file = options.folder / "porcupine-events.txt";
  std::ofstream(file, std::ios::binary) << events_of(history);
  const std::string output = output_of(
      fmt::format("ulimit -v {}; GOMAXPROCS=1 '{}' {} {} '{}' 2>/dev/null", kMostMemory,
                  options.program.string(), options.repetitions, options.seconds, file.string()));
  std::filesystem::remove(file);
  std::istringstream words(output);
  PorcupineSays says;
  words >> says.verdict;
  for (double milliseconds = 0; words >> milliseconds;)
    says.milliseconds.push_back(milliseconds);
  if (says.verdict.empty()) says.verdict = "unknown";  // it ran out of memory
  if (says.verdict != "unknown" && says.milliseconds.empty()) {
    throw std::runtime_error("Porcupine said nothing of its times: " + output);
  }
  return says;
}

}  // namespace benchmark
