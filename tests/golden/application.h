// SPDX-License-Identifier: Apache-2.0
// The application of one server: its state is the commands that it applied, "C1 C2", and so is a
// snapshot's data.
#pragma once

#include "raft/types.h"

namespace raft::golden {

class Application {
 public:
  Application() = default;
  Application(Index index, std::string state) : base_(index), base_state_(std::move(state)) {}

  // Applies the next entry.
  void apply(const Entry& entry);
  // The entry that it applied last.
  Index index() const { return base_ + commands_.size(); }
  // Whether it can still tell its state after the entry of `index`.
  bool has(Index index) const { return index >= base_ && index <= this->index(); }
  std::string state_of(Index index) const;
  std::string state() const { return state_of(index()); }

 private:
  Index base_;
  std::string base_state_;
  std::vector<Command> commands_;  // null where the entry held none
};

// The state that `command` makes of `state`; of null, the same.
void apply(const Command& command, std::string& state);

}  // namespace raft::golden
