// SPDX-License-Identifier: Apache-2.0
// "State Machine Safety: if a server has applied a log entry at a given index to its state machine,
// no other server will ever apply a different log entry for the same index" (Figure 3, section
// 5.4.3), nor the same server after a restart. Each incarnation applies from 1 on, or from where
// the snapshot ends that its state is of, without a gap and nothing that it does not know to be
// committed; its commitIndex never goes back and what it covers is never deleted; reads are
// answered from the state that they name; equal logs give equal states.
#include <map>

#include <fmt/format.h>

#include "node/digest.h"
#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "State Machine Safety (Figure 3, section 5.4.3): if a server has applied a log entry at a "
    "given index, no other server will ever apply a different log entry for the same index.";
constexpr const char* kOrder =
    "All servers (Figure 2): if commitIndex > lastApplied, increment lastApplied and apply "
    "log[lastApplied].";
constexpr const char* kCommit =
    "Volatile state (Figure 2): commitIndex is the highest log entry known to be committed and "
    "increases monotonically.";
constexpr const char* kSnapshot =
    "InstallSnapshot (Figure 13): discard the entire log, and reset state machine using snapshot "
    "contents.";
constexpr const char* kRead =
    "Reads (dissertation, 6.4): the server waits for its state machine to advance at least as far "
    "as the readIndex, and replies with the results.";
constexpr const char* kState =
    "State machines (section 2): since they are deterministic and are given the same commands, "
    "each computes the same state.";

