// SPDX-License-Identifier: Apache-2.0
// The application of one server: its state is the commands that it applied, "C1 C2".
#pragma once

#include "raft/types.h"

namespace raft::golden {

// The state as a snapshot's data, and back: the newest command comes first, so that no snapshot is
// the beginning of a later one.
std::string reversed(const std::string& words);

class Application {
 public:
  Application() = default;
  // As a snapshot of `index` has it.
  Application(Index index, const std::string& data) : base_(index), base_state_(reversed(data)) {}

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
