// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/application.h"

namespace raft::golden {

std::string reversed(const std::string& words) {
  std::string out;
  out.reserve(words.size());
  for (std::size_t end = words.size(); end > 0;) {
    const std::size_t space = words.rfind(' ', end - 1);
    const std::size_t start = space == words.npos ? 0 : space + 1;
    if (!out.empty()) out += ' ';
    out.append(words, start, end - start);
    end = space == words.npos ? 0 : space;
  }
  return out;
}

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
