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
#include "orchestrator/verify/until_told.h"

namespace verify {
namespace {

constexpr const char* kDurable =
    "Persistent state (Figure 2, section 5.3): the log is updated on stable storage before "
    "responding to RPCs.";
constexpr const char* kApplied =
    "Leaders (Figure 2, section 5.3): if command received from client: append entry to local log, "
    "respond after entry applied to state machine.";

// From when until when each entry of a node's log was durable there: until it was cut off, for from
// then on a crash may take it.
class DurableEntries {
 public:
  // The log up to `tip` is durable; what was cut off it since is not.
  void take(const NodeLog& log, Tip tip, Time at) {
    for (Index i = tip.index;; i = i.previous()) {
      const auto entry = log.entry_of(tip, i);
      if (!entry) return;
      const bool there =
          i >= log.base_index() && i <= log.last_index() && log.digest_at(i) == entry->digest;
      if (there && !add(*entry, at)) return;
    }
  }
  void cut_after(Index index, Time at) {
    for (; spells_.size() > index.value + 1; spells_.pop_back())
      end(spells_.back(), at);
  }
  // Whether it was durable at any time up to `time`; with `yet`, whether it still was then.
  bool by(Time time, Index index, std::uint64_t digest, bool yet) const {
    if (index.value < spells_.size()) {
      const Spell& now = spells_[index.value];
      if (now.digest == digest && now.from <= time) return true;
    }
    const auto [first, last] = ended_.equal_range(digest);
    return std::any_of(first, last, [=](const auto& spell) {
      return spell.second.from <= time && (!yet || time <= spell.second.until);
    });
  }

 private:
  struct Spell {
    std::uint64_t digest = 0;
    Time from = Time::max();
    Time until = Time::max();
  };
  // False where it was durable before: then so were those before it.
  bool add(const LogEntry& entry, Time at) {
    if (entry.index.value >= spells_.size()) spells_.resize(entry.index.value + 1);
    Spell& spell = spells_[entry.index.value];
    if (spell.digest == entry.digest && spell.from != Time::max()) return false;
    end(spell, at);
    spell = {entry.digest, at};
    return true;
  }
  void end(Spell& spell, Time at) {
    if (spell.from == Time::max()) return;
    spell.until = at;
    ended_.emplace(spell.digest, spell);
  }

  std::vector<Spell> spells_;                            // by index: those under way
  std::unordered_multimap<std::uint64_t, Spell> ended_;  // by digest
};

class AcknowledgedWhenDurable final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    copies_.told(event, [this](const Copy& copy) { was_durable(copy); });
    answers_.told(event, [this](const Answer& answer) { was_applied(answer); });
    Server& server = servers_[event.node];
    if (server.followed) follow(server, event);
    if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
      if (!advanced->match.empty()) counted(event, *advanced);
    } else if (const auto* progress = std::get_if<ProgressChanged>(&event.what)) {
      if (server.followed) acknowledged(server.log, event, *progress);
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
    ++answered_;
    answers_.ask(operation.node, operation.at,
                 {operation.client, operation.request, operation.node, *operation.log_index,
                  operation.at, operation.where});
    answers_.ripe(operation.node, [this](const Answer& answer) { was_applied(answer); });
  }

