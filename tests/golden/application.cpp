// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/application.h"

namespace raft::golden {

void apply(const Command& command, std::string& state) {
  if (!command) return;
  if (!state.empty()) state += ' ';
  state += *command;
}

void Application::apply(const Entry& entry) {
  commands_.push_back(entry.kind == EntryKind::command ? entry.command : nullptr);
}

std::string Application::state_of(Index index) const {
  std::string state = base_state_;
  for (std::uint64_t i = 0; i < index - base_; ++i)
    golden::apply(commands_[i], state);
  return state;
}

}  // namespace raft::golden
