// SPDX-License-Identifier: Apache-2.0
// Cluster membership changes (section 6): "it is not safe to switch directly from the old
// configuration to the new"; so any two consecutive configurations of a log have overlapping
// quorums, which they have where the voters change only from C_old by C_old,new to C_new. A leader
// appends one only if the one before is committed, and an entry of its own term is (Ongaro's
// erratum to single-server changes, raft-dev, 2015-07-10). Each server uses the latest one of its
// log from when it is appended, and again the one before once it is deleted; that others use the
// same one for the same entry, and a snapshot brings the one in force at its end, is told from all
// their lines.
#include <map>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_configuration.h"

namespace verify {
namespace {

constexpr const char* kJoint =
    "Joint consensus (section 6): the cluster first switches to the joint configuration C_old,new, "
    "and once that has been committed, to the new one.";
constexpr const char* kLeader =
    "Changes by a leader (section 6; raft-dev, 2015-07-10): it appends a configuration only if the "
    "one before is committed, and an entry of its own term is.";
constexpr const char* kLatest =
    "Configuration in use (section 6): a server always uses the latest configuration in its log, "
    "regardless of whether the entry is committed.";
constexpr const char* kSnapshot =
    "Snapshots and membership (section 7): the snapshot includes the latest configuration in the "
    "log as of last included index.";

class ConfigurationChanges final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    Server& server = servers_[event.node];
    if (server.pending != Pending::none) follows(server, event);
    std::visit([&](const auto& what) { take(server, event, what); }, event.what);
    server.configuration.take(event);
  }

  Conclusion conclude(const Ending& ending) override {
    if (ending.whole) snapshots_brought_what_was_in_force();
    Conclusion conclusion;
    conclusion.applies = appended_ + rolled_back_ > 0 || !brought_.empty();
    if (conclusion.applies) {
      conclusion.saw = fmt::format("{}, {} taken back, {} by snapshots", count(appended_, "change"),
                                   rolled_back_, brought_.size());
    }
    return conclusion;
  }

 private:
  using Placed = NodeConfiguration::Placed;
  // What the node's next line has to be a config_changed for.
  enum class Pending : std::uint8_t { none, truncation, snapshot };
  struct Server {
    NodeConfiguration configuration;
    Index found;                     // the snapshot's, by the incarnation under way
    Index commit;                    // of that incarnation
    Term commit_term;                // of the entry there
    std::optional<Index> committed;  // where the latest one of those stands that it committed
    std::vector<LogEntry> appended;  // last
    Pending pending = Pending::none;
    Index cut;  // truncation: the first that is gone; snapshot: the last that it stands for
    Where pending_at;
  };
  struct Used {
    Configuration configuration;
    Where where;
  };
  struct Brought {  // by a snapshot
    Index index;
    Used used;
    NodeId node;
  };

  void take(Server& server, const NodeEvent&, const Started&) {
    server.pending = Pending::none;
    server.commit = {};
    server.commit_term = {};
  }
  void take(Server& server, const NodeEvent&, const Recovered& recovered) {
    server.found = recovered.snapshot.index;
    server.commit = recovered.snapshot.index;
    server.commit_term = recovered.snapshot.term;
  }
  void take(Server& server, const NodeEvent&, const CommitAdvanced& advanced) {
    server.commit = advanced.commit_index;
    server.commit_term = advanced.log_term;
    const Placed* placed = server.configuration.in_force_at(advanced.commit_index);
    if (!placed || placed->index == server.committed) return;
    server.committed = placed->index;
    for (; placed; placed = placed->before.get()) {
      if (placed->by_snapshot) continue;
      committed_.try_emplace(placed->index, Used{placed->configuration, placed->where});
    }
  }
  void take(Server& server, const NodeEvent&, const EntriesAppended& appended) {
    server.appended = appended.entries;
  }
  void take(Server& server, const NodeEvent& event, const LogTruncated& truncated) {
    const Placed* latest = server.configuration.latest();
    if (!latest || truncated.first > latest->index) return;
    server.pending = Pending::truncation;
    server.cut = truncated.first;
    server.pending_at = event.where;
  }
  void take(Server& server, const NodeEvent& event, const SnapshotInstalled& installed) {
    server.commit = installed.last.index;
    server.commit_term = installed.last.term;
    server.pending = Pending::snapshot;
    server.cut = installed.last.index;
    server.pending_at = event.where;
  }
  void take(Server& server, const NodeEvent& event, const ConfigChanged& changed) {
    const Placed* latest = server.configuration.latest();
    switch (std::exchange(server.pending, Pending::none)) {
      case Pending::truncation:
        ++rolled_back_;
        return rolled_back(server, event, changed);
      case Pending::snapshot:
        brought_.push_back({changed.log_index, {changed.configuration, event.where}, event.node});
        return;
      case Pending::none:
        if (latest) appended(server, event, changed, *latest);
    }
  }
  void take(Server& server, const NodeEvent& event, const Applied& applied) {
    for (const AppliedEntry& entry : applied.entries) {
      if (entry.kind != "configuration") continue;
      const Placed* placed = server.configuration.in_force_at(entry.entry.index);
      if (!placed || placed->index == entry.entry.index) continue;
      violated(
          fmt::format("{} {} applies the configuration at {}, but has not told that it uses it; "
                      "the one that it uses there stands at {}.",
                      kLatest, node::node_name(event.node), entry.entry.index.value,
                      placed->index.value),
          {event.where, placed->where});
    }
  }
  template <class Other>
  void take(Server&, const NodeEvent&, const Other&) {}

