// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/invariants.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace raft::golden {
namespace {

template <class... Args>
void require(bool holds, fmt::format_string<Args...> what, Args&&... args) {
  if (!holds) throw Violation(fmt::format(what, std::forward<Args>(args)...));
}

bool same(const Command& a, const Command& b) {
  return a == b || (a && b && *a == *b);
}

Configuration configuration_of(const Entry& entry) {
  return decode_configuration(*entry.command).value();
}

// Section 6: all changes of the voters pass through a joint configuration.
bool may_follow(const Configuration& before, const Configuration& after) {
  if (after.joint()) return !before.joint() && after.old_voters == before.voters;
  return after.voters == before.voters;
}

}  // namespace

void Invariants::started(NodeId node) {
  const Server& s = server(node);
  const HardState found = s.disk.durable().hard_state;
  const auto known = hard_states_.find(node);
  require(known == hard_states_.end() || found.current_term <= known->second.current_term,
          "monotonic: n{} comes up in a term that it never reached", node.value);
  hard_states_[node] = found;
  commits_[node] = s.raft->commit_index();
  check_hard_state(node);
  check_log(node);
  check_configuration(node);
  applied(node, s.raft->last_applied());
}

void Invariants::stepped(NodeId node, const Configuration& before, const Output& out) {
  check_hard_state(node);
  check_persistence(node);
  check_log(node);
  check_commit(node, before);
  check_configuration(node);
  check_snapshot(node);
  if (server(node).raft->role() == Role::leader) check_leader(node);
  for (const auto& [term, leadership] : leaders_)
    check_complete(term, leadership);
  for (const auto& [other, s] : servers_) {
    if (s.raft && s.raft->role() == Role::leader) check_match(other);
  }
  for (const Outgoing& outgoing : out.messages)
    check_message(node, outgoing);
}

void Invariants::check_hard_state(NodeId node) {
  HardState& before = hard_states_[node];
  const HardState& now = server(node).raft->hard_state();
  const bool back = now.current_term < before.current_term;
  const bool changed = now.current_term == before.current_term && before.voted_for != NodeId{} &&
                       now.voted_for != before.voted_for;
  require(!back && !changed, "monotonic: n{} goes from t{}, vote n{} to t{}, vote n{}", node.value,
          before.current_term.value, before.voted_for.value, now.current_term.value,
          now.voted_for.value);
  before = now;
}

// But for a log that a snapshot has replaced and a crash left on the disk.
void Invariants::check_persistence(NodeId node) const {
  const Raft& raft = *server(node).raft;
  Restored disk = server(node).disk.written();
  const std::optional<Snapshot>& snapshot = disk.snapshot;
  const Entry* at_snapshot = snapshot ? entry_at(disk, snapshot->index) : nullptr;
  const bool replaced = snapshot && snapshot->index != disk.base_index &&
                        (!at_snapshot || at_snapshot->term != snapshot->term);
  if (replaced) {
    disk.entries.clear();
    disk.base_index = snapshot->index;
    disk.base_term = snapshot->term;
  }
  bool held = raft.hard_state() == disk.hard_state && raft.log().base_index() == disk.base_index &&
              raft.log().base_term() == disk.base_term &&
              raft.log().last_index() == disk.base_index + disk.entries.size();
  for (Index i = raft.log().first_index(); held && i <= raft.log().last_index(); ++i) {
    const Entry* entry = entry_at(disk, i);
    held = entry->term == raft.log().at(i).term && same(entry->command, raft.log().at(i).command);
  }
  require(held, "persistence: n{} holds another state than it handed to its disk", node.value);
}

