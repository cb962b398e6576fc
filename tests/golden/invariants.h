// SPDX-License-Identifier: Apache-2.0
// What holds after every step of every server of a cluster, whatever its network, its disks, its
// clocks and its crashes do: looked at from above, and remembered across servers, terms and
// restarts, as no single server can. Figure 3 of the paper, under its names:
//   election_safety       one leader in a term; one vote of a server in a term, told or durable,
//                         across its restarts
//   leader_append_only    a leader overwrites and deletes nothing in its log
//   log_matching          an index and a term name one entry, and with it all entries before it
//   leader_completeness   what was committed in a term is in the log of every leader of later terms
//   state_machine_safety  no two servers commit or apply different entries at one index; each
//                         applies in order and once, what is durable there; a snapshot is the state
//                         and the configuration of the prefix that it stands for
// and what they rest on:
//   monotonic      term, vote within a term, commit index and a leader's matchIndex never go back;
//                  over a restart, what was applied is still there
//   persistence    a server holds what it handed to its disk, and comes up with what was durable
//   promise        what a vote, a request for votes, a leader's message or an acknowledgement says
//                  is durable as it is sent
//   match_index    a leader's matchIndex is no more than what is durable at the follower
//   commit         what a leader commits is durable on a quorum of its configuration, and the last
//                  of it is of its own term
//   window         what is in flight to a follower stays within the limits of the settings
//   read           a read is served from a state that has all that was committed when it was asked
//   configuration  the latest one in the log is in force; one follows the other as section 6 says,
//                  and any quorums of the two overlap
//   refused        no server refuses as impossible what another one sent
#pragma once

#include <stdexcept>

#include "tests/golden/server.h"

namespace raft::golden {

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Each call throws a Violation that begins with one of the names above.
class Invariants {
 public:
  explicit Invariants(const Servers& servers) : servers_(servers) {}

  // Another disk was put into `node`, before anything else happened.
  void replaced(NodeId node) { seen_.erase(node); }
  // `node` is about to crash, its disk as it is; it came up.
  void crashes(NodeId node) { seen_[node].crashed = server(node).disk; }
  void started(NodeId node);
  // More of what `node` wrote is durable; it is about to be told.
  void synced(NodeId node);
  // `node` took a step, its configuration having been `before`. Its write is with its disk.
  void stepped(NodeId node, const Configuration& before, const Output& out);
  // `node` took a step because of a message that another server sent.
  void received(NodeId node, const Output& out) const;
  // A client asks for a read; and `node` serves it from its state.
  void read_asked(ReadId read);
  void read_served(NodeId node, ReadId read) const;

  // How many entries are known to be committed.
  std::size_t committed() const { return committed_.size(); }

 private:
  struct Seen {  // of one server
    HardState hard_state;
    Index commit;
    Index applied;
    Index ever_applied;  // by any of its incarnations
    std::optional<Disk> crashed;
  };
  struct Known {
    Term prev_term;
    Entry entry;
  };
  struct Leadership {
    NodeId node;
    std::vector<Term> log;  // the terms of its entries, from index 1 on
    std::map<NodeId, Index> match;
  };
  struct Committed {
    Entry entry;
    Term committed_in;  // the earliest term in which a server held it for committed
  };

  const Server& server(NodeId node) const { return servers_.at(node); }

  // invariants.cpp
  void check_hard_state(NodeId node);
  void check_found(NodeId node);
  void vote(NodeId node, Term term, NodeId candidate);

  // invariants_of_logs.cpp
  void check_persistence(NodeId node, Index first_changed) const;
  void check_entries(NodeId node, Index first_changed);
  void check_leader(NodeId node, const Output& out);
  void check_complete(Term leader_term, const Leadership& leadership, Index index) const;
  void check_commit(NodeId node, const Configuration& before, const Output& out);
  void check_apply(NodeId node, const Output& out);
  void check_snapshot(NodeId node) const;
  void check_configuration(NodeId node) const;
  Configuration configuration_of(Index committed) const;
  std::string state_of(Index committed) const;

  // invariants_of_messages.cpp
  void check_message(NodeId node, const Outgoing& outgoing);
  void require_vote(NodeId node, Term term, NodeId candidate);
  void require_leader(NodeId node, Term term) const;
  void require_match(NodeId node, Term term, Index index) const;
  void check_progress(NodeId leader);
  void check_match(NodeId leader, const Progress& progress) const;

  const Servers& servers_;
  std::map<NodeId, Seen> seen_;
  std::map<std::pair<NodeId, Term>, NodeId> votes_;  // told or durable, before and after crashes
  std::map<std::pair<Index, Term>, Known> known_;
  std::map<Term, Leadership> leaders_;
  std::vector<Committed> committed_;  // of index i at i - 1
  std::map<ReadId, Index> reads_;     // what was committed when each was asked
};

}  // namespace raft::golden
