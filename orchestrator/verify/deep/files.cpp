// SPDX-License-Identifier: Apache-2.0
// Each node's disk is read as if the node came up once more, and what is found there is held
// against what the node said of itself, by the rules that hold for every start after a crash: term
// and vote, log and snapshot are the last ones known durable or some that were decided since, entry
// by entry, as the chained digest of the commands on disk says. The state is that of the snapshot's
// bytes, and for a node that stopped in order the one that its own commands give from there on; a
// node that says that it applied something else than it did is told by that.
#include "orchestrator/verify/deep/files.h"

#include <map>

#include <fmt/format.h>

#include "node/digest.h"
#include "orchestrator/verify/deep/node_files.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/replicated_state.h"

namespace verify {
namespace {

constexpr const char* kFiles =
    "Files (Figure 2, section 7): stable storage holds what a node says.";

class Files final : public Check {
 public:
  explicit Files(const std::filesystem::path& folder)
      : folder_(folder),
        rules_(make_checks({"election_safety", "log_matching", "state_machine_safety"})) {}

  void on_node(const NodeEvent& event) override {
    for (const NamedCheck& rule : rules_)
      rule.check->on_node(event);
    Server& server = servers_[event.node];
    server.last_line = event;
    if (const auto* started = std::get_if<Started>(&event.what)) server.started = *started;
    if (const auto* stopped = std::get_if<Stopped>(&event.what)) {
      server.stopped = *stopped;
    } else {
      server.stopped.reset();
    }
  }

  Conclusion conclude(const Ending& ending) override {
    if (!ending.whole) return cannot_tell("the evidence is not whole");
    for (const auto& [node, server] : servers_) {
      const std::filesystem::path there = folder_ / "nodes" / node::node_name(node);
      if (!server.started || failed()) continue;
      if (!std::filesystem::is_directory(there)) {
        return cannot_tell(fmt::format("{} is not there", there.string()));
      }
      judge(node, server, there);
    }
    if (nodes_ == 0) return {};
    return having_seen(fmt::format("{}, {}, {}, {}", count(nodes_, "node"),
                                   count(entries_, "entry", "entries"),
                                   count(snapshots_, "snapshot"), count(states_, "state")));
  }

 private:
  struct Server {
    NodeEvent last_line;
    std::optional<Started> started;  // as it was last
    std::optional<Stopped> stopped;  // the last that it said
  };
  struct Found {
    LogEntry last;
    LogEntry snapshot;
    ReplicatedState state;  // the snapshot's
  };

  void judge(NodeId node, const Server& server, const std::filesystem::path& there) {
    std::string problem;
    const NodeFiles stored = read_node_files(there, problem);
    Found found;
    found.state.limit_sessions(server.started->max_sessions);
    if (problem.empty()) problem = digest_all(stored, found);
    if (!problem.empty()) {
      violated(fmt::format("{} Of {}: {}.", kFiles, node::node_name(node), problem),
               {server.last_line.where});
      return;
    }
    ++nodes_;
    entries_ += stored.entries.size();
    if (stored.snapshot) ++snapshots_;
    could_be_recovered(server, stored, found);
    if (server.stopped && !failed()) gives_state(node, server, stored, found);
  }

  // The chain along the log. Returns what is wrong with the files, or nothing.
  static std::string digest_all(const NodeFiles& stored, Found& found) {
    if (const auto& snapshot = stored.snapshot) {
      found.snapshot = {snapshot->index, snapshot->term, snapshot->digest};
      if (!found.state.load(snapshot->state)) return "its snapshot holds no state";
    }
    if (stored.base != found.snapshot.index) {
      return fmt::format("its log begins after {}, its snapshot ends at {}", stored.base.value,
                         found.snapshot.index.value);
    }
    found.last = found.snapshot;
    for (const StoredEntry& entry : stored.entries) {
      const Index index = found.last.index.next();
      found.last = {index, entry.term,
                    chained(found.last.digest, index, entry.term, entry.kind, entry.bytes)};
    }
    return {};
  }

  // The rules see one more start of the node, from these files.
  void could_be_recovered(const Server& server, const NodeFiles& stored, const Found& found) {
    NodeEvent line = server.last_line;
    ++line.incarnation;
    line.role = Role::follower;
    // As a node does that starts: a snapshot is durable before the term that came with it.
    const bool newer = found.snapshot.term > stored.term;
    line.term = newer ? found.snapshot.term : stored.term;
    const NodeId voted_for = newer ? NodeId{} : stored.voted_for;
    for (const NamedCheck& rule : rules_) {
      if (rule.check->failed()) continue;
      line.what = *server.started;
      rule.check->on_node(line);
      line.what = Recovered{voted_for, found.last, found.snapshot, found.state.digest(), 0};
      rule.check->on_node(line);
      if (!rule.check->failed()) continue;
      const CheckResult result = rule.check->finish(rule.name, {false});
      violated(fmt::format("{} Started once more from its files, {} breaks this: {}", kFiles,
                           node::node_name(line.node), result.message),
               result.lines);
    }
  }

  void gives_state(NodeId node, const Server& server, const NodeFiles& stored, Found& found) {
    const Stopped& stopped = *server.stopped;
    if (stopped.applied_index < stored.base || stopped.applied_index > stored.last_index()) {
      violated(fmt::format("{} {} stopped with entries applied up to {}; its files have those from "
                           "{} to {}.",
                           kFiles, node::node_name(node), stopped.applied_index.value,
                           stored.base.next().value, stored.last_index().value),
               {server.last_line.where});
      return;
    }
    for (Index i = stored.base.next(); i <= stopped.applied_index; ++i) {
      const StoredEntry& entry = stored.at(i);
      if (entry.kind != EntryKind::command) continue;
      if (const auto command = command_from(entry.bytes)) found.state.apply(i, *command);
    }
    ++states_;
    const std::uint64_t digest = found.state.digest();
    if (digest == stopped.state_digest) return;
    violated(fmt::format("{} {} stopped after entry {} with a state of digest {}; the commands of "
                         "its own files give {}.",
                         kFiles, node::node_name(node), stopped.applied_index.value,
                         node::digest_text(stopped.state_digest), node::digest_text(digest)),
             {server.last_line.where});
  }

  std::filesystem::path folder_;
  std::vector<NamedCheck> rules_;
  std::map<NodeId, Server> servers_;
  std::uint64_t nodes_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t snapshots_ = 0;
  std::uint64_t states_ = 0;
};

}  // namespace

std::unique_ptr<Check> files(const std::filesystem::path& folder) {
  return std::make_unique<Files>(folder);
}

}  // namespace verify
