// SPDX-License-Identifier: Apache-2.0
// A cluster of Raft objects in which nothing happens by itself: messages stay in flight, clocks
// stand and, where it is asked for, writes stay pending until they are told otherwise. Everything
// that happens goes into an account, and every step is held to the invariants. What a correct
// server asserts of itself and finds untrue is a Violation too.
#pragma once

#include <functional>
#include <list>

#include "tests/golden/account.h"
#include "tests/golden/coverage.h"
#include "tests/golden/flaw.h"
#include "tests/golden/invariants.h"

namespace raft::golden {

struct InFlight {
  NodeId from;
  NodeId to;
  Message message;
  bool held = false;    // out of reach until it is released
  bool forged = false;  // no server sent it, so that it may be refused as impossible
};

enum class Sync {
  at_once,   // a write is durable when its step is over
  when_told  // when the script says so
};

class Cluster {
 public:
  // Servers 1 to `servers`, each set up like this one, come up empty. Their election timeouts are
  // drawn from `seed`.
  Cluster(std::size_t servers, const Settings& settings, Sync sync, Account& account,
          std::uint64_t seed = 0, Flaw flaw = Flaw::none);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Before anything else happened: this was on the disk of `node`.
  void given(NodeId node, Restored found);

  // The time goes to where the election timer of `node` ends, and only it is woken.
  void timeout(NodeId node);
  // The time goes on, and only `node` is woken.
  void tick(NodeId node, Duration duration);
  // The time goes on and each server is woken when it asked for it; messages stay where they are.
  void advance(Duration duration);
  // The same, while messages and writes take no time.
  void run(Duration duration);
  // From now on the clock of `node` runs at this rate.
  void clock(NodeId node, std::int64_t percent) { servers_.at(node).clock.run_at(percent); }
  // Messages are delivered and writes made durable until nothing is left to do.
  void stabilize();
  // Nothing is cut, held or down any more. Then the cluster recovers: a leader commits a command,
  // "probe", and all members of its configuration apply it and have equal states; no read is left
  // unanswered. A Violation, `liveness`, where that takes longer than `limit`.
  void converge(Duration limit);

  using Which = std::function<bool(const InFlight&)>;
  // What is in flight, picked and not held; what that causes stays in flight. All of these return
  // how many.
  std::size_t deliver(const Which& which);
  std::size_t drop(const Which& which);
  std::size_t duplicate(const Which& which);
  std::size_t hold(const Which& which);
  std::size_t release(const Which& which);  // of those that are held

  void sync(NodeId node, std::optional<WriteId> up_to);
  void crash(NodeId node, std::size_t survivors, bool torn);
  void restart(NodeId node);
  // From now on, messages sent this way are lost.
  void cut(NodeId from, NodeId to) { cut_.insert({from, to}); }
  void heal() { cut_.clear(); }

  void input(NodeId node, Input input) { step(node, std::move(input)); }
  // What the leader `from` would send to `to` if this were its nextIndex and it could send no more
  // entries: "nextIndex is a guess as to what prefix the leader shares with a given follower"
  // (students' guide), and a correct leader may make any.
  void append(NodeId from, NodeId to, Index next, std::size_t max_entries);
  // This is in flight, though no correct server would have sent it.
  void forge(NodeId from, NodeId to, Message message);
  void compact(NodeId node, std::optional<Index> up_to);
  void read(NodeId node, const std::string& name);

  bool is_up(NodeId node) const { return servers_.at(node).raft.has_value(); }
  bool is_cut() const { return !cut_.empty(); }
  const Servers& servers() const { return servers_; }
  // Who leads the latest term that anyone leads; nobody where no one does.
  NodeId leader() const;
  Settings& settings(NodeId node) { return servers_.at(node).settings; }
  const std::list<InFlight>& in_flight() const { return in_flight_; }
  const Coverage& coverage() const { return coverage_; }

 private:
  void start(NodeId node);
  Output step(NodeId node, Input input);
  void tell_output(NodeId node, const Output& out);
  void apply(NodeId node, const Output& out);
  void answer_reads(NodeId node);
  std::list<InFlight> take(const Which& which);
  void post(NodeId node, const Outgoing& outgoing);
  void hand_over(InFlight message);
  bool do_one_thing();
  bool wake_next(Time end);
  void pass(Duration duration);
  bool has_converged() const;
  void probe();
  Server& up(NodeId node);

  Sync sync_;
  Account& account_;
  std::uint64_t seed_;
  Flaw flaw_;
  Servers servers_;
  Invariants invariants_;
  Coverage coverage_;
  std::list<InFlight> in_flight_;
  std::set<std::pair<NodeId, NodeId>> cut_;
  std::map<ReadId, std::string> reads_;
  Time now_{};  // the true time
};

}  // namespace raft::golden
