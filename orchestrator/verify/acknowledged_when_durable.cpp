// SPDX-License-Identifier: Apache-2.0
// Nothing is acknowledged that a crash could take back. A copy that a leader counts when it commits
// was durable on that node before ("updated on stable storage before responding to RPCs", Figure
// 2), the leader's own included; a client is answered by a node after that node has applied what
// the answer is about ("respond after entry applied to state machine", Figure 2).
//
// "Before" is told by mono_us, the one clock that all processes of a run share: a node writes
// `persisted` before it sends what rests on it, and whoever gets that reads the clock afterwards. A
// copy that was durable later, or never, was acknowledged too early, whether or not a crash came
// in between.
#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_log.h"

namespace verify {
namespace {

constexpr const char* kDurable =
    "Persistent state (Figure 2, section 5.3): the log is updated on stable storage before "
    "responding to RPCs.";
constexpr const char* kApplied =
    "Leaders (Figure 2, section 5.3): if command received from client: append entry to local log, "
    "respond after entry applied to state machine.";

// When each entry of a node's log became durable first.
class DurableEntries {
 public:
  void take(const NodeLog& log, Tip tip, Time at) {
    for (Index i = tip.index;; i = i.previous()) {
      const auto entry = log.entry_of(tip, i);
      if (!entry || !add(*entry, at)) return;
    }
  }
  std::optional<Time> first(Index index, std::uint64_t digest) const {
    if (index.value < first_.size()) {
      const Durable& there = first_[index.value];
      if (there.digest == digest && there.at != Time::max()) return there.at;
    }
    const auto other = others_.find(digest);
    return other == others_.end() ? std::nullopt : std::optional(other->second);
  }

 private:
  struct Durable {
    std::uint64_t digest = 0;
    Time at = Time::max();
  };
  // False where it was known: then so are those before it.
  bool add(const LogEntry& entry, Time at) {
    if (entry.index.value >= first_.size()) first_.resize(entry.index.value + 1);
    Durable& there = first_[entry.index.value];
    if (there.at == Time::max()) {
      there = {entry.digest, at};
      return true;
    }
    return there.digest != entry.digest && others_.try_emplace(entry.digest, at).second;
  }

  std::vector<Durable> first_;                      // by index
  std::unordered_map<std::uint64_t, Time> others_;  // by digest: what took another one's place
};

class AcknowledgedWhenDurable final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    Server& server = servers_[event.node];
    if (server.followed) follow(server, event);
    if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
      if (!advanced->match.empty()) counted(event, *advanced);
    } else if (const auto* applied = std::get_if<Applied>(&event.what)) {
      server.has_applied(applied->entries.back().entry.index, event);
    } else if (const auto* restored = std::get_if<Restored>(&event.what)) {
      server.has_applied(restored->log_index, event);
    } else if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      server.has_applied(recovered->snapshot.index, event);
    }
  }

  void on_operation(const Operation& operation) override {
    if (operation.phase != Operation::Phase::ok || !operation.log_index) return;
    answers_.push_back({operation.client, operation.request, operation.node, *operation.log_index,
                        operation.at, operation.where});
  }

  Conclusion conclude(const Ending& ending) override {
    if (ending.whole) {
      for (const Counted& commit : counted_)
        copies_were_durable(commit);
      for (const Answer& answer : answers_)
        was_applied(answer);
    }
    if (counted_.empty()) return cannot_tell(untold_);
    std::string unknown = untold_;
    if (!ending.whole) unknown = "the evidence is not whole: what was durable may be missing";
    return having_seen(
        fmt::format("{} counted for {}, {}", count(copies_, "copy", "copies"),
                    count(counted_.size(), "commit"), count(answers_.size(), "answer")),
        unknown);
  }

 private:
  struct Reached {
    Index up_to;
    Time at{};
    Where where;
  };
  struct Server {
    NodeLog log;
    bool followed = true;  // its lines have told of one log so far
    DurableEntries durable;
    std::vector<Reached> applied;  // ascending; each as it was first reached

    void has_applied(Index up_to, const NodeEvent& event) {
      if (up_to == Index{} || (!applied.empty() && up_to <= applied.back().up_to)) return;
      applied.push_back({up_to, event.at, event.where});
    }
  };
  struct Counted {
    NodeId leader;
    Index index;
    std::uint64_t digest = 0;
    Time at{};
    Where where;
    std::vector<NodeId> copies;  // that justified it
  };
  struct Answer {
    std::string client;
    std::uint64_t request = 0;
    NodeId node;
    Index index;
    Time at{};
    Where where;
  };

  void follow(Server& server, const NodeEvent& event) {
    if (const auto problem = server.log.take(event)) {
      server.followed = false;
      untold_ = fmt::format("can't tell what the log of {} is: {}", node::node_name(event.node),
                            *problem);
    } else if (const auto* persisted = std::get_if<Persisted>(&event.what)) {
      server.durable.take(server.log, {persisted->log_index, persisted->digest}, event.at);
    } else if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      server.durable.take(server.log, {recovered->last.index, recovered->last.digest}, event.at);
    }
  }

  void counted(const NodeEvent& event, const CommitAdvanced& advanced) {
    Counted commit{event.node, advanced.commit_index, advanced.digest, event.at, event.where, {}};
    for (const CommitAdvanced::Match& match : advanced.match) {
      if (match.index >= advanced.commit_index) commit.copies.push_back(match.node);
    }
    copies_ += commit.copies.size();
    counted_.push_back(std::move(commit));
  }

  void copies_were_durable(const Counted& commit) {
    for (const NodeId node : commit.copies) {
      const Server& server = servers_[node];
      if (!server.followed || commit.index < server.log.base_index()) continue;
      const auto since = server.durable.first(commit.index, commit.digest);
      if (since && *since <= commit.at) continue;
      const std::string copy =
          since ? fmt::format("became durable there {} us later", (*since - commit.at).count())
                : "was never durable there";
      violated(fmt::format("{} {} committed entry {} counting the copy on {}, which {}.", kDurable,
                           node::node_name(commit.leader), commit.index.value,
                           node::node_name(node), copy),
               {commit.where});
    }
  }

  void was_applied(const Answer& answer) {
    const auto server = servers_.find(answer.node);
    if (server == servers_.end()) return;
    const auto& applied = server->second.applied;
    const auto reached =
        std::lower_bound(applied.begin(), applied.end(), answer.index,
                         [](const Reached& a, Index index) { return a.up_to < index; });
    if (reached != applied.end() && reached->at <= answer.at) return;
    std::vector<Where> lines{answer.where};
    std::string when = "never applied";
    if (reached != applied.end()) {
      lines.push_back(reached->where);
      when = fmt::format("applied {} us later", (reached->at - answer.at).count());
    }
    violated(fmt::format("{} {} answered {} with index {}, which it {}.", kApplied,
                         node::node_name(answer.node), request_name(answer.client, answer.request),
                         answer.index.value, when),
             std::move(lines));
  }

  std::map<NodeId, Server> servers_;
  std::vector<Counted> counted_;
  std::vector<Answer> answers_;
  std::uint64_t copies_ = 0;
  std::string untold_;
};

}  // namespace

std::unique_ptr<Check> acknowledged_when_durable() {
  return std::make_unique<AcknowledgedWhenDurable>();
}

}  // namespace verify
