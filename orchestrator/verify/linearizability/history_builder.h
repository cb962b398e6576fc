// SPDX-License-Identifier: Apache-2.0
// Makes a history of what a file says was invoked and what came back, event by event, and says what
// no history can be made of. The parsers know the notations; what the words mean is here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/read_history.h"

namespace linearizability {

struct Problem {
  std::uint32_t line = 0;
  std::string what;
};

// One thing as it is written.
struct Scalar {
  enum class Kind : std::uint8_t {
    absent,
    nil,
    text,  // its characters, without quotes
    atom,  // a number, a keyword, true, false
  };
  Kind kind = Kind::absent;
  std::string_view text;

  bool says_nothing() const { return kind == Kind::absent || kind == Kind::nil; }
};

// What stands as an event's value.
struct Argument {
  enum class Shape : std::uint8_t {
    scalar,  // a, which may be absent
    pair,    // [a b]
    nested,  // [a [b c]]
    other,   // anything else
  };
  Shape shape = Shape::scalar;
  std::array<Scalar, 3> parts;
};

// Texts last until the next event.
struct Event {
  std::uint32_t line = 0;
  std::string_view type{};      // invoke ok fail info
  std::string_view function{};  // read write append cas; get and put are read and write
  Scalar process{};
  Scalar key{};
  // As Jepsen has it: what is read or written, or of cas [expected new]; of independent keys it
  // stands in a pair behind the key.
  Argument value{};
  bool error = false;  // it names one
  // Where a store says what it found (squall's cas): whether it wrote, and then `value` is what it
  // found.
  std::optional<bool> swapped{};
  std::uint64_t request = 0;    // the client's number of the operation; 0: it has none
  std::uint64_t log_index = 0;  // 0: none
};

class HistoryBuilder {
 public:
  explicit HistoryBuilder(Model model);

  // What is wrong with the event, which is left out then; empty where nothing is.
  std::string add(const Event& event);
  Model model() const { return model_; }
  // What had no answer up to here never had one. Nothing is added after this.
  History finish(std::uint64_t& left_out);

 private:
  // Numbers of things that are the same where they are written the same.
  class Names {
   public:
    std::uint32_t number_of(const Scalar& scalar);
    bool is(std::uint32_t number, const Scalar& scalar) const;
    std::vector<std::string> take() { return std::move(texts_); }

   private:
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
      }
    };
    using Numbers = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

    std::array<Numbers, 2> numbers_;  // of texts; of atoms
    std::vector<std::string> texts_;
    std::vector<Scalar::Kind> kinds_;
  };

  struct Client {
    bool open = false;
    std::uint32_t operation = 0;  // the open one
    std::uint64_t request = 0;    // its number
  };

  // An event's value taken apart.
  struct Parts {
    Scalar key;
    Scalar expected;
    Scalar argument;
  };

  std::string take_apart(const Event& event, Kind kind, Parts& parts) const;
  std::string invoke(const Event& event, Kind kind, const Parts& parts);
  std::string complete(const Event& event, Kind kind, const Parts& parts);
  std::string succeed(Operation& operation, const Event& event, const Parts& parts);
  std::string value_of(const Scalar& scalar, Value& value);
  bool same(Value value, const Scalar& scalar) const;
  void leave_out(Operation& operation);

  Model model_;
  History history_;
  Names keys_;
  Names processes_;
  std::vector<Client> clients_;
  std::optional<bool> keyed_;
  Stamp now_ = 0;
  std::string scratch_;
};

}  // namespace linearizability
