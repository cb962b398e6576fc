// SPDX-License-Identifier: Apache-2.0
// What a node's disk may hold: decided is not durable. After a crash it holds the state last known
// durable or one decided since, none from before and none that was never decided.
#pragma once

#include <algorithm>
#include <deque>

namespace verify {

template <class State>
class OnDisk {
 public:
  explicit OnDisk(State initial) : states_{initial} {}

  void decided(const State& state) {
    if (!(states_.back() == state)) states_.push_back(state);
  }
  // False where it is no state that was decided since the last one known durable.
  bool persisted(const State& state) {
    return persisted_where([&](const State& s) { return s == state; });
  }
  // The same where the state is told by what it is like.
  template <class Like>
  bool persisted_where(const Like& like) {
    const auto found = std::find_if(states_.begin(), states_.end(), like);
    if (found == states_.end()) return false;
    states_.erase(states_.begin(), found);
    return true;
  }
  // False where the disk can't hold this. From now on it does.
  bool recovered(const State& state) {
    const bool possible = std::find(states_.begin(), states_.end(), state) != states_.end();
    states_.assign(1, state);
    return possible;
  }
  const State& last_durable() const { return states_.front(); }
  const State& last_decided() const { return states_.back(); }

 private:
  std::deque<State> states_;  // from the last known durable on; never empty
};

}  // namespace verify
