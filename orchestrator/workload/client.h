// SPDX-License-Identifier: Apache-2.0
// One client as a value: an operation is handed in, and comes out as requests to nodes and, in the
// end, as ok, fail or info. One operation is open at a time. A retry keeps the operation's number,
// so that it takes effect once however often it is tried (section 8 of the paper).
#pragma once

#include <optional>
#include <string>

#include "orchestrator/workload/history.h"
#include "raft/random.h"

namespace workload {

struct ClientSettings {
  std::string name;
  unsigned nodes = 1;           // n1 to nN, all of which it may ask
  bool reads_from_any = false;  // each get goes to a node drawn for it; else to the leader
  raft::Duration request_timeout{500'000};
  raft::Duration give_up_after{5'000'000};
  std::uint64_t seed = 0;
};

class Client {
 public:
  explicit Client(const ClientSettings& settings);

  const std::string& name() const { return settings_.name; }
  bool idle() const { return state_ == State::idle; }
  // Of the last operation invoked; the next one has the number after it.
  std::uint64_t request() const { return request_; }
  // When to call on_wake if no reply comes before. None while idle.
  std::optional<raft::Time> wake_at() const;

  // Only while idle.
  void invoke(node::Operation operation, raft::Time now, Output& out);
  // Replies to earlier operations, and to attempts that were given up, are told apart here.
  void on_reply(raft::NodeId from, const node::ClientReply& reply, raft::Time now, Output& out);
  void on_wake(raft::Time now, Output& out);
  // Ends an open operation, with what is known of it.
  void give_up(raft::Time now, Output& out);

 private:
  enum class State : std::uint8_t {
    idle,
    waiting,      // for target_'s answer
    backing_off,  // nobody can take it now: the next attempt waits
  };

  void attempt(raft::Time now, Output& out);
  void attempt_later(raft::Time now);
  void on_error(raft::NodeId from, const node::ClientReply& reply, raft::Time now, Output& out);
  Event event(EventKind kind, raft::Time now) const;
  raft::NodeId draw_node() { return raft::NodeId{random_.between(1, settings_.nodes)}; }
  bool spreads() const;  // the operation goes to any node
  void aim(raft::NodeId node);
  void aim_at_another();

  ClientSettings settings_;
  raft::Random random_;
  State state_ = State::idle;
  raft::NodeId leader_;   // as far as it knows
  raft::NodeId target_;   // whom the operation is asked of, now or next
  raft::NodeId in_turn_;  // whom it asked last of its own accord
  raft::Index known_;     // the newest place in the log of which an answer told
  raft::Index since_;     // that, as the operation was asked
  bool renewed_ = false;  // asked again with more
  std::uint64_t request_ = 0;
  node::Operation operation_;
  unsigned unresolved_ = 0;  // attempts that may have taken effect, or may yet
  unsigned hops_ = 0;        // hints followed since the last wait
  raft::Duration back_off_{};
  std::optional<node::ClientError> last_error_;
  raft::Time deadline_{};    // of the state
  raft::Time give_up_at_{};  // of the operation
};

}  // namespace workload
