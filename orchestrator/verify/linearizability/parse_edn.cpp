// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/parse_edn.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/linearizability/edn_scanner.h"

namespace linearizability {
namespace {

// Jepsen's logger of operations; what others say is no part of the history.
constexpr std::string_view kLogger = "jepsen.util";

// Which slots of the scanner the parts of an event take.
enum Slot : std::size_t { kProcess, kType, kFunction, kKey, kValue, kUnnamed = kValue + 3 };
static_assert(kUnnamed == EdnScanner::kSlots - 1);

// A keyword without its colon, as types and functions are named.
std::string_view word(const Scalar& scalar) {
  std::string_view text = scalar.text;
  if (scalar.kind == Scalar::Kind::atom && text.starts_with(':')) text.remove_prefix(1);
  return text;
}

class Parser {
 public:
  Parser(std::string_view text, HistoryBuilder& builder) : scanner_(text), builder_(builder) {}

  std::optional<Problem> parse() {
    while (record()) {
    }
    if (!scanner_.problem().empty()) return Problem{line_, scanner_.problem()};
    if (in_vector_) return Problem{line_, "the vector of operations is not closed"};
    return std::nullopt;
  }

 private:
  // What stands next at the top. False at the end, or where something is wrong.
  bool record() {
    const char c = scanner_.peek();
    line_ = scanner_.line();
    event_ = Event{.line = line_};
    switch (c) {
      case '\0':
        return false;
      case '{':
        scanner_.next();
        return map() && add();
      case '[':
        scanner_.next();
        return vector();
      case ']':
        if (!in_vector_) return fail("']' closes nothing");
        in_vector_ = false;
        scanner_.next();
        return true;
      default:
        return !in_vector_ ? words() : fail(fmt::format("'{}' begins no operation", c));
    }
  }

  bool fail(std::string what) { return scanner_.fail(std::move(what)); }

  bool add() {
    std::string problem = builder_.add(event_);
    return problem.empty() || fail(std::move(problem));
  }

  // One of operations, or one that is an operation.
  bool vector() {
    const char c = scanner_.peek();
    if (c == '{' || c == '[' || c == ']') {
      if (in_vector_) return fail("a vector of operations in another");
      in_vector_ = true;
      return true;
    }
    const auto more = [&] {
      const char next = scanner_.peek();
      return next != ']' && next != '\0';
    };
    if (!positional(more)) return false;
    if (scanner_.peek() != ']') return fail("the operation's vector is not closed");
    scanner_.next();
    return add();
  }

  // 0 :invoke :read nil, perhaps behind INFO  jepsen.util -
  bool words() {
    const auto more = [&] { return scanner_.more_in_line(); };
    Scalar first;
    if (!scanner_.scalar(first, kProcess)) return false;
    if (first.text == "INFO" || first.text == "WARN" || first.text == "ERROR" ||
        first.text == "DEBUG") {
      Scalar logger;
      Scalar dash;
      const bool whole = more() && scanner_.scalar(logger, kType) && more() &&
                         scanner_.scalar(dash, kFunction) && dash.text == "-";
      if (!whole) return fail("a line of a log without a logger and '-' behind it");
      if (logger.text != kLogger) {
        scanner_.skip_line();
        return true;
      }
      return positional(more) && add();
    }
    event_.process = first;
    return behind_process(more) && add();
  }

  template <class More>
  bool positional(const More& more) {
    if (!more()) return fail("it has no process");
    return scanner_.scalar(event_.process, kProcess) && behind_process(more);
  }

  // type f value, or type f key value.
  template <class More>
  bool behind_process(const More& more) {
    Scalar type;
    Scalar function;
    if (!more() || !scanner_.scalar(type, kType)) return fail("it does not say its type");
    if (!more() || !scanner_.scalar(function, kFunction)) return fail("it has no function (f)");
    event_.type = word(type);
    event_.function = word(function);
    if (!more()) return true;
    if (!scanner_.argument(event_.value, kValue)) return false;
    if (!more()) return true;
    if (event_.value.shape != Argument::Shape::scalar) return fail("a key is no pair");
    // What was taken for the value is the key, and its text moves on with the view of it.
    key_text_.assign(event_.value.parts[0].text);
    event_.key = {event_.value.parts[0].kind, key_text_};
    event_.value = Argument{};
    if (!scanner_.argument(event_.value, kValue)) return false;
    return !more() || fail("more stands there than process, type, function, key and value");
  }

  bool map() {
    seen_ = 0;
    for (;;) {
      const char c = scanner_.peek();
      if (c == '}') {
        scanner_.next();
        return true;
      }
      Scalar name;
      if (!scanner_.scalar(name, kUnnamed) || !field(name)) return false;
    }
  }

  bool field(const Scalar& name) {
    const std::string_view field = name.kind == Scalar::Kind::atom ? name.text : "";
    Scalar words;
    if (field == ":process") return once(0) && scanner_.scalar(event_.process, kProcess);
    if (field == ":type") {
      if (!once(1) || !scanner_.scalar(words, kType)) return false;
      event_.type = word(words);
      return true;
    }
    if (field == ":f") {
      if (!once(2) || !scanner_.scalar(words, kFunction)) return false;
      event_.function = word(words);
      return true;
    }
    if (field == ":key") return once(3) && scanner_.scalar(event_.key, kKey);
    if (field == ":value") return once(4) && scanner_.argument(event_.value, kValue);
    if (field == ":error") event_.error = true;
    return scanner_.skip_form();
  }

  bool once(unsigned field) {
    const unsigned bit = 1U << field;
    if ((seen_ & bit) != 0) return fail("it says the same twice");
    seen_ |= bit;
    return true;
  }

  EdnScanner scanner_;
  HistoryBuilder& builder_;
  Event event_;
  std::string key_text_;
  std::uint32_t line_ = 1;  // where the record begins
  unsigned seen_ = 0;       // which fields of the map
  bool in_vector_ = false;
};

}  // namespace

std::optional<Problem> parse_edn(std::string_view text, HistoryBuilder& builder) {
  return Parser(text, builder).parse();
}

}  // namespace linearizability
