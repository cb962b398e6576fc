// SPDX-License-Identifier: Apache-2.0
#include "tests/property/invariants.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace raft::test {
namespace {

bool same(const Command& a, const Command& b) {
  return a == b || (a && b && *a == *b);
}

bool same(const Entry& a, const Entry& b) {
  return a.term == b.term && a.kind == b.kind && same(a.command, b.command);
}

bool same(const Restored& a, const Restored& b) {
  return a.hard_state == b.hard_state &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [](const Entry& x, const Entry& y) { return same(x, y); });
}

Term term_at(const std::vector<Entry>& entries, std::size_t index) {
  return index == 0 ? Term{} : entries[index - 1].term;
}

std::string text(const Restored& state) {
  std::string log;
  for (const Entry& entry : state.entries)
    log += fmt::format(" {}", entry.term.value);
  return fmt::format("term {} vote {} log [{} ]", state.hard_state.current_term.value,
                     state.hard_state.voted_for.value, log);
}

}  // namespace

Invariants::Invariants(std::vector<NodeId> members) {
  for (NodeId member : members)
    servers_[member];
}

void Invariants::violated(const char* invariant, std::string what) {
  if (!violation_) violation_ = {invariant, std::move(what)};
}

void Invariants::started(NodeId node, const Restored& found) {
  if (violation_) return;
  Server& s = server(node);
  if (s.started) {
    // A crash may keep any number of the writes that were under way, in their order.
    Restored state = s.disk.durable();
    bool explained = same(state, found);
    for (const Write& write : s.disk.pending()) {
      if (explained) break;
      apply(write, state);
      explained = same(state, found);
    }
    if (!explained) {
      violated("persistence", fmt::format("n{} had {} durable and came up with {}", node.value,
                                          text(s.disk.durable()), text(found)));
    }
  }
  s = {};
  s.started = true;
  s.disk = Disk(found);
  s.memory = found;
  check_entries(node, 1);
}

void Invariants::stepped(NodeId node, const Raft& raft, const Input& input, const Output& out) {
  if (violation_) return;
  Server& s = server(node);
  const HardState before = s.memory.hard_state;
  if (const auto* persisted = std::get_if<Persisted>(&input)) s.disk.sync(persisted->up_to);
  check_write(node, raft, out);
  if (violation_) return;
  check_hard_state(node, before);
  if (raft.role() == Role::leader) check_leader(node, raft, out);
  check_commit(node, raft);
  check_apply(node, raft, out);
  for (const Outgoing& outgoing : out.messages)
    check_message(node, outgoing);
  if (raft.role() == Role::leader) check_progress(node, raft);
}

void Invariants::check_write(NodeId node, const Raft& raft, const Output& out) {
  Server& s = server(node);
  std::size_t first_changed = s.memory.entries.size() + 1;
  if (out.write) {
    const Write& write = *out.write;
    if (write.id != s.last_write.next() || !fits(write, s.memory)) {
      return violated("persistence",
                      fmt::format("n{}: write {} does not fit", node.value, write.id.value));
    }
    s.last_write = write.id;
    if (write.truncate_from) first_changed = write.truncate_from->value;
    apply(write, s.memory);
    s.disk.write(write);
    check_entries(node, first_changed);
  }
  const std::vector<Entry>& entries = s.memory.entries;
  bool held = raft.hard_state() == s.memory.hard_state &&
              raft.log().last_index().value == entries.size() &&
              raft.log().last_term() == term_at(entries, entries.size());
  for (std::size_t i = first_changed; held && i <= entries.size(); ++i)
    held = same(raft.log().at(Index{i}), entries[i - 1]);
  if (!held) {
    violated("persistence", fmt::format("n{} holds another state than it handed to its disk: {}",
                                        node.value, text(s.memory)));
  }
}

void Invariants::check_entries(NodeId node, std::size_t first) {
  const std::vector<Entry>& entries = server(node).memory.entries;
  for (std::size_t i = first; i <= entries.size(); ++i) {
    const Entry& entry = entries[i - 1];
    const Term prev_term = term_at(entries, i - 1);
    const auto [known, is_new] = known_.try_emplace(
        {Index{i}, entry.term}, KnownEntry{prev_term, entry.kind, entry.command});
    const KnownEntry& k = known->second;
    if (prev_term > entry.term || k.prev_term != prev_term || k.kind != entry.kind ||
        !same(k.command, entry.command)) {
      violated("log_matching",
               fmt::format("n{} has at index {} of term {} another entry, or another one before it "
                           "(of term {}), than was seen there (of term {})",
                           node.value, i, entry.term.value, prev_term.value, k.prev_term.value));
    }
  }
}

