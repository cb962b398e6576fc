// SPDX-License-Identifier: Apache-2.0
// What a checker says of one key's operations. Linearizability is local (Herlihy and Wing, theorem
// 1): a history is linearizable where that of each key is.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"

namespace linearizability {

// Places in History::operations.
using Place = std::uint32_t;

enum class Ruling : std::uint8_t {
  linearizable,      // `order` is the proof
  not_linearizable,  // `operations` are the explanation
  unknown,           // the budget was spent
  not_applicable,    // this checker can't judge such operations (zones: values that are not unique)
};

struct KeyVerdict {
  Ruling ruling = Ruling::unknown;
  // Linearizable: all that took effect, in an order that explains every answer.
  std::vector<Place> order;
  // Not linearizable: the rule that is broken, or that no order exists, in words; and operations
  // that show it, with others that are not named (explain.h finds those that show it alone).
  std::string rule;
  std::vector<Place> operations;
  // Of the search; else kNever: where the shortest prefix that is not linearizable ends, with the
  // returns at this time. `operations` are all that were called by then; what returns later may
  // have taken effect, but for what was refused.
  Stamp end = kNever;
};

// T1. `operations` are those of one key, by call.
KeyVerdict check_zones(const History& history, std::span<const Place> operations);

// T2. Steps are configurations looked at; where they do not suffice it is unknown, and the search
// can go on with more.
class Search {
 public:
  // Of the prefix that ends with the returns at `end`: what returns later may have taken effect in
  // it, but for what was refused.
  Search(const History& history, std::span<const Place> operations, Stamp end = kNever);
  ~Search();
  Search(Search&&) noexcept;
  Search& operator=(Search&&) noexcept;

  // Goes on for so many more configurations.
  const KeyVerdict& go_on(std::uint64_t configurations);
  std::uint64_t looked_at() const;  // configurations
  std::uint64_t bytes() const;      // of memory held

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linearizability
