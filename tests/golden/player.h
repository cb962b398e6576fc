// SPDX-License-Identifier: Apache-2.0
// Carries out the lines of a script, one at a time: "verb word key=value", n1 being a server.
//
//   cluster n=3 [voters=1,2 learners=3] [profile=figure2|default] [setting=value ...]
//           [disk=at_once|when_told] [seed=1] [flaw=disk_forgets_the_vote]
//   given n1 term=3 [vote=n2] [log=1,1,3]  before all else: the log by its entries' terms
//   timeout n1             its election timer ends
//   tick n1 50ms           time passes, and only n1 is woken
//   advance 50ms           time passes, and each is woken when it asked for it
//   run 50ms               the same, while messages and writes take no time
//   clock n1 rate=105      from now on its clock runs at 105 hundredths of the time
//   deliver | drop | duplicate | hold | release [n1->n2] [type] [nth=2]  of what is in flight
//   stabilize              deliver and sync until nothing is left, but what is held
//   cut n1->n2 | n1-n2     from now on, messages sent this way, or both ways, are lost
//   isolate n1             cut from and to all others
//   heal                   nothing is cut
//   sync n1|all [up_to=2]  with disk=when_told: writes are durable, up to w2
//   crash n1 [keep=1] [torn]  the first of the pending writes survive; of the next the snapshot
//                          does
//   restart n1 [setting=value ...]
//   propose n1 C1 C2       in one input
//   compact n1 [up_to=4]
//   append n1->n2 next=3 [entries=2]  what the leader n1 may send to n2
//   forge n2->n1 append_entries|install_snapshot|request_vote_reply term=1   what n2 never sent:
//   with
//                          no entries, up to i1, granted
//   members n1 voters=1,2,3 [learners=4]
//   transfer n1 n2
//   read n1 r1
//   converge [within=20s]  all heals and comes up: then a leader commits, and all members agree
//   show | log | progress n1 ...|all;  flight
// Any of them may end in "brief": only the outcomes are told.
#pragma once

#include "tests/golden/arguments.h"
#include "tests/golden/cluster.h"

namespace raft::golden {

class Player {
 public:
  // A silent one gives no account.
  explicit Player(bool silent) : account_(silent) {}

  // Carries out one line. Throws std::invalid_argument where it can't be understood or carried out,
  // a Violation where an invariant is violated.
  void play(std::string line);
  // What happened since it was last taken.
  std::string account() { return account_.take(); }
  // std::invalid_argument where there is none yet.
  const Cluster& cluster() const;

 private:
  using Verb = void (Player::*)(Arguments&);
  static const std::map<std::string, Verb>& verbs();

  void begin(Arguments& a);
  void given(Arguments& a);
  void timeout(Arguments& a) { its().timeout(node(a)); }
  void tick(Arguments& a);
  void advance(Arguments& a) { its().advance(duration_from(a.word())); }
  void run(Arguments& a) { its().run(duration_from(a.word())); }
  void clock(Arguments& a);
  void stabilize(Arguments&) { its().stabilize(); }
  void converge(Arguments& a);
  void deliver(Arguments& a) { some(its().deliver(picked(a))); }
  void drop(Arguments& a) { some(its().drop(picked(a))); }
  void duplicate(Arguments& a) { some(its().duplicate(picked(a))); }
  void hold(Arguments& a) { some(its().hold(picked(a))); }
  void release(Arguments& a) { some(its().release(picked(a))); }
  void cut(Arguments& a);
  void isolate(Arguments& a);
  void heal(Arguments&) { its().heal(); }
  void sync(Arguments& a);
  void crash(Arguments& a);
  void restart(Arguments& a);
  void propose(Arguments& a);
  void compact(Arguments& a);
  void append(Arguments& a);
  void forge(Arguments& a);
  void members(Arguments& a);
  void transfer(Arguments& a);
  void read(Arguments& a);
  void show(Arguments& a);
  void log(Arguments& a);
  void progress(Arguments& a);
  void flight(Arguments& a);

  Cluster& its();
  NodeId node(const std::string& name);
  NodeId node(Arguments& a) { return node(a.word()); }
  std::vector<NodeId> nodes(Arguments& a);
  std::vector<NodeId> existing(const std::string& list);    // "1,2,3"
  std::pair<NodeId, NodeId> link(const std::string& text);  // "n1->n2"
  Cluster::Which picked(Arguments& a);
  static void some(std::size_t count) {
    if (count == 0) throw std::invalid_argument("no such message is in flight");
  }

  Account account_;
  std::optional<Cluster> cluster_;
};

}  // namespace raft::golden
