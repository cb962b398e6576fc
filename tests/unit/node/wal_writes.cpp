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

raft::Index last_index(const raft::Restored& state) {
  return state.base_index + state.entries.size();
}

raft::Snapshot snapshot_at(raft::Random& random, raft::Index index, raft::Term term) {
  return {index,
          term,
          {.voters = {{1}, {2}}, .old_voters = {}, .learners = {{random.between(3, 9)}}},
          std::make_shared<const std::string>(std::string(random.below(50), 's'))};
}

// "covering just the committed entries in its log": the log begins somewhere up to there.
void take_snapshot(raft::Random& random, raft::Restored& state, raft::Write& write) {
  const raft::Index index = state.base_index + random.between(1, state.entries.size());
  const raft::Entry& last = state.entries[index - state.base_index - 1];
  if (state.snapshot && index <= state.snapshot->index) return;
  write.snapshot = state.snapshot = snapshot_at(random, index, last.term);
  const std::uint64_t cut = random.between(0, index - state.base_index);
  if (cut == 0) return;
  state.base_term = state.entries[cut - 1].term;
  state.base_index = state.base_index + cut;
  state.entries.erase(state.entries.begin(),
                      state.entries.begin() + static_cast<std::ptrdiff_t>(cut));
  write.base = raft::Write::Base{state.base_index, state.base_term, false};
}

void install_snapshot(raft::Random& random, raft::Restored& state, raft::Write& write) {
  const raft::Index index = last_index(state) + random.between(1, 5);
  const raft::Term term = state.hard_state.current_term;
  write.snapshot = state.snapshot = snapshot_at(random, index, term);
  write.base = raft::Write::Base{index, term, true};
  state.base_index = index;
  state.base_term = term;
  state.entries.clear();
}

raft::Write random_write(raft::Random& random, raft::Restored& state,
                         RandomWrites::Snapshots snapshots) {
  raft::Write write;
  if (random.below(2) == 0) {
    state.hard_state = {state.hard_state.current_term.next(), raft::NodeId{random.below(4)}};
    write.hard_state = state.hard_state;
  }
  if (snapshots == RandomWrites::Snapshots::some && random.below(4) == 0) {
    if (random.below(4) == 0) {
      install_snapshot(random, state, write);
    } else if (!state.entries.empty()) {
      take_snapshot(random, state, write);
    }
    return write;
  }
  if (!state.entries.empty() && random.below(3) == 0) {
    const std::uint64_t from = random.between(1, state.entries.size());
    write.truncate_from = state.base_index + from;
    state.entries.resize(from - 1);
  }
  for (std::uint64_t n = random.below(4); n > 0; --n) {
    if (write.entries.empty()) write.first_index = last_index(state).next();
    write.entries.push_back(random_entry(random, state.hard_state.current_term));
    state.entries.push_back(write.entries.back());
  }
  return write;
}

}  // namespace

std::string log_text(const raft::Restored& state) {
  std::string text = "term " + std::to_string(state.hard_state.current_term.value) + " voted for " +
                     std::to_string(state.hard_state.voted_for.value) + " after " +
                     std::to_string(state.base_index.value) + " of term " +
                     std::to_string(state.base_term.value);
  for (const raft::Entry& entry : state.entries) {
    text += std::string("\n") + raft::name_of(entry.kind) + " of term " +
            std::to_string(entry.term.value);
    if (entry.command) text += ": " + *entry.command;
  }
  return text;
}

std::string snapshot_text(const raft::Restored& state) {
  if (!state.snapshot) return "no snapshot";
  const raft::Snapshot& snapshot = *state.snapshot;
  return "snapshot up to " + std::to_string(snapshot.index.value) + " of term " +
         std::to_string(snapshot.term.value) + ", " + raft::encode(snapshot.configuration) + ": " +
         *snapshot.data;
}

std::string text_of(const raft::Restored& state) {
  return log_text(state) + "\n" + snapshot_text(state);
}

RandomWrites::RandomWrites(std::uint64_t seed, std::size_t count, Snapshots snapshots) {
  raft::Random random(seed);
  raft::Restored state;
  states_.push_back(state);
  for (std::size_t i = 1; i <= count; ++i) {
    writes_.push_back(random_write(random, state, snapshots));
    writes_.back().id = raft::WriteId{i};
    states_.push_back(state);
  }
}

std::optional<std::size_t> RandomWrites::writes_in(const raft::Restored& found) const {
  for (std::size_t count = states_.size(); count-- > 0;) {
    if (log_text(found) != log_text(states_[count])) continue;
    if (snapshot_text(found) == snapshot_text(states_[count])) return count;
    if (count < writes_.size() && writes_[count].snapshot &&
        snapshot_text(found) == snapshot_text(states_[count + 1])) {
      return count;
    }
  }
  return std::nullopt;
}

}  // namespace node