void Invariants::check_hard_state(NodeId node, const HardState& before) {
  const HardState& after = server(node).memory.hard_state;
  const bool vote_changed = after.current_term == before.current_term &&
                            before.voted_for != NodeId{} && after.voted_for != before.voted_for;
  if (after.current_term < before.current_term || vote_changed) {
    violated("monotonic", fmt::format("n{} went from term {}, vote {} to term {}, vote {}",
                                      node.value, before.current_term.value, before.voted_for.value,
                                      after.current_term.value, after.voted_for.value));
  }
}

void Invariants::check_leader(NodeId node, const Raft& raft, const Output& out) {
  const std::vector<Entry>& entries = server(node).memory.entries;
  const auto [found, is_new] = leaders_.try_emplace(raft.term(), Leadership{node, {}, {}});
  Leadership& leadership = found->second;
  if (leadership.node != node) {
    return violated("election_safety",
                    fmt::format("n{} and n{} lead term {}", leadership.node.value, node.value,
                                raft.term().value));
  }
  if ((out.write && out.write->truncate_from) || entries.size() < leadership.log.size()) {
    return violated("leader_append_only", fmt::format("n{}, leader of term {}, deleted entries",
                                                      node.value, raft.term().value));
  }
  for (std::size_t i = leadership.log.size(); i < entries.size(); ++i)
    leadership.log.push_back(entries[i].term);
  if (is_new) {
    for (std::size_t i = 1; i <= committed_.size(); ++i)
      check_completeness(raft.term(), leadership, i);
  }
}

void Invariants::check_completeness(Term leader_term, const Leadership& leadership,
                                    std::size_t index) {
  const Committed& c = committed_[index - 1];
  if (c.committed_in >= leader_term) return;
  if (leadership.log.size() < index || leadership.log[index - 1] != c.term) {
    violated("leader_completeness",
             fmt::format("n{}, leader of term {}, lacks the entry of index {} and term {}, which "
                         "was committed in term {}",
                         leadership.node.value, leader_term.value, index, c.term.value,
                         c.committed_in.value));
  }
}

bool Invariants::durable_at(NodeId node, std::size_t index, Term term) const {
  const std::vector<Entry>& entries = servers_.at(node).disk.durable().entries;
  return index == 0 || (entries.size() >= index && entries[index - 1].term == term);
}

// A follower that has gone on to a later term may have given up what it acknowledged.
void Invariants::check_progress(NodeId node, const Raft& raft) {
  const std::vector<Entry>& entries = server(node).memory.entries;
  auto& matches = leaders_.at(raft.term()).match;
  for (const Progress& p : raft.progress()) {
    const Index before = std::exchange(matches[p.peer], p.match_index);
    if (p.match_index < before) {
      violated("monotonic",
               fmt::format("n{}, leader of term {}: matchIndex of n{} from {} to {}", node.value,
                           raft.term().value, p.peer.value, before.value, p.match_index.value));
    }
    if (server(p.peer).memory.hard_state.current_term > raft.term()) continue;
    const std::size_t match = p.match_index.value;
    if (match > entries.size() || !durable_at(p.peer, match, term_at(entries, match))) {
      violated("match_index", fmt::format("n{}, leader of term {}, believes that n{} has index {}; "
                                          "durable there: {}",
                                          node.value, raft.term().value, p.peer.value, match,
                                          text(server(p.peer).disk.durable())));
    }
  }
}

