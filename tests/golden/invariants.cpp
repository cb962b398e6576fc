// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/invariants.h"

#include <algorithm>

#include "tests/golden/require.h"

namespace raft::golden {
namespace {

// The first index of the log that a step may have changed.
Index first_changed(const Raft& raft, const Output& out) {
  if (!out.write) return raft.log().last_index().next();
  Index first = raft.log().last_index().next();
  if (!out.write->entries.empty()) first = out.write->first_index;
  if (out.write->truncate_from) first = std::min(first, *out.write->truncate_from);
  return std::max(first, raft.log().first_index());
}

bool touches_configuration(const Output& out) {
  if (!out.write) return false;
  const auto& entries = out.write->entries;
  return out.write->snapshot || out.write->truncate_from ||
         std::any_of(entries.begin(), entries.end(),
                     [](const Entry& e) { return e.kind == EntryKind::configuration; });
}

}  // namespace

void Invariants::started(NodeId node) {
  check_found(node);
  Seen& seen = seen_[node];
  const Raft& raft = *server(node).raft;
  seen.hard_state = raft.hard_state();
  seen.commit = seen.applied = raft.last_applied();
  seen.crashed.reset();
  check_hard_state(node);
  check_persistence(node, raft.log().first_index());
  check_entries(node, raft.log().first_index());
  check_configuration(node);
  check_snapshot(node);
  require(raft.commit_index() == raft.last_applied(),
          "state_machine_safety: n{} comes up with i{} committed and i{} applied", node.value,
          raft.commit_index().value, raft.last_applied().value);
}

// A crash may keep any number of the writes that were under way, in their order, and of one more
// the snapshot.
void Invariants::check_found(NodeId node) {
  const Seen& seen = seen_[node];
  const Restored& found = server(node).disk.durable();
  if (!seen.crashed) return;
  bool explained = false;
  for (std::size_t kept = 0; !explained && kept <= seen.crashed->pending().size(); ++kept) {
    for (bool torn : {false, true}) {
      if (torn && !seen.crashed->can_tear(kept)) continue;
      Disk image = *seen.crashed;
      image.crash(kept, torn);
      explained = explained || same(image.durable(), found);
    }
  }
  require(explained, "persistence: n{} comes up without what was durable", node.value);
  const Index applied = seen.ever_applied;
  require(applied == Index{} || holds(found, applied, committed_.at(applied.value - 1).entry.term),
          "monotonic: n{} comes up without i{}, which it had applied", node.value, applied.value);
}

void Invariants::synced(NodeId node) {
  const HardState& durable = server(node).disk.durable().hard_state;
  if (durable.voted_for != NodeId{}) vote(node, durable.current_term, durable.voted_for);
  for (const auto& [leader, s] : servers_) {
    if (!s.raft || s.raft->role() != Role::leader || leader == node) continue;
    for (const Progress& progress : s.raft->progress()) {
      if (progress.peer == node) check_match(leader, progress);
    }
  }
}

void Invariants::stepped(NodeId node, const Configuration& before, const Output& out) {
  const Raft& raft = *server(node).raft;
  check_hard_state(node);
  const Index changed = first_changed(raft, out);
  check_persistence(node, changed);
  check_entries(node, changed);
  if (raft.role() == Role::leader) check_leader(node, out);
  check_commit(node, before, out);
  check_apply(node, out);
  if (touches_configuration(out)) check_configuration(node);
  if (out.write && out.write->snapshot) check_snapshot(node);
  if (raft.role() == Role::leader) check_progress(node);
  for (const Outgoing& outgoing : out.messages)
    check_message(node, outgoing);
}

void Invariants::received(NodeId node, const Output& out) const {
  require(!out.refused, "refused: n{} refuses {}", node.value, out.refused ? out.refused : "");
}

void Invariants::check_hard_state(NodeId node) {
  HardState& before = seen_[node].hard_state;
  const HardState& now = server(node).raft->hard_state();
  const bool back = now.current_term < before.current_term;
  const bool changed = now.current_term == before.current_term && before.voted_for != NodeId{} &&
                       now.voted_for != before.voted_for;
  require(!back && !changed, "monotonic: n{} goes from t{}, vote n{} to t{}, vote n{}", node.value,
          before.current_term.value, before.voted_for.value, now.current_term.value,
          now.voted_for.value);
  before = now;
}

void Invariants::vote(NodeId node, Term term, NodeId candidate) {
  const NodeId first = votes_.try_emplace({node, term}, candidate).first->second;
  require(first == candidate, "election_safety: n{} votes for n{} and n{} in t{}", node.value,
          first.value, candidate.value, term.value);
}

void Invariants::read_asked(ReadId read) {
  const bool is_new = reads_.try_emplace(read, Index{committed_.size()}).second;
  require(is_new, "read: two reads have one id");
}

void Invariants::read_served(NodeId node, ReadId read) const {
  const Index applied = server(node).application.index();
  require(applied >= reads_.at(read),
          "read: n{} serves one from i{} that came when i{} was committed", node.value,
          applied.value, reads_.at(read).value);
}

}  // namespace raft::golden