  Conclusion conclude(const Ending& ending) override {
    if (ending.whole) {
      copies_.all([this](const Copy& copy) { was_durable(copy); });
      answers_.all([this](const Answer& answer) { was_applied(answer); });
    }
    if (judged_ == 0) return cannot_tell(untold_);
    std::string unknown = untold_;
    if (!ending.whole) unknown = "the evidence is not whole: what was durable may be missing";
    return having_seen(fmt::format("{} counted for {}, {}", count(judged_, "copy", "copies"),
                                   count(commits_, "commit"), count(answered_, "answer")),
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
    std::vector<Reached> installed;  // snapshots in the place of its log; ascending
    std::vector<Reached> applied;    // ascending; each as it was first reached

    void has_applied(Index up_to, const NodeEvent& event) {
      if (up_to == Index{} || (!applied.empty() && up_to <= applied.back().up_to)) return;
      applied.push_back({up_to, event.at, event.where});
    }
  };
  struct Copy {  // that a leader counted or, before that, knew of
    bool counted = true;
    NodeId leader;
    NodeId node;
    Index index;
    std::uint64_t digest = 0;
    Time at{};
    Where where;
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
    } else if (const auto* cut = std::get_if<LogTruncated>(&event.what)) {
      server.durable.cut_after(cut->first.previous(), event.at);
    } else if (const auto* installed = std::get_if<SnapshotInstalled>(&event.what)) {
      server.durable.cut_after(installed->last.index, event.at);
      server.installed.push_back({installed->last.index, event.at, event.where});
    } else if (const auto* persisted = std::get_if<Persisted>(&event.what)) {
      server.durable.take(server.log, {persisted->log_index, persisted->digest}, event.at);
    } else if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      server.durable.cut_after(recovered->last.index, event.at);
      server.durable.take(server.log, {recovered->last.index, recovered->last.digest}, event.at);
    }
  }

  void counted(const NodeEvent& event, const CommitAdvanced& advanced) {
    ++commits_;
    for (const CommitAdvanced::Match& match : advanced.match) {
      if (match.index < advanced.commit_index) continue;
      copies_.ask(match.node, event.at,
                  {true, event.node, match.node, advanced.commit_index, advanced.digest, event.at,
                   event.where});
      copies_.ripe(match.node, [this](const Copy& copy) { was_durable(copy); });
    }
  }

  // It holds the peer to have all up to there. That the peer has cut it off again meanwhile, for a
  // later leader, is nothing wrong until it is counted.
  void acknowledged(const NodeLog& log, const NodeEvent& event, const ProgressChanged& progress) {
    const Index match = progress.match_index;
    if (match == Index{} || match < log.base_index() || match > log.last_index()) return;
    copies_.ask(
        progress.peer, event.at,
        {false, event.node, progress.peer, match, log.digest_at(match), event.at, event.where});
    copies_.ripe(progress.peer, [this](const Copy& copy) { was_durable(copy); });
  }

  // What an installed snapshot stood for then is known by its last entry only.
  static bool was_compacted(const Server& server, const Copy& copy) {
    return std::any_of(server.installed.begin(), server.installed.end(), [&](const Reached& base) {
      return base.at <= copy.at && copy.index < base.up_to;
    });
  }

  void was_durable(const Copy& copy) {
    const Server& server = servers_[copy.node];
    if (!server.followed) return;
    const bool durable = server.durable.by(copy.at, copy.index, copy.digest, copy.counted);
    if (!durable && was_compacted(server, copy)) return;
    if (copy.counted) ++judged_;
    if (durable) return;
    const std::string leader = node::node_name(copy.leader);
    const std::string index = std::to_string(copy.index.value);
    const std::string does = copy.counted
                                 ? fmt::format("{} committed entry {} counting the copy on {}",
                                               leader, index, node::node_name(copy.node))
                                 : fmt::format("{} holds entry {} to be on {}", leader, index,
                                               node::node_name(copy.node));
    violated(fmt::format("{} {}, which was not durable there by then.", kDurable, does),
             {copy.where}, {{copy.node, copy.at}});
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
    if (reached != applied.end()) lines.push_back(reached->where);
    violated(fmt::format("{} {} answered {} with index {}, which it had not applied by then.",
                         kApplied, node::node_name(answer.node),
                         request_name(answer.client, answer.request), answer.index.value),
             std::move(lines));
  }

  std::map<NodeId, Server> servers_;
  UntilTold<Copy> copies_;
  UntilTold<Answer> answers_;
  std::uint64_t commits_ = 0;
  std::uint64_t judged_ = 0;  // copies
  std::uint64_t answered_ = 0;
  std::string untold_;
};

}  // namespace

std::unique_ptr<Check> acknowledged_when_durable() {
  return std::make_unique<AcknowledgedWhenDurable>();
}

}  // namespace verify
