// SPDX-License-Identifier: Apache-2.0
// What a run left behind, as values: one type for each kind of line that docs/evidence.md lists,
// with the fields that a check or a reader may ask for. An Observer is given them one by one: while
// the run goes on or from its folder afterwards, it is the same code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "node/protocol.h"
#include "orchestrator/verify/cause.h"
#include "raft/types.h"

namespace verify {

using raft::Index;
using raft::NodeId;
using raft::Role;
using raft::Term;
using raft::Time;

// Where a line stands.
struct Where {
  static constexpr std::uint32_t kFaults = 0;
  static constexpr std::uint32_t kHistory = 1;
  static constexpr std::uint32_t kNetwork = 2;
  static constexpr std::uint32_t kNodes = 3;  // n1's is the one after this

  std::uint32_t file = kFaults;
  std::uint32_t line = 0;  // from 1; 0: no line
  friend bool operator==(const Where&, const Where&) = default;
};
// The file's path inside the run folder: "nodes/n1.jsonl".
std::string file_name(std::uint32_t file);
inline std::uint32_t file_of(NodeId node) {
  return Where::kNodes + static_cast<std::uint32_t>(node.value);
}

// ---- nodes/n1.jsonl ----

struct LogEntry {
  Index index;
  Term term;
  std::uint64_t digest = 0;  // chained over all entries up to this one
};
// The state after an entry, recomputed.
struct StateDigest {
  Index log_index;
  std::uint64_t digest = 0;
};

// What of the algorithm a node was set to.
struct Protocol {
  raft::Duration election_timeout_min{};
  bool noop_on_election = false;
  bool pre_vote = false;
  bool check_quorum = false;
  bool leader_stickiness = false;
  enum class Reads : std::uint8_t { log, read_index, lease } reads = Reads::log;
  std::uint64_t trailing_entries = 0;  // kept in the log behind a snapshot of its own
};
// When it was to take snapshots, and how it was to send them.
struct Compaction {
  std::uint64_t snapshot_threshold = 0;  // entries applied since the last one; 0: never
  std::uint64_t snapshot_chunk_bytes = 0;
  std::uint64_t max_snapshot_bytes = 0;  // a larger one is not taken
};
struct Started {
  std::int64_t pid = 0;
  Configuration first_configuration;  // index 0's
  std::uint64_t max_sessions = 0;     // 0: no limit
  Time election_timeout_min{};
  Time election_timeout_max{};
  Time heartbeat_interval{};
  std::optional<Protocol> protocol{};  // nothing: this kind of node does not say
  std::optional<Compaction> compaction{};
};
struct Recovered {  // the line's term is that on disk; so it is in Persisted
  NodeId voted_for;
  LogEntry last;                   // of the log
  LogEntry snapshot;               // what the snapshot stands for; index 0: there is none
  std::uint64_t state_digest = 0;  // of the state that was loaded from it
  std::uint64_t torn_bytes = 0;
};
struct Persisted {
  NodeId voted_for;
  Index log_index;
  std::uint64_t digest = 0;  // chained, up to log_index as it was when this write was handed out
  Index snapshot_index;
};
struct TimedOut {};
struct TermAdvanced {
  Term from_term;
};
struct RoleChanged {  // the line's role is the new one
  Role from_role = Role::follower;
  std::string reason;
  std::vector<NodeId> votes;  // to candidate: who gave a pre-vote; to leader: who elected it
  Index log_index;            // the log as the role is taken
  Term log_term;
  std::uint64_t digest = 0;
};
struct VoteGranted {
  NodeId candidate;
  Term candidate_term;
  bool pre_vote = false;  // promises nothing
};
struct VoteDenied {
  NodeId candidate;
  Term candidate_term;
  bool pre_vote = false;
  std::string reason;
};
struct EntriesAppended {
  std::vector<LogEntry> entries;
};
struct LogTruncated {
  Index first;
  Index last;
};
struct AppendRejected {
  NodeId leader;
  Term leader_term;
  Index prev_log_index;
  std::string reason;
};
struct ProgressChanged {
  NodeId peer;
  std::string from_replication;  // probe, replicate or snapshot
  std::string replication;
  Index match_index;
  Index next_index;
};
struct ConfigChanged {
  Index log_index;  // where the latest configuration of its log stands
  Configuration configuration;
};
struct Transfer {
  enum class Phase : std::uint8_t { started, sent_timeout_now, deadline_passed };
  Phase phase = Phase::started;
  NodeId target;
};
struct CommitAdvanced {
  struct Match {
    NodeId node;
    Index index;
  };
  Index from_commit_index;
  Index commit_index;
  Term log_term;
  std::uint64_t digest = 0;
  std::vector<Match> match;  // of a leader: what justified it
  // Of a follower: up to where the leader's message let it go; nothing where it was caused by no
  // message of a leader.
  std::optional<Index> told;
};
// Whether the state machine executed a command, or why not: it knew the request from before, or may
// have forgotten that it did.
enum class Effect : std::uint8_t { effective, duplicate, stale, expired };
struct AppliedEntry {
  LogEntry entry;
  std::string client;  // empty where no client sent it
  std::uint64_t request = 0;
  Effect effect = Effect::effective;
  std::string kind;  // where no client sent it: noop, configuration, malformed
  bool is_command() const { return !client.empty(); }
};
struct Applied {
  std::vector<AppliedEntry> entries;
  Index commit_index;
  std::optional<StateDigest> state;
};
struct ReadServed {  // of a read that is no entry
  std::string client;
  std::uint64_t request = 0;
  std::string key;
  Index read_index;  // granted at
  Index log_index;   // answered from the state after this entry
  std::uint64_t digest = 0;
};
struct SnapshotTaken {
  LogEntry last;  // that it stands for
  std::uint64_t state_digest = 0;
  std::uint64_t bytes = 0;
};
struct SnapshotInstalled {  // decided: the log is this snapshot and nothing else now
  NodeId leader;
  LogEntry last;
};
struct Restored {  // the state is that snapshot's now
  Index log_index;
  std::uint64_t digest = 0;
  std::uint64_t state_digest = 0;
};
struct Refused {
  std::string reason;
};
struct Stalled {  // whose line it is, ran so much later than it asked to be woken
  std::int64_t late_us = 0;
};
struct Stopped {
  Index log_index;
  Index commit_index;
  Index applied_index;
  std::uint64_t digest = 0;  // chained, up to applied_index
  std::uint64_t state_digest = 0;
};

// The hard state as a step found it.
struct Before {
  Term term;
  NodeId voted_for;
  friend bool operator==(const Before&, const Before&) = default;
};

struct NodeEvent {
  Where where;
  Time at{};
  Time clock{};  // `at` as the node's own clock had it, which a fault may have moved
  NodeId node;
  std::uint32_t incarnation = 0;
  std::uint64_t seq = 0;
  Term term;
  Role role = Role::follower;
  std::string name;  // the event's, as it stands in the line
  Cause cause;
  std::optional<Before> before;
  std::variant<Started, Recovered, Persisted, TimedOut, TermAdvanced, RoleChanged, VoteGranted,
               VoteDenied, EntriesAppended, LogTruncated, AppendRejected, ProgressChanged,
               ConfigChanged, Transfer, CommitAdvanced, Applied, ReadServed, SnapshotTaken,
               SnapshotInstalled, Restored, Refused, Stalled, Stopped>
      what;
};

// ---- history.jsonl ----

struct Operation {
  enum class Phase : std::uint8_t {
    invoke,
    ok,    // it took effect
    fail,  // it has no effect, now or later
    info,  // not known
  };
  Where where;
  Time at{};
  Phase phase = Phase::invoke;
  std::string client;
  std::uint64_t request = 0;
  node::OpKind op = node::OpKind::get;
  std::string key;
  std::string value;     // invoke: what to write; ok: what a get or a compare-and-set found
  std::string expected;  // invoke of a compare-and-set
  bool swapped = false;  // ok of a compare-and-set
  std::optional<Index> log_index;  // ok: where it stands in the log, or the state that a read saw
  NodeId node;                     // ok: who answered
  // What the client knew of the log as it asked first; of an end, as it asked last, where it asked
  // again with more.
  std::optional<Index> since;
};

// ---- faults.jsonl ----

struct RunStarted {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string cluster;  // "processes" or "simulated"
  unsigned nodes = 0;
  std::string run_again;                           // the command; empty where nothing was said
  std::string commit;                              // that the program was built from
  std::optional<std::vector<std::string>> checks;  // nothing said: all
  std::string kind{};                              // of the nodes; empty where nothing was said
  // Nodes of other kinds are judged by what their clients got.
  bool is_squall_node() const { return kind == "squall-node"; }
  bool offers_traces() const { return kind.empty() || is_squall_node(); }
};
struct NodeStarted {
  NodeId node;
  std::uint32_t incarnation = 0;
};
struct NodeReady {
  NodeId node;
  std::uint32_t incarnation = 0;
};
struct NodeKilled {
  NodeId node;
  std::uint32_t incarnation = 0;
};
struct NodeExited {
  NodeId node;
  std::uint32_t incarnation = 0;
  bool expected = false;
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  std::string reason;
};
struct StepFired {
  std::uint64_t number = 0;
  std::string text;
};
struct FaultStarted {
  std::string id;
  std::string fault;
  std::vector<std::string> targets;
  bool may_not_match = false;
  std::vector<std::pair<NodeId, NodeId>> links;  // of a partition: cut, from one to the other
};
struct FaultEnded {
  std::string id;
};
struct TargetResolved {
  std::string word;
  std::vector<std::string> nodes;
};
struct Expectation {
  std::string text;
  bool met = false;
  std::string observed;
  bool about_time = false;  // and not about safety: may fail for want of a processor
};
struct Probe {
  Index log_index;
};
struct Finishing {       // the steps are over
  bool converge = true;  // all are to be brought to one state, or the scenario says: not
};
struct Converged {
  Index log_index;
  std::uint64_t digest = 0;
};
struct NotConverged {
  std::string observed;
};
struct RunEnded {
  std::string reason;
  std::uint64_t history_lines = 0;  // that history.jsonl has
};

struct FaultEvent {
  Where where;
  Time at{};
  std::string name;
  std::variant<RunStarted, NodeStarted, NodeReady, NodeKilled, NodeExited, StepFired, FaultStarted,
               FaultEnded, TargetResolved, Expectation, Probe, Finishing, Converged, NotConverged,
               Stalled, RunEnded>
      what;
};

// ---- network.jsonl ----

struct RuleAdded {
  std::string rule;
};
struct RuleTotal {
  std::string rule;
  std::uint64_t matched = 0;
  std::uint64_t affected = 0;
};
struct NetworkTotal {
  std::uint64_t messages = 0;  // sent
  std::uint64_t bytes = 0;
  bool balanced = false;  // each message ended in exactly one outcome
};
struct TypeTotal {  // of messages of one type
  std::string type;
  bool request = false;        // or replies
  std::uint64_t messages = 0;  // sent
  std::uint64_t bytes = 0;
  std::uint64_t delivered = 0;  // messages
};
struct OtherNetworkEvent {};

struct NetworkEvent {
  Where where;
  Time at{};
  std::string name;
  std::variant<OtherNetworkEvent, RuleAdded, RuleTotal, TypeTotal, NetworkTotal, Stalled> what;
};

// Gets a run's evidence. The events of one node come in their order, and so do those of each other
// file; between files there is no order.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  virtual void on_node(const NodeEvent&) {}
  virtual void on_operation(const Operation&) {}
  virtual void on_fault(const FaultEvent&) {}
  virtual void on_network(const NetworkEvent&) {}
};

}  // namespace verify