void Invariants::check_log(NodeId node) {
  const Log& log = server(node).raft->log();
  for (Index i = log.first_index(); i <= log.last_index(); ++i) {
    const Entry& entry = log.at(i);
    const Term prev_term = *log.term_at(i.previous());
    const auto [known, is_new] =
        known_.try_emplace({i, entry.term}, KnownEntry{prev_term, entry.kind, entry.command});
    const KnownEntry& k = known->second;
    require(prev_term <= entry.term && k.prev_term == prev_term && k.kind == entry.kind &&
                same(k.command, entry.command),
            "log_matching: n{} has at i{} t{} another entry, or another one before it, than was "
            "seen there",
            node.value, i.value, entry.term.value);
  }
}

void Invariants::check_leader(NodeId node) {
  const Raft& raft = *server(node).raft;
  const auto [found, is_new] = leaders_.try_emplace(raft.term(), Leadership{node, {}});
  Leadership& leadership = found->second;
  require(leadership.node == node, "election_safety: n{} and n{} lead t{}", leadership.node.value,
          node.value, raft.term().value);
  const Log& log = raft.log();
  for (const auto& [index, term] : leadership.log) {
    require(index < log.base_index() || log.term_at(index) == term,
            "leader_append_only: n{}, leader of t{}, has lost i{}", node.value, raft.term().value,
            index.value);
  }
  for (Index i = log.first_index(); i <= log.last_index(); ++i)
    leadership.log[i] = log.at(i).term;
  // What is in a snapshot is committed; the snapshot itself is looked at elsewhere.
  for (const auto& [index, committed] : committed_) {
    if (index <= log.base_index()) leadership.log[index] = committed.term;
  }
}

void Invariants::check_complete(Term leader_term, const Leadership& leadership) const {
  for (const auto& [index, committed] : committed_) {
    if (committed.committed_in >= leader_term) continue;
    const auto own = leadership.log.find(index);
    require(own != leadership.log.end() && own->second == committed.term,
            "leader_completeness: n{}, leader of t{}, lacks i{} t{}, committed in t{}",
            leadership.node.value, leader_term.value, index.value, committed.term.value,
            committed.committed_in.value);
  }
}

void Invariants::check_commit(NodeId node, const Configuration& before) {
  const Raft& raft = *server(node).raft;
  const Log& log = raft.log();
  Index& commit = commits_[node];
  require(raft.commit_index() >= commit && raft.commit_index() <= log.last_index(),
          "monotonic: commit index of n{} from i{} to i{}", node.value, commit.value,
          raft.commit_index().value);
  for (Index i = std::max(commit.next(), log.first_index()); i <= raft.commit_index(); ++i) {
    const Term term = log.at(i).term;
    if (raft.role() == Role::leader) {
      require(
          has_quorum(before, [&](NodeId n) { return holds(server(n).disk.durable(), i, term); }),
          "commit: n{} commits i{} t{}, which is not durable on a quorum", node.value, i.value,
          term.value);
    }
    Committed& c = committed_.try_emplace(i, Committed{term, raft.term()}).first->second;
    require(c.term == term, "state_machine_safety: n{} commits i{} t{}, where t{} is committed",
            node.value, i.value, term.value, c.term.value);
    c.committed_in = std::min(c.committed_in, raft.term());
  }
  commit = raft.commit_index();
}

// A follower that has gone on to a later term may have given up what it acknowledged.
void Invariants::check_match(NodeId node) const {
  const Raft& raft = *server(node).raft;
  for (const Progress& p : raft.progress()) {
    const Server& follower = server(p.peer);
    if (hard_states_.at(p.peer).current_term > raft.term()) continue;
    require(p.match_index <= raft.log().base_index() ||
                holds(follower.disk.durable(), p.match_index, *raft.log().term_at(p.match_index)),
            "match_index: n{} believes that n{} has i{}", node.value, p.peer.value,
            p.match_index.value);
  }
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
    const Configuration next = configuration_of(entry);
    require(may_follow(latest, next), "configuration: on n{} {} follows {}", node.value,
            encode(next), encode(latest));
    latest = next;
    if (committed_.empty() || i > committed_.rbegin()->first) ++uncommitted;
  }
  require(raft.configuration() == latest, "configuration: n{} uses {}, its log says {}", node.value,
          encode(raft.configuration()), encode(latest));
  require(raft.role() != Role::leader || uncommitted <= 1,
          "configuration: n{} has {} changes under way", node.value, uncommitted);
}

