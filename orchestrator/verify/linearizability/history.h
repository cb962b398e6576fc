// SPDX-License-Identifier: Apache-2.0
// What clients asked of a store and what they were told, as the linearizability checkers read it:
// Herlihy and Wing's history (1990), one operation a record. Where it comes from (a run's evidence,
// Jepsen's files) is nothing to them.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace linearizability {

// Only the order of stamps counts. Two operations with one stamp in common are concurrent: an
// operation precedes another where it returned strictly before the other was called.
using Stamp = std::int64_t;
inline constexpr Stamp kNever = std::numeric_limits<Stamp>::max();

// Which text of the history's table a value is. Equal texts have equal numbers.
using Value = std::uint32_t;
// What a key holds before it is first written: the empty text, which is the table's first.
inline constexpr Value kInitial = 0;

enum class Kind : std::uint8_t {
  read,
  write,
  append,  // the argument is put behind what is there
  cas,     // writes the argument where `expected` is there, and nothing elsewhere
};

// What came back. Of what certainly took no effect, and told nothing of the state, there is no
// record.
enum class Answer : std::uint8_t {
  done,     // read: saw `output`; write and append: it is done; cas: it found `expected` and wrote
  refused,  // cas: it found `output`, which is not `expected`
  refused_mute,  // cas: it did not find `expected`; what it found is not known
  none,          // not known: it took effect once after its call, or never. Its `ret` is kNever
};

struct Operation {
  Stamp call = 0;
  Stamp ret = kNever;
  Kind kind = Kind::read;
  Answer answer = Answer::none;
  std::uint32_t client = 0;
  std::uint32_t key = 0;
  Value argument = kInitial;  // write, append, cas
  Value expected = kInitial;  // cas
  Value output = kInitial;    // read done, cas refused
  // The place in the log that the cluster claims: of a mutation, that of its entry; of a read, that
  // of the last entry in the state that it was answered from (or of its own entry, where reads are
  // entries). 0: nothing is claimed.
  std::uint64_t log_index = 0;
  // Where it stands in what it was read from: the line of its invocation, from 1.
  std::uint32_t line = 0;

  bool known() const { return answer != Answer::none; }
  // It changed the state, or may have.
  bool mutates() const {
    return kind != Kind::read && (answer == Answer::done || answer == Answer::none);
  }
};

// The texts that values stand for. What they hold never moves.
class Texts {
 public:
  Texts();
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;
  Texts(Texts&&) = default;
  Texts& operator=(Texts&&) = default;

  Value number_of(std::string_view text);
  std::string_view at(Value value) const { return texts_[value]; }
  std::size_t size() const { return texts_.size(); }

 private:
  // Of the hash table, in which a text stands at its hash's place or behind it. `number` is one
  // more than the text's; 0: nothing stands there.
  struct Slot {
    std::uint32_t hash = 0;
    Value number = 0;
  };

  std::string_view keep(std::string_view text);
  void grow();

  std::vector<std::string_view> texts_;
  std::vector<Slot> slots_;
  std::vector<std::vector<char>> blocks_;
};

struct History {
  std::vector<Operation> operations;  // by call
  std::vector<std::string> keys;
  std::vector<std::string> clients;
  Texts values;
  // Values are as they were written, a text in quotes, and the initial one is nil. Else all are
  // texts, without quotes.
  bool verbatim = false;
};

}  // namespace linearizability