  // A line that is no config_changed where one was due.
  void follows(Server& server, const NodeEvent& event) {
    if (std::holds_alternative<ConfigChanged>(event.what) ||
        std::holds_alternative<Started>(event.what)) {
      return;
    }
    const char* why = server.pending == Pending::truncation
                          ? "deletes its latest configuration with the entries from"
                          : "replaces its log by a snapshot up to";
    violated(fmt::format("{} {} {} {}, and does not go over to another one.", kLatest,
                         node::node_name(event.node), why, server.cut.value),
             {event.where, server.pending_at});
    server.pending = Pending::none;
  }

  void appended(const Server& server, const NodeEvent& event, const ConfigChanged& changed,
                const Placed& latest) {
    if (event.role == Role::leader) {
      ++appended_;
      by_leader(server, event, changed, latest);
    }
    const LogEntry* entry = nullptr;
    for (const LogEntry& e : server.appended)
      if (e.index == changed.log_index) entry = &e;
    if (!entry || changed.log_index <= latest.index) {
      violated(fmt::format("{} {} uses a configuration at {} from now on, where it has appended no "
                           "entry; the one before stands at {}.",
                           kLatest, node::node_name(event.node), changed.log_index.value,
                           latest.index.value),
               {event.where, latest.where});
      return;
    }
    const std::string why = why_not_after(latest.configuration, changed.configuration);
    if (!why.empty()) {
      violated(fmt::format("{} In the log of {}, {} at {} is followed by {} at {}: {}.", kJoint,
                           node::node_name(event.node), text_of(latest.configuration),
                           latest.index.value, text_of(changed.configuration),
                           changed.log_index.value, why),
               {event.where, latest.where});
    }
    same_for_all(event, entry->digest, changed);
  }

  void by_leader(const Server& server, const NodeEvent& event, const ConfigChanged& changed,
                 const Placed& latest) {
    std::string why;
    if (latest.index > server.commit) {
      why = fmt::format("the one before, at {}, is not committed", latest.index.value);
    } else if (server.commit_term != event.term) {
      why = "it knows no entry of its term to be committed";
    }
    if (why.empty()) return;
    violated(
        fmt::format("{} {} leads term {} and appends a configuration at {}; {}.", kLeader,
                    node::node_name(event.node), event.term.value, changed.log_index.value, why),
        {event.where, latest.where});
  }

  void rolled_back(const Server& server, const NodeEvent& event, const ConfigChanged& changed) {
    const Placed* before = server.configuration.in_force_at(server.cut.previous());
    if (!before) return;
    // After a restart the one in force at the end of the snapshot stands where the snapshot does.
    const bool placed_alike = changed.log_index == before->index ||
                              (changed.log_index == server.found && before->index < server.found);
    if (placed_alike && changed.configuration == before->configuration) return;
    violated(fmt::format("{} {} deletes the entries from {} on and goes back to {} at {}; what is "
                         "left of its log has {} at {}.",
                         kLatest, node::node_name(event.node), server.cut.value,
                         text_of(changed.configuration), changed.log_index.value,
                         text_of(before->configuration), before->index.value),
             {event.where, before->where});
  }

  // The digest names the entry.
  void same_for_all(const NodeEvent& event, std::uint64_t digest, const ConfigChanged& changed) {
    const auto [place, first] =
        entries_.try_emplace(digest, Used{changed.configuration, event.where});
    const Used& other = place->second;
    if (first || other.configuration == changed.configuration) return;
    violated(fmt::format("{} For the entry at {}, {} uses {} and {} uses {}.", kLatest,
                         changed.log_index.value, node::node_name(event.node),
                         text_of(changed.configuration), writer_of(other.where),
                         text_of(other.configuration)),
             {event.where, other.where});
  }

  void snapshots_brought_what_was_in_force() {
    for (const Brought& brought : brought_) {
      const auto after = committed_.upper_bound(brought.index);
      if (after == committed_.begin()) continue;
      const auto& [index, in_force] = *std::prev(after);
      if (in_force.configuration == brought.used.configuration) continue;
      violated(
          fmt::format("{} The snapshot up to {} that {} installed brought {}; in force there is "
                      "{}, committed at {}.",
                      kSnapshot, brought.index.value, node::node_name(brought.node),
                      text_of(brought.used.configuration), text_of(in_force.configuration),
                      index.value),
          {brought.used.where, in_force.where});
    }
  }

  std::map<NodeId, Server> servers_;
  std::map<Index, Used> committed_;        // by their places, as the first tells who knows
  std::map<std::uint64_t, Used> entries_;  // by the entry's digest
  std::vector<Brought> brought_;           // by snapshots
  std::uint64_t appended_ = 0;
  std::uint64_t rolled_back_ = 0;
};

}  // namespace

std::unique_ptr<Check> configuration_changes() {
  return std::make_unique<ConfigurationChanges>();
}

}  // namespace verify
