// SPDX-License-Identifier: Apache-2.0
// What the steps of a scenario work on: the nodes and the network as far as they are known, the
// clients, and what is to be done about them.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "orchestrator/scenario/interpreter_calls.h"
#include "orchestrator/scenario/interpreter_node_faults.h"
#include "orchestrator/scenario/interpreter_output.h"
#include "orchestrator/scenario/resolve.h"
#include "orchestrator/workload/workload.h"

namespace scenario {

class Stage {
 public:
  explicit Stage(const Scenario& scenario);

  const Scenario& scenario() const { return scenario_; }
  View& view() { return view_; }
  const View& view() const { return view_; }
  Calls& calls() { return calls_; }
  // Clients of the scenario; null where it has none.
  workload::Workload* load() { return load_ ? &*load_ : nullptr; }
  raft::Time now() const { return now_; }
  void set_now(raft::Time now) { now_ = now; }

  void record(Happening happening) { out_.actions.push_back(Record{std::move(happening)}); }
  void send(raft::NodeId node, node::ToNode message);
  // Lets a client act, and takes what it asks for.
  template <class Act>
  void with_clients(Act&& act) {
    workload::Output out;
    act(out);
    take(std::move(out));
  }

  // Nodes. Starting a node that is up, or killing one that is down, does nothing; one that was
  // killed and has not ended yet is started when it has.
  void start(raft::NodeId node);
  void kill(raft::NodeId node);
  bool was_killed(raft::NodeId node) const { return killed_.count(node) != 0; }
  void became_ready(raft::NodeId node);
  void ended(raft::NodeId node);

  // The network. A change is in effect when its id was acknowledged.
  std::uint64_t change(proxy::Change change);
  void acknowledged(std::uint64_t command) { unacknowledged_.erase(command); }
  bool is_in_effect(std::uint64_t command) const { return unacknowledged_.count(command) == 0; }

  // Faults that are in force, by id: of the network, and of nodes' machines. A heal of what is not
  // in force does nothing; only one of the network's has a command to wait for.
  std::uint64_t start_fault(const FaultStarted& fault, std::vector<raft::NodeId> isolated);
  void start_fault(const FaultStarted& fault, const MachineFault& machine);
  std::optional<std::uint64_t> heal(const std::string& id);
  std::optional<std::uint64_t> heal_all();

  // Things to come that no step waits for.
  void heal_at(raft::Time at, const std::string& id);
  void restart_at(raft::Time at, raft::NodeId node);
  void run_due();
  void forget_what_is_to_come() { to_come_.clear(); }

  // Asks the network what became of the messages; the view has it when the id was acknowledged.
  std::uint64_t ask_totals();

  // Asks all nodes that are ready for their status; what they answer is known under this number.
  std::uint64_t ask_status();
  bool all_answered(std::uint64_t request) const;  // of those that were asked and are still up

  // An id for a question to one node that no other question has.
  std::uint64_t new_question() { return ++last_question_; }

  // Resolves and records, for the step of this number.
  std::vector<raft::NodeId> resolve(const Target& target, int step);
  void remember(const std::string& id, std::vector<raft::NodeId> nodes);
  std::optional<raft::Time> fired_at(const std::string& id) const;

  std::optional<raft::Time> wake_at() const;
  std::optional<raft::Time> clients_wake_at() const;
  Output take_output() { return std::exchange(out_, {}); }

 private:
  struct ToCome {
    std::string heal;      // a fault's id, or empty:
    raft::NodeId restart;  // a node
  };

  void take(workload::Output out);
  bool heal_machines(const std::string& id);
  void settle(raft::NodeId node);

  const Scenario& scenario_;
  raft::Time now_{};
  View view_;
  raft::Random random_;
  Calls calls_;
  std::optional<workload::Workload> load_;
  Remembered remembered_;
  std::map<std::string, raft::Time> fired_at_;
  std::set<raft::NodeId> killed_;        // and not yet known to have ended
  std::set<raft::NodeId> start_at_end_;  // of these: to be started as soon as it has
  std::uint64_t last_command_ = 0;
  std::set<std::uint64_t> unacknowledged_;
  std::set<std::string> in_force_;  // ids of faults of the network
  NodeFaults node_faults_;
  std::multimap<raft::Time, ToCome> to_come_;
  std::uint64_t last_status_request_ = 0;
  std::vector<raft::NodeId> asked_;  // for their status, last
  std::uint64_t last_question_ = 0;
  Output out_;  // of the call under way
};

}  // namespace scenario