void Invariants::check_message(NodeId node, const Outgoing& outgoing) {
  const Restored& disk = server(node).disk.durable();
  const auto require_vote = [&](Term term, NodeId candidate) {
    const bool overtaken = disk.hard_state.current_term > term;
    require(overtaken || disk.hard_state == HardState{term, candidate},
            "promise: n{} votes for n{} in t{}, which is not durable", node.value, candidate.value,
            term.value);
    const NodeId first = votes_.try_emplace({node, term}, candidate).first->second;
    require(first == candidate, "election_safety: n{} votes for n{} and n{} in t{}", node.value,
            first.value, candidate.value, term.value);
  };
  const auto require_match = [&](Term term, Index index) {
    const bool overtaken = disk.hard_state.current_term > term;
    const auto leader = leaders_.find(term);
    if (overtaken || index == Index{}) return;
    require(disk.hard_state.current_term == term && leader != leaders_.end(),
            "promise: n{} acknowledges in t{}, which is not durable", node.value, term.value);
    const auto entry = leader->second.log.find(index);
    require(entry != leader->second.log.end() && holds(disk, index, entry->second),
            "promise: n{} acknowledges i{}, which is not durable", node.value, index.value);
  };
  const Message& message = outgoing.message;
  if (const auto* vote = std::get_if<RequestVoteReply>(&message)) {
    if (vote->vote_granted && !vote->pre_vote) require_vote(vote->asked_in, outgoing.to);
  } else if (const auto* request = std::get_if<RequestVote>(&message)) {
    if (!request->pre_vote) require_vote(request->term, node);
  } else if (const auto* ack = std::get_if<AppendEntriesReply>(&message)) {
    if (ack->success) require_match(ack->asked_in, ack->match_index);
  } else if (const auto* installed = std::get_if<InstallSnapshotReply>(&message)) {
    if (installed->installed) require_match(installed->asked_in, installed->last_included_index);
  }
}

void Invariants::check_snapshot(NodeId node) const {
  const std::optional<Snapshot>& snapshot = server(node).raft->snapshot();
  if (!snapshot) return;
  const auto committed = committed_.find(snapshot->index);
  require(committed != committed_.end() && committed->second.term == snapshot->term,
          "state_machine_safety: n{} has a snapshot of i{} t{}, which is not committed", node.value,
          snapshot->index.value, snapshot->term.value);
  const auto state = states_.find(snapshot->index);
  require(state != states_.end() && *snapshot->data == state->second,
          "state_machine_safety: the snapshot of n{} is not the state of i{}", node.value,
          snapshot->index.value);
}

void Invariants::applied(NodeId node, Index index) {
  const Server& s = server(node);
  require(index <= s.raft->commit_index(), "state_machine_safety: n{} applies beyond its commit",
          node.value);
  const std::string& state = s.states.at(index);
  const std::string& known = states_.try_emplace(index, state).first->second;
  require(known == state, "state_machine_safety: n{} at i{} has state '{}', not '{}'", node.value,
          index.value, state, known);
  const auto committed = committed_.find(index);
  require(committed == committed_.end() || holds(s.disk.durable(), index, committed->second.term),
          "state_machine_safety: n{} applies i{}, which is not durable there", node.value,
          index.value);
}

void Invariants::read_asked(ReadId read) {
  reads_[read] = committed_.empty() ? Index{} : committed_.rbegin()->first;
}

void Invariants::read_served(NodeId node, ReadId read) const {
  const Index applied = server(node).raft->last_applied();
  require(applied >= reads_.at(read),
          "read: n{} serves one from i{} that came when i{} was committed", node.value,
          applied.value, reads_.at(read).value);
}

}  // namespace raft::golden
