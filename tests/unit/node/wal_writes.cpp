// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/node/wal_writes.h"

#include "raft/random.h"

namespace node {
namespace {

raft::Entry random_entry(raft::Random& random, raft::Term term) {
  const auto kind = static_cast<raft::EntryKind>(random.below(3));
  if (kind == raft::EntryKind::noop) return {term, kind, nullptr};
  std::string command(random.below(20), '\0');
  for (char& byte : command)
    byte = static_cast<char>(random.next());
  return {term, kind, std::make_shared<const std::string>(command)};
}

raft::Write random_write(raft::Random& random, raft::Restored& state) {
  raft::Write write;
  if (random.below(2) == 0) {
    state.hard_state = {state.hard_state.current_term.next(), raft::NodeId{random.below(4)}};
    write.hard_state = state.hard_state;
  }
  if (!state.entries.empty() && random.below(3) == 0) {
    const std::uint64_t from = random.between(1, state.entries.size());
    write.truncate_from = raft::Index{from};
    state.entries.resize(from - 1);
  }
  for (std::uint64_t n = random.below(4); n > 0; --n) {
    if (write.entries.empty()) write.first_index = raft::Index{state.entries.size() + 1};
    write.entries.push_back(random_entry(random, state.hard_state.current_term));
    state.entries.push_back(write.entries.back());
  }
  return write;
}

}  // namespace

std::string text_of(const raft::Restored& state) {
  std::string text = "term " + std::to_string(state.hard_state.current_term.value) + " voted for " +
                     std::to_string(state.hard_state.voted_for.value);
  for (const raft::Entry& entry : state.entries) {
    text += std::string("\n") + raft::name_of(entry.kind) + " of term " +
            std::to_string(entry.term.value);
    if (entry.command) text += ": " + *entry.command;
  }
  return text;
}

RandomWrites::RandomWrites(std::uint64_t seed, std::size_t count) {
  raft::Random random(seed);
  raft::Restored state;
  states_.push_back(text_of(state));
  for (std::size_t i = 1; i <= count; ++i) {
    writes_.push_back(random_write(random, state));
    writes_.back().id = raft::WriteId{i};
    states_.push_back(text_of(state));
  }
}

}  // namespace node
