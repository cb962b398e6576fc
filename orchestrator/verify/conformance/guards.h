// SPDX-License-Identifier: Apache-2.0
// One guard for each event of a node: which states before, for which cause, may take this
// transition. An independent reading of the paper ("In Search of an Understandable Consensus
// Algorithm", extended version) and, for the extensions, of Ongaro's dissertation. What only time
// decides (an election timeout, a silent quorum, a deadline, when to take a snapshot) is allowed
// wherever the role permits it.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/verify/conformance/state.h"

namespace verify::spec {

struct Breach {
  // What is broken, with its section: in quotation marks what the paper or the dissertation
  // says, without them how it is read here.
  std::string rule;
  std::string what;  // how
};

// Keeps the first breach.
class Judge {
 public:
  void require(bool holds, const char* rule, const char* what) {
    if (!holds && !breach_) breach_ = Breach{rule, what};
  }
  const std::optional<Breach>& breach() const { return breach_; }

 private:
  std::optional<Breach> breach_;
};

// steps.cpp: what holds for every line.
void guard_step(Judge& judge, const State& before, const NodeEvent& event);
void guard_outcome(Judge& judge, const State& after, const NodeEvent& event);

// elections.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const TimedOut& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const TermAdvanced& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const RoleChanged& e);
// votes.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const VoteGranted& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const VoteDenied& e);
// Whether the node certainly heard of a leader within the shortest election timeout, so that it may
// not help `candidate` to depose it.
bool hears_a_leader(const State& s, const NodeEvent& event, NodeId candidate);
// replication.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const EntriesAppended& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const LogTruncated& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const AppendRejected& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const ProgressChanged& e);
// Up to where a reply that is positive acknowledges; nothing where the cause is none.
std::optional<Index> acknowledged(const Cause& cause);
// Whether the log has this entry, as far as it can be told; what a snapshot stands for it has.
bool has_entry(const State& s, Index index, Term term);
// commit.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const CommitAdvanced& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const Applied& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const ReadServed& e);
// snapshots.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const SnapshotTaken& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const SnapshotInstalled& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const Restored& e);
// membership.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const ConfigChanged& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const Transfer& e);
// What these say is held against what the lines before said (state.h), or is of the machine.
inline void guard(Judge&, const State&, const NodeEvent&, const Started&) {}
inline void guard(Judge&, const State&, const NodeEvent&, const Recovered&) {}
inline void guard(Judge&, const State&, const NodeEvent&, const Persisted&) {}
inline void guard(Judge&, const State&, const NodeEvent&, const Stalled&) {}
// steps.cpp
void guard(Judge& judge, const State& s, const NodeEvent& event, const Refused& e);
void guard(Judge& judge, const State& s, const NodeEvent& event, const Stopped& e);

}  // namespace verify::spec
