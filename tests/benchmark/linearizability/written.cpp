// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/linearizability/written.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace benchmark {
namespace {

using linearizability::History;
using linearizability::Kind;
using linearizability::kNever;
using linearizability::Operation;
using linearizability::Stamp;

struct Event {
  Stamp at = 0;
  const Operation* operation = nullptr;
  bool call = false;
};

std::vector<Event> events_of(const History& history) {
  std::vector<Event> events;
  for (const Operation& operation : history.operations) {
    events.push_back({operation.call, &operation, true});
    if (operation.ret != kNever) events.push_back({operation.ret, &operation, false});
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.at < b.at; });
  return events;
}

// `line` has places for process, type, function, key and value, in this order.
std::string written(const History& history, const char* line, const char* nothing) {
  constexpr std::array kFunctions = {"get", "put", "append", "cas"};
  std::string text;
  for (const Event& event : events_of(history)) {
    const Operation& o = *event.operation;
    const bool asks = event.call && o.kind == Kind::read;
    const std::string_view value = history.values.at(o.kind == Kind::read ? o.output : o.argument);
    fmt::format_to(std::back_inserter(text), fmt::runtime(line), o.client,
                   event.call ? "invoke" : "ok", kFunctions.at(static_cast<std::size_t>(o.kind)),
                   history.keys[o.key], asks ? nothing : fmt::format("\"{}\"", value));
  }
  return text;
}

}  // namespace

std::string as_edn(const History& history) {
  return written(history, "{{:process {}, :type :{}, :f :{}, :key \"{}\", :value {}}}\n", "nil");
}

std::string as_json(const History& history) {
  return written(history,
                 "{{\"process\":{},\"type\":\"{}\",\"f\":\"{}\",\"key\":\"{}\",\"value\":{}}}\n",
                 "null");
}

}  // namespace benchmark
