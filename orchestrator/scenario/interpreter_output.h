// SPDX-License-Identifier: Apache-2.0
// What the interpreter asks for, and what it says of the run.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/protocol.h"
#include "orchestrator/scenario/scenario.h"
#include "orchestrator/workload/history.h"
#include "proxy/control.h"
#include "proxy/rules.h"

namespace scenario {

// What a run says of where it came from.
struct Origin {
  std::string cluster;    // "processes" or "simulated"
  std::string run_again;  // the command that runs the scenario again so
  std::string commit;     // that the program was built from
};

// What happened, or was done, in the words of faults.jsonl (docs/evidence.md).
struct RunStarted {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string cluster;
  unsigned nodes = 0;
  std::string run_again;
  std::string commit;
  std::vector<std::string> checks;   // all that apply, where none is named
  std::string kind = "squall-node";  // of the nodes
};
struct NodeStarted {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
};
struct NodeReady {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
  std::int64_t pid = 0;
};
struct NodeKilled {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
};
struct NodeEnded {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
  bool expected = false;
  int exit_code = -1;
  int signal = 0;
  std::string reason;
};
struct StepFired {
  int number = 0;  // as the steps stand in the file, counting nested ones, from 1
  std::string text;
};
struct TargetResolved {
  int number = 0;
  std::string word;
  std::vector<raft::NodeId> nodes;
};
// A fault of the machines that nodes run on.
struct Paused {};
using MachineFault = std::variant<Paused, node::SetClock, node::SlowDown>;
struct FaultStarted {
  std::string id;
  std::string fault;  // partition, delay, loss, kill, pause, slow, clock
  std::vector<raft::NodeId> targets;
  std::optional<proxy::Rule> rule;  // of a fault of the network
  bool may_not_match = false;
  std::optional<MachineFault> machine{};
};
struct FaultEnded {
  std::string id;
};
// An expectation or a wait was decided. Where it is about time, a failure is judged by how late the
// processes of the run were; where it is about safety, a failure is a failure on any machine.
struct Expectation {
  enum class About : std::uint8_t { time, safety };
  int number = 0;
  int line = 0;  // of the file; 0 where it stands in no file
  std::string text;
  bool met = false;
  std::string observed;
  About about = About::time;
};
// The steps are over.
struct Finishing {
  bool converge = true;  // all are to be brought to one state
};
struct ProbeCommitted {
  raft::Index log_index;
};
struct Converged {
  raft::Index log_index;
  std::uint64_t digest = 0;
};
struct NotConverged {
  std::string observed;
};
// The orchestrator itself acted so much too late.
struct Stalled {
  Duration late{};
};
struct RunEnded {
  enum class Reason : std::uint8_t {
    completed,
    expectation_failed,
    node_exited,  // which nobody asked for
    violation,    // a check has failed
    time_limit,
    interrupted,
  };
  Reason reason = Reason::completed;
  std::uint64_t history_lines = 0;  // of all that clients did: whoever writes them down says so
};
// For the reader of the run; the nodes' own evidence has it, too.
struct LeaderSeen {
  raft::NodeId node;
  raft::Term term;
};

using Happening =
    std::variant<RunStarted, NodeStarted, NodeReady, NodeKilled, NodeEnded, StepFired,
                 TargetResolved, FaultStarted, FaultEnded, Expectation, Finishing, ProbeCommitted,
                 Converged, NotConverged, Stalled, RunEnded, LeaderSeen>;

const char* name_of(RunEnded::Reason reason);

// What to do. What is to be written down stands before what it tells of.
struct Record {
  Happening happening;
};
struct StartNode {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
};
struct KillNode {
  raft::NodeId node;
};
struct PauseNode {
  raft::NodeId node;
};
struct ResumeNode {
  raft::NodeId node;
};
struct SendToNode {
  raft::NodeId node;
  node::ToNode message;
};
using Action =
    std::variant<Record, StartNode, KillNode, PauseNode, ResumeNode, SendToNode, proxy::Command>;

struct Output {
  std::vector<workload::Event> history;  // written before any action
  std::vector<Action> actions;           // in this order
};

}  // namespace scenario