void Invariants::check_commit(NodeId node, const Raft& raft) {
  Server& s = server(node);
  const std::vector<Entry>& entries = s.memory.entries;
  if (raft.commit_index() < s.commit_index || raft.commit_index().value > entries.size()) {
    return violated("monotonic", fmt::format("n{}: commit index from {} to {}", node.value,
                                             s.commit_index.value, raft.commit_index().value));
  }
  for (std::size_t i = s.commit_index.value + 1; i <= raft.commit_index().value; ++i) {
    const Term term = entries[i - 1].term;
    if (raft.role() == Role::leader) {
      const auto holders = std::count_if(servers_.begin(), servers_.end(), [&](const auto& each) {
        return durable_at(each.first, i, term);
      });
      if (static_cast<std::size_t>(holders) <= servers_.size() / 2) {
        violated("commit", fmt::format("n{} committed index {} of term {}, durable on {} of {}",
                                       node.value, i, term.value, holders, servers_.size()));
      }
    }
    if (committed_.size() < i) committed_.push_back({term, raft.term()});
    Committed& c = committed_[i - 1];
    if (c.term != term) {
      return violated("state_machine_safety",
                      fmt::format("n{} commits at index {} the entry of term {}, where that of "
                                  "term {} is committed",
                                  node.value, i, term.value, c.term.value));
    }
    c.committed_in = std::min(c.committed_in, raft.term());
    for (auto l = leaders_.upper_bound(c.committed_in); l != leaders_.end(); ++l)
      check_completeness(l->first, l->second, i);
  }
  s.commit_index = raft.commit_index();
}

void Invariants::check_apply(NodeId node, const Raft& raft, const Output& out) {
  Server& s = server(node);
  if (!out.apply.empty()) {
    if (out.apply.first != s.last_applied.next() || out.apply.last > s.commit_index) {
      return violated("state_machine_safety",
                      fmt::format("n{}, at applied {} and commit {}, applies {} to {}", node.value,
                                  s.last_applied.value, s.commit_index.value, out.apply.first.value,
                                  out.apply.last.value));
    }
    for (std::size_t i = out.apply.first.value; i <= out.apply.last.value; ++i) {
      const Term term = committed_[i - 1].term;
      if (s.memory.entries[i - 1].term != term || !durable_at(node, i, term)) {
        violated(
            "state_machine_safety",
            fmt::format("n{} applies index {}, which is not the committed entry of term {}, or "
                        "not durable here",
                        node.value, i, term.value));
      }
    }
    s.last_applied = out.apply.last;
  }
  if (raft.last_applied() != s.last_applied) {
    violated("monotonic", fmt::format("n{}: applied index {} without applying", node.value,
                                      raft.last_applied().value));
  }
}

void Invariants::check_message(NodeId node, const Outgoing& outgoing) {
  const HardState& durable = server(node).disk.durable().hard_state;
  if (const auto* reply = std::get_if<RequestVoteReply>(&outgoing.message)) {
    if (reply->vote_granted) check_vote(node, reply->asked_in, outgoing.to);
  } else if (const auto* request = std::get_if<RequestVote>(&outgoing.message)) {
    check_vote(node, request->term, node);
  } else if (const auto* append = std::get_if<AppendEntries>(&outgoing.message)) {
    if (durable != HardState{append->term, node}) {
      violated("promise", fmt::format("n{} sends as the leader of term {}, its vote not durable",
                                      node.value, append->term.value));
    }
  } else if (const auto* ack = std::get_if<AppendEntriesReply>(&outgoing.message)) {
    if (ack->success) check_acknowledgement(node, *ack);
  }
}

void Invariants::check_vote(NodeId node, Term term, NodeId candidate) {
  const HardState& durable = server(node).disk.durable().hard_state;
  const bool overtaken = durable.current_term > term;
  if (!overtaken && durable != HardState{term, candidate}) {
    violated("promise", fmt::format("n{} votes for n{} in term {}, which is not durable",
                                    node.value, candidate.value, term.value));
  }
  const auto [vote, is_new] = votes_.try_emplace({node, term}, candidate);
  if (vote->second != candidate) {
    violated("election_safety", fmt::format("n{} votes for n{} and n{} in term {}", node.value,
                                            vote->second.value, candidate.value, term.value));
  }
}

void Invariants::check_acknowledgement(NodeId node, const AppendEntriesReply& reply) {
  const Term durable = server(node).disk.durable().hard_state.current_term;
  if (durable > reply.asked_in) return;
  const auto leader = leaders_.find(reply.asked_in);
  const std::size_t match = reply.match_index.value;
  if (durable < reply.asked_in || leader == leaders_.end() || leader->second.log.size() < match ||
      (match > 0 && !durable_at(node, match, leader->second.log[match - 1]))) {
    violated("promise",
             fmt::format("n{} acknowledges index {} in term {}; durable: {}", node.value, match,
                         reply.asked_in.value, text(server(node).disk.durable())));
  }
}

}  // namespace raft::test
