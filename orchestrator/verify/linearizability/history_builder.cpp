// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/history_builder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace linearizability {
namespace {

constexpr Stamp kLeftOut = -1;
// The one key of a history without keys.
constexpr Scalar kTheRegister{Scalar::Kind::atom, "register"};

std::optional<Kind> kind_from(std::string_view function) {
  if (function == "read" || function == "get") return Kind::read;
  if (function == "write" || function == "put") return Kind::write;
  if (function == "append") return Kind::append;
  if (function == "cas") return Kind::cas;
  return std::nullopt;
}

bool has(Model model, Kind kind) {
  if (kind == Kind::append) return model == Model::key_value;
  return kind != Kind::cas || model != Model::plain_register;
}

std::string shown(const Scalar& scalar) {
  switch (scalar.kind) {
    case Scalar::Kind::absent:
      return "nothing";
    case Scalar::Kind::nil:
      return "nil";
    case Scalar::Kind::text:
      return fmt::format("\"{}\"", scalar.text.substr(0, 40));
    case Scalar::Kind::atom:
      break;
  }
  return std::string(scalar.text.substr(0, 40));
}

}  // namespace

std::uint32_t HistoryBuilder::Names::number_of(const Scalar& scalar) {
  Numbers& numbers = numbers_.at(scalar.kind == Scalar::Kind::text ? 0 : 1);
  if (const auto known = numbers.find(scalar.text); known != numbers.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.emplace_back(scalar.text);
  kinds_.push_back(scalar.kind);
  numbers.emplace(texts_.back(), number);
  return number;
}

bool HistoryBuilder::Names::is(std::uint32_t number, const Scalar& scalar) const {
  return kinds_[number] == scalar.kind && texts_[number] == scalar.text;
}

HistoryBuilder::HistoryBuilder(Model model) : model_(model) {
  history_.verbatim = model != Model::key_value;
}

std::string HistoryBuilder::add(const Event& event) {
  if (event.process.says_nothing()) return "it has no process";
  // What disturbs the system is no client of it, and its operations are not the model's.
  if (event.process.text == "nemesis" || event.process.text == ":nemesis") return {};
  const auto kind = kind_from(event.function);
  if (!kind || !has(model_, *kind)) {
    return event.function.empty()
               ? "it does not say which function (f) it is"
               : fmt::format("the model {} has no {}", name_of(model_), event.function);
  }
  Parts parts;
  if (std::string problem = take_apart(event, *kind, parts); !problem.empty()) return problem;
  ++now_;
  if (event.type == "invoke") return invoke(event, *kind, parts);
  if (event.type == "ok" || event.type == "fail" || event.type == "info") {
    return complete(event, *kind, parts);
  }
  return event.type.empty() ? "it does not say its type"
                            : fmt::format("type is {}, not invoke, ok, fail or info", event.type);
}

// A value is a scalar, so a pair that is no cas's [expected new] has a key in front.
std::string HistoryBuilder::take_apart(const Event& event, Kind kind, Parts& parts) const {
  using Shape = Argument::Shape;
  const Argument& value = event.value;
  parts.key = event.key;
  const bool of_cas = kind == Kind::cas && !event.swapped;
  const bool has_key = of_cas ? value.shape == Shape::nested : value.shape == Shape::pair;
  if (has_key && !parts.key.says_nothing()) return "it has a key, and another in its value";
  if (has_key) parts.key = value.parts[0];
  if (of_cas && value.shape == Shape::pair) {
    parts.expected = value.parts[0];
    parts.argument = value.parts[1];
  } else if (of_cas && value.shape == Shape::nested) {
    parts.expected = value.parts[1];
    parts.argument = value.parts[2];
  } else if (has_key) {
    parts.argument = value.parts[1];
  } else if (value.shape == Shape::scalar) {
    parts.argument = value.parts[0];
  } else if (event.type == "invoke" || event.type == "ok") {
    return "its value is no scalar, no pair of a key and a scalar, and not [expected new] of a cas";
  }
  return {};
}

std::string HistoryBuilder::invoke(const Event& event, Kind kind, const Parts& parts) {
  const bool keyed = !parts.key.says_nothing();
  if (!keyed && model_ == Model::key_value)
    return "it has no key; without keys the model is register or cas";
  if (keyed_.value_or(keyed) != keyed) {
    return keyed ? "it has a key, and operations before it have none"
                 : "it has no key, and operations before it have";
  }
  keyed_ = keyed;
  Operation operation;
  operation.call = now_;
  operation.kind = kind;
  operation.line = event.line;
  if (kind != Kind::read) {
    if (parts.argument.kind == Scalar::Kind::absent) return "it does not say what it writes";
    if (std::string problem = value_of(parts.argument, operation.argument); !problem.empty()) {
      return problem;
    }
  }
  if (kind == Kind::cas) {
    if (parts.expected.kind == Scalar::Kind::absent) return "it is no [expected new]";
    if (std::string problem = value_of(parts.expected, operation.expected); !problem.empty()) {
      return problem;
    }
  }
  operation.client = processes_.number_of(event.process);
  if (operation.client == clients_.size()) clients_.emplace_back();
  Client& client = clients_[operation.client];
  if (client.open) {
    return fmt::format("process {} invokes while its operation of line {} is open",
                       event.process.text, history_.operations[client.operation].line);
  }
  operation.key = keys_.number_of(keyed ? parts.key : kTheRegister);
  client = {true, static_cast<std::uint32_t>(history_.operations.size()), event.request};
  history_.operations.push_back(operation);
  return {};
}

std::string HistoryBuilder::complete(const Event& event, Kind kind, const Parts& parts) {
  const std::uint32_t process = processes_.number_of(event.process);
  if (process == clients_.size()) clients_.emplace_back();
  Client& client = clients_[process];
  if (!client.open) return fmt::format("process {} has no open operation", event.process.text);
  Operation& operation = history_.operations[client.operation];
  if (operation.kind != kind || client.request != event.request ||
      (!parts.key.says_nothing() && !keys_.is(operation.key, parts.key))) {
    return fmt::format("it is of another operation than the one that process {} invoked in line {}",
                       event.process.text, operation.line);
  }
  client.open = false;
  operation.log_index = event.log_index;
  if (event.type == "ok") {
    operation.ret = now_;
    return succeed(operation, event, parts);
  }
  if (event.type == "info") {
    if (kind == Kind::read) leave_out(operation);
    return {};
  }
  // A cas that fails and repeats what it asked for found another value. One that tells of an error
  // or a timeout instead had no effect, and says nothing of what it found.
  const bool repeats = kind == Kind::cas && parts.expected.kind != Scalar::Kind::absent &&
                       same(operation.expected, parts.expected) &&
                       same(operation.argument, parts.argument);
  if (!repeats || event.error) {
    leave_out(operation);
    return {};
  }
  operation.ret = now_;
  operation.answer = Answer::refused_mute;
  return {};
}

std::string HistoryBuilder::succeed(Operation& operation, const Event& event, const Parts& parts) {
  operation.answer = Answer::done;
  if (operation.kind == Kind::read) {
    if (parts.argument.kind == Scalar::Kind::absent) return "it does not say what was read";
    return value_of(parts.argument, operation.output);
  }
  if (event.swapped) {
    if (*event.swapped) return {};
    operation.answer = Answer::refused;
    return value_of(parts.argument, operation.output);
  }
  // Some clients repeat what they asked for, some say nothing.
  const bool repeats =
      (parts.argument.says_nothing() || same(operation.argument, parts.argument)) &&
      (parts.expected.says_nothing() || same(operation.expected, parts.expected));
  if (repeats) return {};
  return fmt::format("its value is {}, not that of its invocation in line {}",
                     shown(parts.argument), operation.line);
}

// A key that was never written holds nil, and in the model kv nil is the empty text. A register's
// text keeps its quotes, so that it is not the number that looks like it.
std::string HistoryBuilder::value_of(const Scalar& scalar, Value& value) {
  std::string_view text = scalar.text;
  if (scalar.says_nothing()) {
    text = {};
  } else if (model_ == Model::key_value) {
    if (scalar.kind != Scalar::Kind::text) {
      return fmt::format("a value of the model kv is a text or nil, not {}", shown(scalar));
    }
  } else if (scalar.kind == Scalar::Kind::text) {
    scratch_.assign("\"").append(text).append("\"");
    text = scratch_;
  }
  value = history_.values.number_of(text);
  return {};
}

bool HistoryBuilder::same(Value value, const Scalar& scalar) const {
  std::string_view text = history_.values.at(value);
  if (scalar.says_nothing()) return text.empty();
  if (model_ == Model::key_value) return scalar.kind == Scalar::Kind::text && text == scalar.text;
  const bool quoted = text.starts_with('"');
  if (quoted != (scalar.kind == Scalar::Kind::text)) return false;
  return (quoted ? text.substr(1, text.size() - 2) : text) == scalar.text;
}

void HistoryBuilder::leave_out(Operation& operation) {
  operation.call = kLeftOut;
}

History HistoryBuilder::finish(std::uint64_t& left_out) {
  for (const Client& client : clients_) {
    if (!client.open) continue;
    Operation& operation = history_.operations[client.operation];
    if (operation.kind == Kind::read) leave_out(operation);
  }
  left_out =
      std::erase_if(history_.operations, [](const Operation& o) { return o.call == kLeftOut; });
  history_.keys = keys_.take();
  history_.clients = processes_.take();
  return std::move(history_);
}

}  // namespace linearizability
