// SPDX-License-Identifier: Apache-2.0
// Which operation produced each value that was seen of a key, where values tell.
//
// A value has as many possible origins as there are writes and compare-and-sets of it, appends of
// what it ends with, and the key's beginning. Where each value that was seen, and each that these
// are built on, has but one, every such value is held during one period, which its one producer
// begins and at most one operation that builds on it (an append or compare-and-set whose effect was
// seen, or a compare-and-set that was done) ends. So values form chains, each from a blind write or
// the beginning; that is Gibbons and Korach's read mapping (1997, section 4) with more than one
// write to a cluster. Appends tell nothing themselves: their chains are read off what was seen.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "orchestrator/verify/linearizability/flat_map.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

class Chains {
 public:
  static constexpr std::uint32_t kNone = FlatMap::kNone;

  enum class Origin : std::uint8_t {
    unresolved,
    unexplained,
    ambiguous,
    initial,
    written,
    appended,
    swapped
  };

  // A value that a key holds for a period.
  struct State {
    std::string_view text;
    Origin origin = Origin::unresolved;
    std::uint32_t producer = kNone;      // the operation, counted within the key
    std::uint32_t parent = kNone;        // the state before, of appended and swapped
    std::uint32_t child = kNone;         // the one that was built on it, as far as was seen
    std::uint32_t witness = kNone;       // the first operation that tells that it was there
    std::uint32_t first_reader = kNone;  // list of those that saw it, by call
    bool begins_chain() const { return origin == Origin::initial || origin == Origin::written; }
  };

  Chains(const History& history, std::span<const Place> operations);

  // `linearizable` stands for: nothing against it so far.
  Ruling ruling = Ruling::linearizable;
  const char* rule = nullptr;
  std::vector<std::uint32_t> against;  // operations, counted within the key

  std::vector<State> states;               // those without a witness are only possible
  std::vector<std::uint32_t> next_reader;  // per operation
  std::vector<bool> placed;                // per operation: it is in a chain

 private:
  struct Writers {
    std::uint32_t first = kNone;
    std::uint32_t count = 0;
    bool needed = false;  // seen, or built on by a compare-and-set
  };
  struct Token {
    std::string_view text;
    std::uint32_t first = kNone;
    std::uint32_t count = 0;
  };

  const Operation& at(std::size_t i) const { return history_.operations[operations_[i]]; }
  std::uint32_t state_of(Value value);
  void collect();
  bool add_token(std::uint32_t operation);
  void resolve_all();
  void resolve(std::uint32_t state, const std::vector<std::uint32_t>& prefixes);
  std::uint32_t settle(std::uint32_t state);
  bool strip(std::string_view text, Token& found, std::uint32_t& matches) const;
  void link();
  void link_swap(std::uint32_t operation);
  void hold(std::uint32_t state, std::uint32_t witness);
  void refuse(const char* why, std::initializer_list<std::uint32_t> operations);
  void find_cycle();

  const History& history_;
  std::span<const Place> operations_;
  FlatMap state_of_value_;
  std::vector<Writers> writers_;  // of the states that are values of the history
  FlatMap token_of_text_;         // by hash
  std::vector<Token> tokens_;
  std::vector<std::size_t> token_sizes_;
};

}  // namespace linearizability
