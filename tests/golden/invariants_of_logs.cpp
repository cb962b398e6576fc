// SPDX-License-Identifier: Apache-2.0
// What holds of logs, and of what is made of them: commits, states, snapshots, configurations.
#include <algorithm>

#include "tests/golden/require.h"

namespace raft::golden {
namespace {

bool is_majority(const std::vector<NodeId>& voters, const std::vector<NodeId>& of) {
  const auto count = std::count_if(voters.begin(), voters.end(), [&of](NodeId voter) {
    return std::find(of.begin(), of.end(), voter) != of.end();
  });
  return 2 * static_cast<std::size_t>(count) > voters.size();
}

bool is_quorum(const Configuration& configuration, const std::vector<NodeId>& of) {
  return is_majority(configuration.voters, of) &&
         (!configuration.joint() || is_majority(configuration.old_voters, of));
}

// Whether every quorum of one shares a server with every quorum of the other, by trying all.
bool quorums_overlap(const Configuration& a, const Configuration& b) {
  std::vector<NodeId> all = a.members();
  for (NodeId member : b.members())
    all.push_back(member);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (std::uint64_t set = 0; set < std::uint64_t{1} << all.size(); ++set) {
    std::vector<NodeId> in;
    std::vector<NodeId> out;
    for (std::size_t i = 0; i < all.size(); ++i)
      ((set >> i & 1) != 0 ? in : out).push_back(all[i]);
    if (is_quorum(a, in) && is_quorum(b, out)) return false;
  }
  return true;
}

// Section 6: all changes of the voters pass through a joint configuration.
bool may_follow(const Configuration& before, const Configuration& after) {
  if (after.joint()) return !before.joint() && after.old_voters == before.voters;
  return after.voters == before.voters;
}

}  // namespace

// But for a log that a snapshot has replaced and a crash left on the disk, perhaps without the term
// that came with it: it is empty, and the server writes so as it begins.
void Invariants::check_persistence(NodeId node, Index first_changed) const {
  const Raft& raft = *server(node).raft;
  const Log& log = raft.log();
  const Restored& disk = server(node).disk.written();
  const bool replaced = is_replaced(disk);
  const Index base = replaced ? disk.snapshot->index : disk.base_index;
  const Term base_term = replaced ? disk.snapshot->term : disk.base_term;
  const Index last = replaced ? base : last_index(disk);
  HardState hard_state = disk.hard_state;
  if (replaced && base_term > hard_state.current_term) hard_state = {base_term, NodeId{}};
  bool held = raft.hard_state() == hard_state && log.base_index() == base &&
              log.base_term() == base_term && log.last_index() == last &&
              raft.snapshot().has_value() == disk.snapshot.has_value() &&
              (!disk.snapshot || raft.snapshot()->index == disk.snapshot->index);
  for (Index i = first_changed; held && i <= last; ++i)
    held = same(*entry_at(disk, i), log.at(i));
  require(held, "persistence: n{} holds another state than it handed to its disk", node.value);
}

void Invariants::check_entries(NodeId node, Index first_changed) {
  const Log& log = server(node).raft->log();
  for (Index i = first_changed; i <= log.last_index(); ++i) {
    const Entry& entry = log.at(i);
    const Term prev_term = *log.term_at(i.previous());
    const Known& known = known_.try_emplace({i, entry.term}, Known{prev_term, entry}).first->second;
    require(prev_term <= entry.term && known.prev_term == prev_term && same(known.entry, entry),
            "log_matching: n{} has at i{} t{} another entry, or another one before it, than was "
            "seen there",
            node.value, i.value, entry.term.value);
  }
}

void Invariants::check_leader(NodeId node, const Output& out) {
  const Raft& raft = *server(node).raft;
  const Log& log = raft.log();
  const auto [found, is_new] = leaders_.try_emplace(raft.term(), Leadership{node, {}, {}});
  Leadership& leadership = found->second;
  require(leadership.node == node, "election_safety: n{} and n{} lead t{}", leadership.node.value,
          node.value, raft.term().value);
  const bool deletes =
      out.write && (out.write->truncate_from || (out.write->base && out.write->base->discard_log));
  require(is_new || (!deletes && log.last_index().value >= leadership.log.size()),
          "leader_append_only: n{}, leader of t{}, deletes entries", node.value, raft.term().value);
  // What is before the base is in a snapshot, and committed.
  while (leadership.log.size() < log.base_index().value) {
    require(leadership.log.size() < committed_.size(),
            "leader_completeness: n{} leads t{} with a snapshot of what is not committed",
            node.value, raft.term().value);
    leadership.log.push_back(committed_[leadership.log.size()].entry.term);
  }
  for (Index i{leadership.log.size() + 1}; i <= log.last_index(); ++i)
    leadership.log.push_back(log.at(i).term);
  if (!is_new) return;
  for (Index i{1}; i.value <= committed_.size(); ++i)
    check_complete(raft.term(), leadership, i);
}

void Invariants::check_complete(Term leader_term, const Leadership& leadership, Index index) const {
  const Committed& c = committed_[index.value - 1];
  if (c.committed_in >= leader_term) return;
  require(index.value <= leadership.log.size() && leadership.log[index.value - 1] == c.entry.term,
          "leader_completeness: n{}, leader of t{}, lacks i{} t{}, committed in t{}",
          leadership.node.value, leader_term.value, index.value, c.entry.term.value,
          c.committed_in.value);
}

void Invariants::check_commit(NodeId node, const Configuration& before, const Output& out) {
  const Raft& raft = *server(node).raft;
  const Log& log = raft.log();
  Index& commit = seen_[node].commit;
  require(raft.commit_index() >= commit && raft.commit_index() <= log.last_index(),
          "monotonic: commit index of n{} from i{} to i{}", node.value, commit.value,
          raft.commit_index().value);
  const bool by_counting =
      std::any_of(out.transitions.begin(), out.transitions.end(), [](const Transition& t) {
        const auto* advanced = std::get_if<CommitAdvanced>(&t);
        return advanced && !advanced->match.empty();
      });
  require(!by_counting || log.term_at(raft.commit_index()) == raft.term(),
          "commit: n{}, leader of t{}, commits i{} of an older term by counting", node.value,
          raft.term().value, raft.commit_index().value);
  require(by_counting || raft.role() != Role::leader || raft.commit_index() == commit,
          "commit: n{}, a leader, commits i{} without counting", node.value,
          raft.commit_index().value);
  for (Index i = commit.next(); i <= raft.commit_index(); ++i) {
    if (i <= log.base_index()) {
      require(i.value <= committed_.size(), "commit: n{} has a snapshot of i{}, not committed",
              node.value, i.value);
      continue;
    }
    const Entry& entry = log.at(i);
    const auto is_durable = [&](NodeId n) {
      return holds(server(n).disk.durable(), i, entry.term);
    };
    if (by_counting) {
      std::vector<NodeId> holders;
      for (NodeId member : before.members()) {
        if (is_durable(member)) holders.push_back(member);
      }
      require(is_quorum(before, holders),
              "commit: n{} commits i{} t{}, which is not durable on a quorum", node.value, i.value,
              entry.term.value);
    }
    if (i.value > committed_.size()) committed_.push_back({entry, raft.term()});
    Committed& c = committed_[i.value - 1];
    require(same(c.entry, entry),
            "state_machine_safety: n{} commits i{} t{}, where that of t{} is committed", node.value,
            i.value, entry.term.value, c.entry.term.value);
    c.committed_in = std::min(c.committed_in, raft.term());
    for (auto l = leaders_.upper_bound(c.committed_in); l != leaders_.end(); ++l)
      check_complete(l->first, l->second, i);
  }
  commit = raft.commit_index();
}

void Invariants::check_apply(NodeId node, const Output& out) {
  const Raft& raft = *server(node).raft;
  Seen& seen = seen_[node];
  const Restored& disk = server(node).disk.durable();
  if (out.restore) {
    const Index index = out.restore->index;
    require(index > seen.applied && index <= raft.commit_index() && disk.snapshot &&
                disk.snapshot->index >= index && *out.restore->data == reversed(state_of(index)),
            "state_machine_safety: n{} restores another state than that of i{}", node.value,
            index.value);
    seen.applied = index;
  }
  if (!out.apply.empty()) {
    require(out.apply.first == seen.applied.next() && out.apply.last <= raft.commit_index(),
            "state_machine_safety: n{}, at i{} and commit i{}, applies i{} to i{}", node.value,
            seen.applied.value, raft.commit_index().value, out.apply.first.value,
            out.apply.last.value);
    for (Index i = out.apply.first; i <= out.apply.last; ++i) {
      const Entry& committed = committed_[i.value - 1].entry;
      require(same(raft.log().at(i), committed) && holds(disk, i, committed.term),
              "state_machine_safety: n{} applies i{}, which is not what is committed there, or "
              "not durable at n{}",
              node.value, i.value, node.value);
    }
    seen.applied = out.apply.last;
  }
  seen.ever_applied = std::max(seen.ever_applied, seen.applied);
  require(raft.last_applied() == seen.applied,
          "state_machine_safety: n{} holds i{} for applied, which was not handed out", node.value,
          raft.last_applied().value);
}

std::string Invariants::state_of(Index committed) const {
  std::string state;
  for (std::uint64_t i = 0; i < committed.value; ++i) {
    const Entry& entry = committed_.at(i).entry;
    if (entry.kind == EntryKind::command) apply(entry.command, state);
  }
  return state;
}

Configuration Invariants::configuration_of(Index committed) const {
  for (std::uint64_t i = committed.value; i > 0; --i) {
    const Entry& entry = committed_.at(i - 1).entry;
    if (entry.kind == EntryKind::configuration) return *decode_configuration(*entry.command);
  }
  return servers_.begin()->second.settings.first_configuration;
}

void Invariants::check_snapshot(NodeId node) const {
  const std::optional<Snapshot>& snapshot = server(node).raft->snapshot();
  if (!snapshot) return;
  const std::uint64_t index = snapshot->index.value;
  require(index <= committed_.size() && committed_[index - 1].entry.term == snapshot->term,
          "state_machine_safety: n{} has a snapshot of i{} t{}, which is not committed", node.value,
          index, snapshot->term.value);
  require(*snapshot->data == reversed(state_of(snapshot->index)),
          "state_machine_safety: the snapshot of n{} is not the state of i{}", node.value, index);
  require(snapshot->configuration == configuration_of(snapshot->index),
          "configuration: the snapshot of i{} at n{} has {}", index, node.value,
          encode(snapshot->configuration));
}

void Invariants::check_configuration(NodeId node) const {
  const Raft& raft = *server(node).raft;
  Configuration latest = server(node).settings.first_configuration;
  Index from = raft.log().first_index();
  if (raft.snapshot()) {
    latest = raft.snapshot()->configuration;
    from = std::max(from, raft.snapshot()->index.next());
  }
  std::size_t uncommitted = 0;
  for (Index i = from; i <= raft.log().last_index(); ++i) {
    const Entry& entry = raft.log().at(i);
    if (entry.kind != EntryKind::configuration) continue;
    const Configuration next = decode_configuration(*entry.command).value();
    require(may_follow(latest, next) && quorums_overlap(latest, next),
            "configuration: on n{} {} follows {}", node.value, encode(next), encode(latest));
    latest = next;
    if (i.value > committed_.size()) ++uncommitted;
  }
  require(raft.configuration() == latest, "configuration: n{} uses {}, its log says {}", node.value,
          encode(raft.configuration()), encode(latest));
  require(raft.role() != Role::leader || uncommitted <= 1,
          "configuration: n{} has {} changes under way", node.value, uncommitted);
}

}  // namespace raft::golden
