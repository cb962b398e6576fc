// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/linearizability/histories.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace linearizability {
namespace {

std::uint32_t number_in(std::vector<std::string>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  const auto number = static_cast<std::uint32_t>(at - names.begin());
  if (at == names.end()) names.emplace_back(name);
  return number;
}

}  // namespace

Operation& Script::add(std::string_view client, Kind kind, Stamp call, Stamp ret) {
  Operation& operation = history_.operations.emplace_back();
  operation.client = number_in(history_.clients, client);
  operation.key = number_in(history_.keys, "k");
  operation.kind = kind;
  operation.call = call;
  operation.ret = ret;
  operation.answer = ret == kNever ? Answer::none : Answer::done;
  operation.line = static_cast<std::uint32_t>(history_.operations.size());
  return operation;
}

Script& Script::read(std::string_view client, Stamp call, Stamp ret, std::string_view output) {
  add(client, Kind::read, call, ret).output = history_.values.number_of(output);
  return *this;
}

Script& Script::write(std::string_view client, Stamp call, Stamp ret, std::string_view value) {
  add(client, Kind::write, call, ret).argument = history_.values.number_of(value);
  return *this;
}

Script& Script::append(std::string_view client, Stamp call, Stamp ret, std::string_view value) {
  add(client, Kind::append, call, ret).argument = history_.values.number_of(value);
  return *this;
}

Script& Script::cas(std::string_view client, Stamp call, Stamp ret, std::string_view expected,
                    std::string_view value) {
  Operation& operation = add(client, Kind::cas, call, ret);
  operation.expected = history_.values.number_of(expected);
  operation.argument = history_.values.number_of(value);
  return *this;
}

Script& Script::refused(std::string_view client, Stamp call, Stamp ret, std::string_view expected,
                        std::string_view value, std::string_view found) {
  cas(client, call, ret, expected, value);
  history_.operations.back().answer = Answer::refused;
  history_.operations.back().output = history_.values.number_of(found);
  return *this;
}

Script& Script::refused_mute(std::string_view client, Stamp call, Stamp ret,
                             std::string_view expected, std::string_view value) {
  cas(client, call, ret, expected, value);
  history_.operations.back().answer = Answer::refused_mute;
  return *this;
}

Script& Script::at(std::uint64_t log_index) {
  history_.operations.back().log_index = log_index;
  return *this;
}

Script& Script::on(std::string_view key) {
  history_.operations.back().key = number_in(history_.keys, key);
  return *this;
}

std::vector<Place> all_places(const History& history) {
  std::vector<Place> places(history.operations.size());
  std::iota(places.begin(), places.end(), Place{0});
  return places;
}

std::string shown(const std::vector<Operation>& operations, const Texts& values) {
  constexpr const char* kKinds[] = {"read", "write", "append", "cas"};
  constexpr const char* kAnswers[] = {"done", "refused", "refused_mute", "none"};
  std::string text;
  for (const Operation& o : operations) {
    text +=
        fmt::format("  k{} [{},{}] {} {} expected '{}' argument '{}' output '{}' index {}\n", o.key,
                    o.call, o.ret == kNever ? "-" : std::to_string(o.ret),
                    kKinds[static_cast<int>(o.kind)], kAnswers[static_cast<int>(o.answer)],
                    values.at(o.expected), values.at(o.argument), values.at(o.output), o.log_index);
  }
  return text;
}

}  // namespace linearizability
