// SPDX-License-Identifier: Apache-2.0
// Commands that a step hands to one node, once, as the lab's Start() does: each is the one
// operation of a client of its own, so that no retry and no session mixes with it.
#pragma once

#include <map>
#include <string>

#include "orchestrator/workload/history.h"

namespace scenario {

class Calls {
 public:
  struct Call {
    workload::Event asked;  // its line in the history
    raft::NodeId to;
    std::optional<node::Accepted> accepted;  // in the log of a leader, no more
    std::optional<raft::Index> ok;           // applied, and where it stands
    std::optional<node::ClientError> error;

    bool open() const { return !ok && !error; }
  };

  // Hands a put of a unique value to `to`. Returns the client's name: PREFIX.N.
  std::string put(const std::string& prefix, raft::NodeId to, raft::Time now,
                  workload::Output& out);
  const Call& at(const std::string& client) const { return calls_.at(client); }

  // Messages for other clients are ignored.
  void on_accepted(const node::Accepted& accepted);
  void on_reply(raft::NodeId from, const node::ClientReply& reply, raft::Time now,
                workload::Output& out);
  // What became of those that are still open is not known.
  void give_up(raft::Time now, workload::Output& out);

 private:
  std::map<std::string, Call> calls_;
  unsigned last_ = 0;
  raft::Index known_;  // the newest of which a reply told
};

}  // namespace scenario
