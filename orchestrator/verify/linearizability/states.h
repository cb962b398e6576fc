// SPDX-License-Identifier: Apache-2.0
// The states of a key that its operations can tell apart. What no operation that returns from now
// on saw, expected or could see grow into what it saw, is all one state: lost. (Whatever stands
// there, no such operation can succeed before a write, so that all such texts have one future; but
// for a refusal that does not tell what it found, whose expected value is told apart.)
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "orchestrator/verify/linearizability/flat_map.h"
#include "orchestrator/verify/linearizability/history.h"

namespace linearizability {

using StateId = std::uint32_t;
inline constexpr StateId kLost = 0;

class States {
 public:
  explicit States(const Texts& texts) : texts_(texts) {}

  // First all that is observed, with the phase (timeline.h) that ends with the observer's return;
  // then build; then the rest.
  void observe(Value value, std::uint32_t phase);
  // Without appends a value is one that is observed, or lost; with them, it may also begin one.
  void build(bool appends);

  StateId of(Value value);
  StateId append(StateId state, Value argument);
  // The state is lost in later phases.
  std::uint32_t last(StateId state) const { return states_[state].last; }
  std::size_t size() const { return states_.size(); }
  std::uint64_t bytes() const;

 private:
  struct Observed {
    std::string_view text;
    std::uint32_t last = 0;  // phase
  };
  // The texts begin..end of observed_, and no others, begin with the state's, which has that size.
  struct State {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t size = 0;
    std::uint32_t last = 0;
  };

  StateId beginning_with(std::uint32_t begin, std::uint32_t end, std::size_t known,
                         std::string_view more);

  const Texts& texts_;
  bool appends_ = false;
  std::vector<Observed> observed_;  // once built with appends: by text
  FlatMap observed_of_value_;
  std::vector<State> states_;
  FlatMap state_of_range_;
  FlatMap after_append_;
};

}  // namespace linearizability
