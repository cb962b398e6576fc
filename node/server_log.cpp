// SPDX-License-Identifier: Apache-2.0
// Raft's transitions as a Server sees them: each becomes a line, and those of the log move the
// chain of digests along.
#include "node/little_endian.h"
#include "node/server.h"

namespace node {

using raft::Index;

void Server::take_transitions(const std::vector<raft::Transition>& transitions, const Cause& cause,
                              const raft::HardState& before) {
  for (const raft::Transition& transition : transitions) {
    if (const auto* advanced = std::get_if<raft::TermAdvanced>(&transition)) {
      told_term_ = advanced->after;
    } else if (const auto* changed = std::get_if<raft::RoleChanged>(&transition)) {
      told_role_ = changed->after;
    }
    std::visit([&](const auto& t) { take(t, cause, before); }, transition);
  }
}

template <class Transition>
void Server::take(const Transition& transition, const Cause& cause, const raft::HardState& before) {
  write_line(
      {evidence_, raft_, cause, before, told_term_, told_role_, chain_.at(chain_.last_index())},
      transition);
}

void Server::take(const raft::CommitAdvanced& transition, const Cause& cause,
                  const raft::HardState& before) {
  write_line({evidence_, raft_, cause, before, told_term_, told_role_, chain_.at(transition.after)},
             transition);
}

void Server::take(const raft::EntriesAppended& transition, const Cause& cause,
                  const raft::HardState& before) {
  auto line = evidence_.line(
      "entries_appended",
      evidence_.words("entries ", transition.first.value, " to ", transition.last.value),
      told_term_, told_role_, "debug");
  line.begin_array("entries");
  for (Index i = transition.first; i <= transition.last; ++i) {
    const raft::Entry& entry = raft_.log().at(i);
    chain_.append(entry);
    line.begin_array()
        .element(i.value)
        .element(entry.term.value)
        .element(DigestText(chain_.at(i)))
        .end_array();
  }
  line.end_array();
  add_cause(line, cause, before);
  line.end_line();
}

void Server::take(const raft::LogTruncated& transition, const Cause& cause,
                  const raft::HardState& before) {
  auto line = evidence_.line("log_truncated",
                             evidence_.words("entries ", transition.first.value, " to ",
                                             transition.last.value, " removed"),
                             told_term_, told_role_);
  line.field("first_log_index", transition.first.value)
      .field("last_log_index", transition.last.value);
  add_cause(line, cause, before);
  line.end_line();
  chain_.truncate_from(transition.first);
  forget_waiting(transition.first);
}

void Server::take(const raft::SnapshotTaken& transition, const Cause& cause,
                  const raft::HardState& before) {
  const std::string& data = *raft_.snapshot()->data;
  auto line =
      evidence_.line("snapshot_taken", evidence_.words("snapshot up to ", transition.index.value),
                     told_term_, told_role_);
  line.field("log_index", transition.index.value)
      .field("log_term", transition.term.value)
      .field("digest", DigestText(chain_.at(transition.index)))
      .field("state_digest", DigestText(store_.state_digest()))
      .field("bytes", data.size());
  add_cause(line, cause, before);
  line.end_line();
  chain_.compact_to(raft_.log().base_index());
}

// The whole log gives way to the snapshot; the state follows once that is durable.
void Server::take(const raft::SnapshotInstalled& transition, const Cause& cause,
                  const raft::HardState& before) {
  const std::uint64_t digest = ByteReader(*raft_.snapshot()->data).u64();
  auto line = evidence_.line("snapshot_installed",
                             evidence_.words("snapshot up to ", transition.index.value, " from ",
                                             node_name(transition.leader)),
                             told_term_, told_role_);
  line.field("leader", node_name(transition.leader))
      .field("log_index", transition.index.value)
      .field("log_term", transition.term.value)
      .field("digest", DigestText(digest));
  add_cause(line, cause, before);
  line.end_line();
  chain_.reset(transition.index, digest);
  forget_waiting(Index{1});
}

}  // namespace node
