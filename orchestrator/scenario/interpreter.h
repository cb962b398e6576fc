// SPDX-License-Identifier: Apache-2.0
// A scenario as a value that is told what happens and says what to do: it starts the nodes, takes
// the steps one after the other, lets the clients work meanwhile, and brings the run to its end.
// Nothing in it blocks, and it has no time and no chance of its own; so it runs a cluster of
// processes and a simulated one alike.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cluster/cluster.h"
#include "orchestrator/scenario/interpreter_output.h"
#include "orchestrator/scenario/interpreter_stage.h"
#include "orchestrator/scenario/interpreter_steps.h"

namespace scenario {

class Interpreter {
 public:
  // `scenario` outlives it.
  Interpreter(const Scenario& scenario, Origin origin);

  // The first call, once.
  Output start(raft::Time now);
  // Everything that happens; `now` never goes back. Throws cluster::HarnessError where the
  // environment failed: a node that does not come up, a network that takes no rule.
  Output on(const cluster::Event& event, raft::Time now);
  // Ends the run before its time.
  Output cut(RunEnded::Reason reason, raft::Time now);

  // When to call `on` with DeadlineReached if nothing happens before.
  std::optional<raft::Time> wake_at() const;
  // Nothing more is to be done but to shut the cluster down.
  bool finished() const { return phase_ == Phase::over; }

  const View& view() const { return stage_.view(); }
  // What the scenario's clients got so far.
  workload::Counts counts();

 private:
  enum class Phase : std::uint8_t { booting, stepping, finishing, over };
  struct Frame {  // a list of steps under way
    const std::vector<Step>* steps = nullptr;
    std::size_t next = 0;
    unsigned times_left = 0;  // after this time
  };

  void take(const cluster::NodeMessage& event);
  void take(const cluster::NodeExited& event);
  void take(const cluster::NetworkReport& event);
  void take(const cluster::DeadlineReached&) {}
  void take(const cluster::Interrupted&);
  void take(raft::NodeId node, const node::Ready& ready);
  void take(raft::NodeId node, const node::Accepted& accepted);
  void take(raft::NodeId node, const node::ClientReply& reply);
  void take(raft::NodeId node, const node::Status& status);
  void take(raft::NodeId node, const node::Answer& answer);

  void advance();
  bool advance_boot();
  bool advance_step();
  // Begins the next step; false where there is none.
  bool begin_next();
  void check_readiness() const;
  void decide(const Outcome& outcome);
  void end(RunEnded::Reason reason);
  void number(const std::vector<Step>& steps);

  const Scenario& scenario_;
  Origin origin_;
  Stage stage_;
  Phase phase_ = Phase::booting;
  std::map<raft::NodeId, raft::Time> starting_;  // not ready yet: since when
  std::map<const Step*, int> numbers_;
  std::vector<Frame> frames_;
  const Step* step_ = nullptr;
  std::unique_ptr<RunningStep> running_;
};

}  // namespace scenario
