// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/parse_json.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/json_record.h"

namespace linearizability {
namespace {

class Parser {
 public:
  explicit Parser(HistoryBuilder& builder) : builder_(builder) {}

  // What is wrong with the line; empty where nothing is.
  std::string add(std::string_view line, std::uint32_t number) {
    if (!record_.parse(line)) return "no JSON object, more than one, or one nested too deeply";
    event_ = Event{.line = number};
    seen_ = 0;
    problem_.clear();
    expected_ = Scalar{};
    const verify::JsonValue object = record_.root();
    for (verify::JsonValue field = object.first(); field; field = field.next())
      take(field.name(), field);
    if ((seen_ & kOfSquall) != 0) as_squall_means_it();
    return problem_.empty() ? builder_.add(event_) : problem_;
  }

 private:
  enum Field : unsigned {
    kProcess = 1,
    kType = 2,
    kFunction = 4,
    kKey = 8,
    kValue = 16,
    kError = 32,
    kEvent = 64,
    kClient = 128,
    kOp = 256,
    kRequest = 512,
    kExpected = 1024,
    kSwapped = 2048,
    kLogIndex = 4096,
    kOfSquall = kEvent | kClient | kOp | kRequest | kExpected | kSwapped | kLogIndex,
  };

  void take(std::string_view name, verify::JsonValue value) {
    if (name == "process" && once(kProcess)) {
      event_.process = scalar(value, 0);
    } else if (name == "type" && once(kType)) {
      event_.type = word(value, "type");
    } else if (name == "f" && once(kFunction)) {
      event_.function = word(value, "f");
    } else if (name == "key" && once(kKey)) {
      event_.key = scalar(value, 1);
    } else if (name == "value" && once(kValue)) {
      argument(value);
    } else if (name == "error" && once(kError)) {
      event_.error = !value.is_null();
    } else if (name == "event" && once(kEvent)) {
      event_.type = word(value, "event");
    } else {
      take_of_squall(name, value);
    }
  }

  void take_of_squall(std::string_view name, verify::JsonValue value) {
    if (name == "client" && once(kClient)) {
      event_.process = scalar(value, 0);
    } else if (name == "op" && once(kOp)) {
      event_.function = word(value, "op");
    } else if (name == "request" && once(kRequest)) {
      event_.request = number(value, "request");
    } else if (name == "expected" && once(kExpected)) {
      expected_ = scalar(value, 5);
    } else if (name == "swapped" && once(kSwapped)) {
      event_.swapped = value.flag();
      if (!event_.swapped) note("swapped is neither true nor false");
    } else if (name == "log_index" && once(kLogIndex)) {
      event_.log_index = number(value, "log_index");
    }
  }

  // A line of history.jsonl: what is expected stands beside the value.
  void as_squall_means_it() {
    if ((seen_ & (kProcess | kType | kFunction)) != 0) {
      note("it is written as squall's own and as Jepsen's at once");
    } else if (builder_.model() != Model::key_value) {
      note("a history of squall's own is of the model kv");
    } else if (event_.function == "cas" && event_.type == "ok" && !event_.swapped) {
      note("it does not say whether it swapped");
    } else if (event_.function == "cas" && event_.type == "invoke" &&
               event_.value.shape == Argument::Shape::scalar) {
      event_.value.parts[1] = event_.value.parts[0];
      event_.value.parts[0] = expected_;
      event_.value.shape = Argument::Shape::pair;
    }
  }

  bool once(Field field) {
    if ((seen_ & field) != 0) note("it says the same twice");
    seen_ |= field;
    return true;
  }

  void note(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  std::string_view word(verify::JsonValue value, const char* name) {
    const auto text = value.text();
    if (!text) note(fmt::format("{} is no text", name));
    return text.value_or(std::string_view());
  }

  std::uint64_t number(verify::JsonValue value, const char* name) {
    const auto number = value.number();
    if (!number) note(fmt::format("{} is no number", name));
    return number.value_or(0);
  }

  static bool is_scalar(verify::JsonValue value) { return !value.is_array() && !value.is_object(); }

  // `slot` is where the digits of a number are kept until the next line.
  Scalar scalar(verify::JsonValue value, std::size_t slot) {
    if (value.is_null()) return {Scalar::Kind::nil, {}};
    if (const auto text = value.text()) return {Scalar::Kind::text, *text};
    if (const auto flag = value.flag()) return {Scalar::Kind::atom, *flag ? "true" : "false"};
    std::string& digits = slots_.at(slot);
    if (const auto number = value.number()) {
      digits = fmt::format_int(*number).c_str();
    } else if (const auto integer = value.integer()) {
      digits = fmt::format_int(*integer).c_str();
    } else if (const auto real = value.real()) {
      digits = fmt::format("{}", *real);
    } else {
      note("a list or an object where a scalar is expected");
      return {};
    }
    return {Scalar::Kind::atom, digits};
  }

  void argument(verify::JsonValue value) {
    Argument& argument = event_.value;
    argument.shape = Argument::Shape::scalar;
    if (is_scalar(value)) {
      argument.parts[0] = scalar(value, 2);
      return;
    }
    argument.shape = Argument::Shape::other;
    if (!value.is_array()) return;
    const verify::JsonValue first = value.first();
    const verify::JsonValue second = first.next();
    if (!first || !second || second.next() || !is_scalar(first)) return;
    argument.parts[0] = scalar(first, 2);
    if (is_scalar(second)) {
      argument.parts[1] = scalar(second, 3);
      argument.shape = Argument::Shape::pair;
      return;
    }
    const verify::JsonValue third = second.first();
    const verify::JsonValue fourth = third.next();
    if (!second.is_array() || !third || !fourth || fourth.next()) return;
    if (!is_scalar(third) || !is_scalar(fourth)) return;
    argument.parts[1] = scalar(third, 3);
    argument.parts[2] = scalar(fourth, 4);
    argument.shape = Argument::Shape::nested;
  }

  HistoryBuilder& builder_;
  verify::JsonRecord record_;
  Event event_;
  Scalar expected_;
  unsigned seen_ = 0;
  std::string problem_;
  std::array<std::string, 6> slots_;
};

}  // namespace

std::optional<Problem> parse_json(std::string_view text, HistoryBuilder& builder) {
  Parser parser(builder);
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    if (std::string problem = parser.add(line, number); !problem.empty()) {
      return Problem{number, std::move(problem)};
    }
  }
  return std::nullopt;
}

}  // namespace linearizability
