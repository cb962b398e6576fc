// SPDX-License-Identifier: Apache-2.0
// A cluster in memory whose network, disks, crashes and clients are drawn from one seed, judged by
// the invariants after every step. First everything goes wrong that may; then all heals, and the
// cluster must elect a leader and commit and apply everywhere within a bounded time.
#pragma once

#include <iosfwd>
#include <map>

#include "raft/random.h"
#include "tests/property/invariants.h"

namespace raft::test {

// What Raft builds on, broken on purpose: each shows that an invariant sees what it should.
enum class Flaw {
  none,
  disk_forgets_the_vote,    // after a crash votedFor is null
  disk_forgets_an_entry,    // after a crash the last durable entry is gone
  network_forges_votes,     // a denial arrives as a vote
  network_raises_acks,      // an acknowledgement names one entry more than it was sent with
  network_swaps_commands,   // an entry's command arrives changed
  network_accepts_for_all,  // a refusal arrives as an acknowledgement of all that was asked
};

// How much was seen to happen: a run in which nothing did shows nothing.
struct Sums {
  std::uint64_t steps = 0;
  std::uint64_t elections = 0;
  std::uint64_t truncations = 0;
  std::uint64_t crashes = 0;
  std::uint64_t lost_writes = 0;
  std::uint64_t lost_messages = 0;
  std::uint64_t committed = 0;
};

class RandomCluster {
 public:
  RandomCluster(std::uint64_t seed, std::size_t servers, Flaw flaw, std::ostream* trace);

  // Runs to the end, or to the first violation. The invariant `liveness` is violated by a cluster
  // that does not recover, `refused` by a server that refuses what a correct one sent.
  std::optional<Violation> run();
  const Sums& sums() const { return sums_; }

 private:
  // What goes wrong, and how often. Probabilities are per thousand.
  struct Weather {
    std::uint64_t loss = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t crash = 0;     // of a server, after each of its steps
    std::uint64_t guess = 0;     // of an AppendEntries that starts elsewhere: nextIndex is a guess
    std::uint64_t straggle = 0;  // of a message that takes up to ten times as long
    Duration delay{};            // of a message: uniform up to here
    Duration sync{};             // of a disk; one sync makes all durable that was written before it
    Duration late{};             // of a wake-up
    Duration down{};             // from crash to restart
    Duration partition{};        // from one change of what is cut to the next; 0 for never
    Duration propose{};          // from one proposal to the next
  };
  struct Node {
    Settings settings;
    std::optional<Raft> raft;  // none while it is down
    Disk disk;
    WriteId syncing;  // the last write of the sync under way; 0 where there is none
    std::uint64_t incarnation = 0;
    std::optional<Time> wake_at;
  };
  struct Event {
    enum class Kind : std::uint8_t { deliver, synced, restart, partition, propose };
    Kind kind;
    NodeId node = {};
    std::uint64_t incarnation = 0;  // synced: the one that wrote
    Receive receive = {};           // deliver
  };

  void choose_weather();
  void choose_settings();
  void heal();
  void run_until(Time end);
  bool recovered() const;
  std::optional<NodeId> leader() const;
  void happen(const Event& event);
  void start(NodeId node);
  void crash(NodeId node);
  void step(NodeId node, const Input& input);
  void sync(NodeId node);
  void synced(NodeId node);
  void post(NodeId from, const Outgoing& outgoing);
  void guess(NodeId leader, Message& message);
  void tamper(Message& message) const;
  void cut();
  void propose();
  void schedule(Event event, Duration after);
  void log(NodeId node, const Input& input, const Output& out);
  bool failed() const { return violation_ || invariants_.violation(); }

  bool chance(std::uint64_t per_thousand) { return random_.below(1000) < per_thousand; }
  Duration up_to(Duration most);
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[random_.below(values.size())];
  }
  Node& at(NodeId node) { return nodes_[node.value - 1]; }
  NodeId any() { return NodeId{1 + random_.below(nodes_.size())}; }

  Random random_;
  Flaw flaw_;
  std::ostream* trace_;
  Weather weather_;
  std::vector<Node> nodes_;
  std::vector<NodeId> members_;
  std::vector<std::vector<bool>> blocked_;                  // [from - 1][to - 1]
  std::map<std::pair<Time, std::uint64_t>, Event> events_;  // by time, then as they were made
  std::uint64_t order_ = 0;
  Time now_{};
  bool healed_ = false;
  std::vector<std::pair<Index, Term>> probes_;  // proposals that were accepted since all healed
  Invariants invariants_;
  std::optional<Violation> violation_;
  Sums sums_;
};

}  // namespace raft::test