class StateMachineSafety final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    Server& server = servers_[event.node];
    std::visit([&](const auto& what) { take(server, event, what); }, event.what);
  }

  Conclusion conclude(const Ending&) override {
    if (applied_.empty() && states_.empty()) return {};
    return having_seen(fmt::format("{} applied, {} compared",
                                   count(applied_.size(), "entry", "entries"),
                                   count(compared_, "state")));
  }

 private:
  struct Server {  // of the incarnation under way
    Index applied;
    std::uint64_t digest = 0;  // chained, up to `applied`
    Index commit;
    std::optional<LogEntry> installed;  // a snapshot that the state is to become
    Where applied_at;
    Where commit_at;
  };
  struct First {  // who applied an entry first, and as what
    AppliedEntry entry;
    NodeId node;
    Where where;
  };
  struct State {
    std::uint64_t digest = 0;
    NodeId node;
    Where where;
    bool compared = false;
  };

  void take(Server& server, const NodeEvent&, const Started&) { server = {}; }
  void take(Server& server, const NodeEvent& event, const Recovered& recovered) {
    const LogEntry& snapshot = recovered.snapshot;
    if (snapshot.index == Index{}) return;
    server.commit = server.applied = snapshot.index;
    server.digest = snapshot.digest;
    server.commit_at = server.applied_at = event.where;
    state_is(event, {snapshot.index, recovered.state_digest});
  }
  void take(Server& server, const NodeEvent& event, const CommitAdvanced& advanced) {
    if (advanced.from_commit_index != server.commit || advanced.commit_index <= server.commit) {
      violated(fmt::format("{} {} takes its commitIndex from {} to {}, where it was {}.", kCommit,
                           node::node_name(event.node), advanced.from_commit_index.value,
                           advanced.commit_index.value, server.commit.value),
               {event.where, server.commit_at});
    }
    server.commit = advanced.commit_index;
    server.commit_at = event.where;
  }
  void take(Server& server, const NodeEvent& event, const LogTruncated& truncated) {
    if (truncated.first > server.commit) return;
    violated(fmt::format("{} {} deletes entries {} to {} although it knows all up to {} to be "
                         "committed.",
                         kCommit, node::node_name(event.node), truncated.first.value,
                         truncated.last.value, server.commit.value),
             {event.where, server.commit_at});
  }
  void take(Server& server, const NodeEvent& event, const SnapshotTaken& taken) {
    if (taken.last.index > server.applied) {
      violated(fmt::format("{} {} has a snapshot of its state after entry {}, but it has applied "
                           "only up to {}.",
                           kOrder, node::node_name(event.node), taken.last.index.value,
                           server.applied.value),
               {event.where, server.applied_at});
    }
    state_is(event, {taken.last.index, taken.state_digest});
  }
  void take(Server& server, const NodeEvent& event, const SnapshotInstalled& installed) {
    if (installed.last.index <= server.commit) {
      violated(fmt::format("{} {} replaces its log by a snapshot up to {} although it knows all up "
                           "to {} to be committed.",
                           kCommit, node::node_name(event.node), installed.last.index.value,
                           server.commit.value),
               {event.where, server.commit_at});
    }
    server.commit = installed.last.index;
    server.commit_at = event.where;
    server.installed = installed.last;
  }
  void take(Server& server, const NodeEvent& event, const Restored& restored) {
    const bool that = server.installed && server.installed->index == restored.log_index &&
                      server.installed->digest == restored.digest;
    if (!that) {
      violated(fmt::format("{} {} takes the state of a snapshot up to {} with digest {}; {}.",
                           kSnapshot, node::node_name(event.node), restored.log_index.value,
                           node::digest_text(restored.digest),
                           server.installed
                               ? fmt::format("the one that it installed goes up to {} with {}",
                                             server.installed->index.value,
                                             node::digest_text(server.installed->digest))
                               : "it has installed none"),
               {event.where, server.commit_at});
    }
    server.installed.reset();
    server.applied = restored.log_index;
    server.digest = restored.digest;
    server.applied_at = event.where;
    state_is(event, {restored.log_index, restored.state_digest});
  }
  void take(Server& server, const NodeEvent& event, const ReadServed& read) {
    if (read.log_index < read.read_index) {
      violated(fmt::format("{} {} answers {}, granted at {}, from the state after entry {}.", kRead,
                           node::node_name(event.node), request_name(read.client, read.request),
                           read.read_index.value, read.log_index.value),
               {event.where, server.applied_at});
    }
    if (read.log_index == server.applied && read.digest == server.digest) return;
    violated(
        fmt::format("{} {} answers {} from a state after entry {} with digest {}; it has "
                    "applied up to {}, with digest {}.",
                    kRead, node::node_name(event.node), request_name(read.client, read.request),
                    read.log_index.value, node::digest_text(read.digest), server.applied.value,
                    node::digest_text(server.digest)),
        {event.where, server.applied_at});
  }
  void take(Server& server, const NodeEvent& event, const Applied& applied) {
    if (server.installed) {
      violated(
          fmt::format("{} {} applies entry {} before it has the state of the snapshot up to {} "
                      "that took the place of its log.",
                      kSnapshot, node::node_name(event.node),
                      applied.entries.front().entry.index.value, server.installed->index.value),
          {event.where, server.commit_at});
    }
    for (const AppliedEntry& entry : applied.entries) {
      in_order(server, event, entry);
      as_everyone(event, entry);
    }
    if (server.applied > server.commit || server.commit != applied.commit_index) {
      violated(fmt::format("{} {} applied up to {} and says that its commitIndex is {}; it had "
                           "advanced that to {}.",
                           kOrder, node::node_name(event.node), server.applied.value,
                           applied.commit_index.value, server.commit.value),
               {event.where, server.commit_at});
    }
    server.applied_at = event.where;
    if (applied.state) state_is(event, *applied.state);
  }
  void take(Server& server, const NodeEvent& event, const Stopped& stopped) {
    if (stopped.applied_index != server.applied || stopped.commit_index != server.commit) {
      violated(fmt::format("{} {} stops and says that it applied up to {} and knew {} to be "
                           "committed; by its lines these are {} and {}.",
                           kOrder, node::node_name(event.node), stopped.applied_index.value,
                           stopped.commit_index.value, server.applied.value, server.commit.value),
               {event.where, server.applied_at, server.commit_at});
    }
    state_is(event, {stopped.applied_index, stopped.state_digest});
  }
  template <class Other>
  void take(Server&, const NodeEvent&, const Other&) {}

  void in_order(Server& server, const NodeEvent& event, const AppliedEntry& entry) {
    const Index index = entry.entry.index;
    if (index != server.applied.next()) {
      violated(fmt::format("{} {} applies entry {} after {} in its incarnation {}.", kOrder,
                           node::node_name(event.node), index.value, server.applied.value,
                           event.incarnation),
               {event.where, server.applied_at});
    }
    server.applied = index;
    server.digest = entry.entry.digest;
  }

  void as_everyone(const NodeEvent& event, const AppliedEntry& entry) {
    const auto [place, first] =
        applied_.try_emplace(entry.entry.index, First{entry, event.node, event.where});
    if (first) return;
    const First& other = place->second;
    const AppliedEntry& o = other.entry;
    const bool same = o.entry.term == entry.entry.term && o.entry.digest == entry.entry.digest &&
                      o.client == entry.client && o.request == entry.request &&
                      o.effect == entry.effect && o.kind == entry.kind;
    if (same) return;
    violated(fmt::format("{} The first entry that differs is {}: {} applied {}, {} (incarnation "
                         "{}) {}.",
                         kRule, entry.entry.index.value, node::node_name(other.node), text_of(o),
                         node::node_name(event.node), event.incarnation, text_of(entry)),
             {event.where, other.where});
  }

  static std::string text_of(const AppliedEntry& entry) {
    const char* effect = entry.effect == Effect::effective   ? ""
                         : entry.effect == Effect::duplicate ? " as a duplicate"
                         : entry.effect == Effect::stale     ? " as stale"
                                                             : " as expired";
    return fmt::format("{}{} of term {} with digest {}",
                       entry.is_command() ? request_name(entry.client, entry.request) : entry.kind,
                       effect, entry.entry.term.value, node::digest_text(entry.entry.digest));
  }

  void state_is(const NodeEvent& event, const StateDigest& state) {
    const auto [place, first] =
        states_.try_emplace(state.log_index, State{state.digest, event.node, event.where});
    State& other = place->second;
    if (first) return;
    if (!other.compared) ++compared_;
    other.compared = true;
    if (other.digest == state.digest) return;
    violated(fmt::format("{} After entry {} the state of {} has digest {}, that of {} "
                         "(incarnation {}) has {}.",
                         kState, state.log_index.value, node::node_name(other.node),
                         node::digest_text(other.digest), node::node_name(event.node),
                         event.incarnation, node::digest_text(state.digest)),
             {event.where, other.where});
  }

  std::map<NodeId, Server> servers_;
  std::map<Index, First> applied_;
  std::map<Index, State> states_;
  std::uint64_t compared_ = 0;
};

}  // namespace

std::unique_ptr<Check> state_machine_safety() {
  return std::make_unique<StateMachineSafety>();
}

}  // namespace verify
