// SPDX-License-Identifier: Apache-2.0
// What holds after every step of every server of a cluster, whatever its network, its disks and its
// crashes do. It is told each start and each step, keeps its own account of what every disk must
// hold, and remembers across servers, terms and restarts what a single server cannot know.
//
// Figure 3 of the paper, under its names:
//   election_safety       at most one leader in a term; and one vote of a server in a term, across
//                         its restarts
//   leader_append_only    a leader overwrites and deletes nothing in its log
//   log_matching          an index and a term name one entry, and with it all entries before it
//   leader_completeness   what was committed in a term is in the log of every leader of later terms
//   state_machine_safety  no two servers commit or apply different entries at one index; each
//                         applies in order and once
// and what they rest on:
//   monotonic             term, vote within a term, commit index, applied index and a leader's
//                         matchIndex never go back
//   persistence           a server holds what it handed to its disk, and comes back with what was
//                         durable
//   promise               what a vote, a request for votes, an AppendEntries or an acknowledgement
//                         says is durable as it is sent
//   match_index           a leader's matchIndex is no more than what is durable at the follower
//   commit                what a leader commits is durable on a majority
#pragma once

#include <map>
#include <string>
#include <utility>

#include "raft/raft.h"
#include "tests/property/disk.h"

namespace raft::test {

struct Violation {
  std::string invariant;  // one of the names above
  std::string what;
};

class Invariants {
 public:
  explicit Invariants(std::vector<NodeId> members);

  // `node` came up, for the first time or after a crash, with what was `found` on its disk.
  void started(NodeId node, const Restored& found);
  // `node` took one step: its state after it, the input and the output.
  void stepped(NodeId node, const Raft& raft, const Input& input, const Output& out);

  // The first violation; what is seen after it is not looked at.
  const std::optional<Violation>& violation() const { return violation_; }
  // How many entries are known to be committed.
  std::size_t committed() const { return committed_.size(); }

 private:
  struct Server {
    bool started = false;
    Disk disk;
    Restored memory;  // what the disk will hold once all writes are durable
    WriteId last_write;
    Index commit_index;
    Index last_applied;
  };
  struct KnownEntry {
    Term prev_term;
    EntryKind kind;
    Command command;
  };
  struct Leadership {
    NodeId node;
    std::vector<Term> log;          // the terms of its entries
    std::map<NodeId, Index> match;  // its matchIndex for each follower
  };
  struct Committed {
    Term term;
    Term committed_in;  // the earliest term in which a server held it for committed
  };

  void check_write(NodeId node, const Raft& raft, const Output& out);
  void check_entries(NodeId node, std::size_t first);
  void check_hard_state(NodeId node, const HardState& before);
  void check_leader(NodeId node, const Raft& raft, const Output& out);
  void check_progress(NodeId node, const Raft& raft);
  void check_commit(NodeId node, const Raft& raft);
  void check_apply(NodeId node, const Raft& raft, const Output& out);
  void check_message(NodeId node, const Outgoing& outgoing);
  void check_vote(NodeId node, Term term, NodeId candidate);
  void check_acknowledgement(NodeId node, const AppendEntriesReply& reply);
  void check_completeness(Term leader_term, const Leadership& leadership, std::size_t index);
  bool durable_at(NodeId node, std::size_t index, Term term) const;
  Server& server(NodeId node) { return servers_.at(node); }
  void violated(const char* invariant, std::string what);

  std::map<NodeId, Server> servers_;
  std::map<std::pair<Index, Term>, KnownEntry> known_;
  std::map<Term, Leadership> leaders_;
  std::map<std::pair<NodeId, Term>, NodeId> votes_;
  std::vector<Committed> committed_;  // of index i at i - 1
  std::optional<Violation> violation_;
};

}  // namespace raft::test
