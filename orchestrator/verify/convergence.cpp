// SPDX-License-Identifier: Apache-2.0
// When the faults are over, every member of the latest committed configuration comes to the same
// state: in the end each has applied the probe, or a snapshot that stands for it, the logs they
// applied are the same, and so are the states. What the orchestrator saw by
// asking is held against what the nodes wrote down as they stopped. That they did not get there in
// time is a failure, unless the machine was too busy to tell.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "node/digest.h"
#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/lateness.h"
#include "orchestrator/verify/node_configuration.h"
#include "orchestrator/verify/run_end.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Convergence (section 5.3): the leader retries AppendEntries indefinitely until all followers "
    "eventually store all log entries.";

class Convergence final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    lateness_.take(event);
    members_.take(event);
    Server& server = servers_[event.node];
    if (std::holds_alternative<Started>(event.what)) server = {};
    if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      server.state_is(recovered->snapshot.index, recovered->snapshot.digest);
    } else if (const auto* restored = std::get_if<Restored>(&event.what)) {
      server.state_is(restored->log_index, restored->digest);
      server.where = event.where;
    } else if (const auto* applied = std::get_if<Applied>(&event.what)) {
      for (const AppliedEntry& entry : applied->entries) {
        if (entry.entry.index == server.applied().next()) {
          server.digests.push_back(entry.entry.digest);
        }
      }
      server.where = event.where;
    } else if (const auto* stopped = std::get_if<Stopped>(&event.what)) {
      server.stopped = *stopped;
      server.where = event.where;
    }
  }

  void on_fault(const FaultEvent& event) override {
    end_.take(event);
    lateness_.take(event);
  }
  void on_network(const NetworkEvent& event) override { lateness_.take(event); }

  Conclusion conclude(const Ending& ending) override {
    if (end_.convergence_not_wanted()) return {{}, {}, false};
    if (end_.not_converged()) return not_converged();
    if (!end_.converged()) return cannot_tell("the run ended before the nodes converged");
    if (!ending.whole) return cannot_tell("the evidence is not whole");
    return judge();
  }

 private:
  struct Server {                           // of the incarnation under way
    Index base;                             // what its state began with
    std::vector<std::uint64_t> digests{0};  // from there on: that of index i stands at i - base
    std::optional<Stopped> stopped;
    Where where;

    Index applied() const { return base + (digests.size() - 1); }
    void state_is(Index index, std::uint64_t digest) {
      base = index;
      digests.assign(1, digest);
    }
  };

  Conclusion not_converged() {
    std::string message =
        fmt::format("{} The nodes did not converge: {}.", kRule, end_.not_converged()->observed);
    const std::string late = lateness_.until(end_.at());
    if (late.empty()) {
      violated(std::move(message), {end_.where()});
      return {};
    }
    return cannot_tell(fmt::format("{} But {}: the machine was too busy to tell.", message, late));
  }

  Conclusion judge() {
    const Converged& converged = *end_.converged();
    if (!end_.probe()) return cannot_tell("no probe was committed");
    if (members_.members().empty()) return cannot_tell("no node says who the members are");
    const Index required = std::max(converged.log_index, *end_.probe());
    for (const NodeId node : members_.members()) {
      const Server& server = servers_[node];
      if (!server.stopped) {
        return cannot_tell(fmt::format("{} did not stop in order", node::node_name(node)));
      }
      has_applied(node, server, required, converged);
    }
    return compare_states(required);
  }

  void has_applied(NodeId node, const Server& server, Index required, const Converged& converged) {
    if (server.stopped->applied_index < required || server.applied() < required) {
      violated(fmt::format("{} {} stopped with entries applied up to {}; all were to apply {} (the "
                           "probe stands at {}).",
                           kRule, node::node_name(node), server.stopped->applied_index.value,
                           required.value, end_.probe()->value),
               {server.where, end_.where()});
      return;
    }
    const Index index = converged.log_index;
    if (index < server.base) return;  // a snapshot came after that
    const std::uint64_t digest = server.digests[index - server.base];
    if (digest != converged.digest) {
      violated(fmt::format("{} Up to entry {}, {} has applied a log with digest {}; the nodes were "
                           "seen to agree on {}.",
                           kRule, index.value, node::node_name(node), node::digest_text(digest),
                           node::digest_text(converged.digest)),
               {server.where, end_.where()});
    }
  }

  // A new leader's own entry may come between one node's stop and the next one's: states are
  // compared where they are those of the same index.
  Conclusion compare_states(Index required) {
    std::map<Index, NodeId> firsts;
    std::size_t compared = 0;
    for (const NodeId node : members_.members()) {
      const Server& server = servers_[node];
      const auto [place, first] = firsts.try_emplace(server.stopped->applied_index, node);
      const Server& other = servers_[place->second];
      if (first) continue;
      compared += compared == 0 ? 2 : 1;
      if (other.stopped->digest == server.stopped->digest &&
          other.stopped->state_digest == server.stopped->state_digest) {
        continue;
      }
      violated(
          fmt::format("{} {} and {} stopped after the same entry {} with different {}.", kRule,
                      node::node_name(place->second), node::node_name(node), place->first.value,
                      other.stopped->digest == server.stopped->digest ? "states" : "logs"),
          {server.where, other.where});
    }
    return having_seen(fmt::format("{} at {}, {} compared",
                                   count(members_.members().size(), "node"), required.value,
                                   count(compared, "state")));
  }

  std::map<NodeId, Server> servers_;
  CommittedConfiguration members_;
  RunEnd end_;
  Lateness lateness_;
};

}  // namespace

std::unique_ptr<Check> convergence() {
  return std::make_unique<Convergence>();
}

}  // namespace verify
