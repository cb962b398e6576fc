// SPDX-License-Identifier: Apache-2.0
// What holds after every step of every server, looked at from above: all servers, their disks and
// their applications, with snapshots and changes of the members. Figure 3 of the paper under its
// names: election_safety, leader_append_only, log_matching, leader_completeness,
// state_machine_safety; and what they rest on:
//   monotonic      term, vote and commit index of a server that is up never go back; nor does a
//                  restart bring what was not on its way to the disk
//   persistence    a server holds what it handed to its disk
//   promise        a vote, a request for votes, an acknowledgement is true on disk as it is sent
//   match_index    a leader's matchIndex is no more than what is durable at the follower
//   commit         what a leader commits is durable on a quorum of its configuration
//   read           a read is served from a state that has all that was committed when it was asked
//   configuration  the latest one in the log is in force; one follows the other as section 6 says
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

  // Another disk was put into `node`.
  void replaced(NodeId node) { hard_states_.erase(node); }
  // `node` came up.
  void started(NodeId node);
  // `node` took a step, its configuration having been `before`. Its write is with its disk.
  void stepped(NodeId node, const Configuration& before, const Output& out);
  // Its application has come to this index.
  void applied(NodeId node, Index index);
  // A client asks for a read; and `node` serves it from its state.
  void read_asked(ReadId read);
  void read_served(NodeId node, ReadId read) const;

 private:
  struct KnownEntry {
    Term prev_term;
    EntryKind kind;
    Command command;
  };
  struct Leadership {
    NodeId node;
    std::map<Index, Term> log;
  };
  struct Committed {
    Term term;
    Term committed_in;  // the earliest term in which a server held it for committed
  };

  void check_hard_state(NodeId node);
  void check_persistence(NodeId node) const;
  void check_log(NodeId node);
  void check_leader(NodeId node);
  void check_complete(Term leader_term, const Leadership& leadership) const;
  void check_commit(NodeId node, const Configuration& before);
  void check_match(NodeId node) const;
  void check_configuration(NodeId node) const;
  void check_message(NodeId node, const Outgoing& outgoing);
  void check_snapshot(NodeId node) const;
  const Server& server(NodeId node) const { return servers_.at(node); }

  const Servers& servers_;
  std::map<NodeId, HardState> hard_states_;  // as durable at the last start, or as seen since
  std::map<NodeId, Index> commits_;
  std::map<std::pair<NodeId, Term>, NodeId> votes_;  // as told, before and after crashes
  std::map<std::pair<Index, Term>, KnownEntry> known_;
  std::map<Term, Leadership> leaders_;
  std::map<Index, Committed> committed_;
  std::map<ReadId, Index> reads_;        // what was committed when each was asked
  std::map<Index, std::string> states_;  // of the application after each index
};

}  // namespace raft::golden
