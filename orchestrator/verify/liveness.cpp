// SPDX-License-Identifier: Apache-2.0
// "Raft will be able to elect and maintain a steady leader as long as the system satisfies the
// timing requirement" (section 5.6). What is asked is what holds whatever the faults before: while
// a quorum of every configuration that its nodes use is up, each of it hears all the others, nobody
// else is heard, no fault is in force among them and the members do not change, then
//   - there is no time without a leader among them that lasts six election timeouts and half a
//     second,
//   - none that long in which an entry that their leader appended is not committed,
//   - and, where all nodes of the run are among them, no client waits that long for an answer to
//     what it first asked since: whomever it asks says whom to ask instead.
// Six, since votes may be split several times in a row (section 9.3).
// Where timeouts are all alike, or not longer than the heartbeat's interval, elections may fail for
// ever, and nothing is asked.
#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/connectivity.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/lateness.h"
#include "orchestrator/verify/node_configuration.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Liveness (section 5.6): Raft will be able to elect and maintain a steady leader as long as "
    "the system satisfies the timing requirement.";
constexpr int kElectionTimeouts = 6;
constexpr Time kBesides{500'000};  // for what is under way when a fault ends

std::string seconds(Time time) {
  return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1e6);
}

class Liveness final : public Check {
 public:
  void on_fault(const FaultEvent& event) override {
    lateness_.take(event);
    if (const auto* started = std::get_if<RunStarted>(&event.what)) nodes_ = started->nodes;
    if (std::holds_alternative<RunEnded>(event.what)) end_ = event.at;
    Connectivity& now = connectivity_;
    if (now.take(event)) add(event.at, Surroundings{now.undisturbed_groups()}, event.where);
  }
  void on_network(const NetworkEvent& event) override { lateness_.take(event); }
  void on_operation(const Operation& operation) override {
    const bool asks = operation.phase == Operation::Phase::invoke;
    add(operation.at, Asks{operation.client, operation.request, asks}, operation.where);
  }

  void on_node(const NodeEvent& event) override {
    lateness_.take(event);
    Server& server = servers_[event.node];
    server.configuration.take(event);
    const NodeConfiguration::Placed* latest = server.configuration.latest();
    if (latest && latest->configuration != server.told) {
      server.told = latest->configuration;
      add(event.at, Uses{event.node, server.told}, event.where);
    }
    if (const auto* started = std::get_if<Started>(&event.what)) {
      longest_timeout_ = std::max(longest_timeout_, started->election_timeout_max);
      timeouts_differ_ = timeouts_differ_ && can_elect(*started);
      add(event.at, Leads{event.node, false}, event.where);
    } else if (std::holds_alternative<RoleChanged>(event.what)) {
      add(event.at, Leads{event.node, event.role == Role::leader}, event.where);
    } else if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
      if (event.role == Role::leader) {
        add(event.at, Committed{event.node, advanced->commit_index}, event.where);
      }
    } else if (const auto* appended = std::get_if<EntriesAppended>(&event.what)) {
      if (event.role == Role::leader) {
        add(event.at, AppendedTo{event.node, appended->entries.back().index}, event.where);
      }
    }
  }

  Conclusion conclude(const Ending& ending) override {
    if (!ending.whole) return cannot_tell("the evidence is not whole");
    std::stable_sort(moments_.begin(), moments_.end(),
                     [](const Moment& a, const Moment& b) { return a.at < b.at; });
    for (const Moment& moment : moments_) {
      if (failed() || !busy_.empty() || moment.at > end_) break;
      pass_to(moment.at);
      std::visit([&](const auto& what) { take(moment, what); }, moment.what);
    }
    if (!failed() && busy_.empty()) pass_to(end_);
    Conclusion conclusion;
    conclusion.applies = long_enough_;
    conclusion.saw = fmt::format(
        "{} undisturbed, longest without a leader {}, a commit {}, an answer {}",
        seconds(undisturbed_), seconds(leaderless_), seconds(uncommitted_), seconds(unanswered_));
    conclusion.unknown = busy_;
    return conclusion;
  }

 private:
  struct Surroundings {
    std::vector<std::vector<NodeId>> groups;
  };
  struct Uses {
    NodeId node;
    Configuration configuration;
  };
  struct Leads {
    NodeId node;
    bool leads = false;
  };
  struct Committed {
    NodeId node;
    Index index;
  };
  struct AppendedTo {
    NodeId node;
    Index index;
  };
  struct Asks {
    std::string client;
    std::uint64_t request = 0;
    bool asks = false;  // it waits from now on, or no more
  };
  using What = std::variant<Surroundings, Uses, Leads, Committed, AppendedTo, Asks>;
  struct Moment {
    Time at{};
    What what;
    Where where;
  };
  struct Pending {
    Index index;
    Time at{};
    Where where;
  };
  struct Server {
    NodeConfiguration configuration;
    Configuration told;
    // As time passes:
    Configuration uses;
    bool leads = false;
    std::deque<Pending> pending;  // appended while it leads, not committed yet
  };

  void add(Time at, What&& what, Where where) { moments_.push_back({at, std::move(what), where}); }

  static bool can_elect(const Started& started) {
    return started.election_timeout_max - started.election_timeout_min >=
               started.heartbeat_interval &&
           started.heartbeat_interval < started.election_timeout_min;
  }
  Time patience() const { return kElectionTimeouts * longest_timeout_ + kBesides; }

  void take(const Moment& moment, const Surroundings& now) {
    groups_ = now.groups;
    begin_anew(moment);
  }
  void take(const Moment& moment, const Uses& now) {
    servers_[now.node].uses = now.configuration;
    for (const NodeId member : now.configuration.members())
      members_once_.insert(member);
    begin_anew(moment);
  }
  void take(const Moment& moment, const Leads& now) {
    Server& server = servers_[now.node];
    const bool had = has_leader();
    server.leads = now.leads;
    server.pending.clear();
    if (had && !has_leader()) leaderless_since_ = {moment.at, moment.where};
  }
  void take(const Moment&, const Committed& now) {
    std::deque<Pending>& pending = servers_[now.node].pending;
    while (!pending.empty() && pending.front().index <= now.index)
      pending.pop_front();
  }
  void take(const Moment& moment, const AppendedTo& now) {
    servers_[now.node].pending.push_back({now.index, moment.at, moment.where});
  }
  void take(const Moment& moment, const Asks& now) {
    const auto [client, asked] = asked_.try_emplace(now.client);
    if (!asked) waiting_.erase({client->second.at, now.client});
    if (now.asks) {
      client->second = {moment.at, now.request, moment.where};
      waiting_.emplace(moment.at, now.client);
    } else {
      asked_.erase(client);
    }
  }

  // Who is to have a leader from now on, if anybody is.
  void begin_anew(const Moment& moment) {
    waiting_.clear();
    quorum_.clear();
    for (const std::vector<NodeId>& group : groups_) {
      if (may_lead(group)) quorum_ = group;
    }
    since_ = moment.at;
    leaderless_since_ = {moment.at, moment.where};
  }

  bool may_lead(const std::vector<NodeId>& group) {
    return std::all_of(group.begin(), group.end(), [&](NodeId node) {
      const Configuration& uses = servers_[node].uses;
      if (uses.voters.empty() || !is_quorum(uses, group)) return false;
      const std::vector<NodeId> members = uses.members();
      // Who was removed may not know, and disturb the others (section 6).
      return std::all_of(group.begin(), group.end(), [&](NodeId other) {
        return !members_once_.contains(other) ||
               std::binary_search(members.begin(), members.end(), other);
      });
    });
  }

  bool has_leader() {
    return std::any_of(quorum_.begin(), quorum_.end(),
                       [&](NodeId node) { return servers_[node].leads; });
  }

  // Nothing has changed until `now`.
  void pass_to(Time now) {
    const Time before = std::exchange(passed_to_, now);
    if (quorum_.empty() || !timeouts_differ_) return;
    undisturbed_ += now - before;
    long_enough_ = long_enough_ || now - since_ >= patience();
    if (!has_leader()) {
      const Time without = now - leaderless_since_.at;
      leaderless_ = std::max(leaderless_, without);
      if (without >= patience()) {
        found(now,
              fmt::format("{} For {}, nobody led; {} were up, undisturbed and a quorum.", kRule,
                          seconds(without), names_of_nodes(quorum_)),
              leaderless_since_.where);
      }
    }
    for (const NodeId node : quorum_) {
      const std::deque<Pending>& pending = servers_[node].pending;
      if (pending.empty()) continue;
      const Time without = now - std::max(since_, pending.front().at);
      uncommitted_ = std::max(uncommitted_, without);
      if (without < patience()) continue;
      found(now,
            fmt::format("{} For {}, the leader {} had entry {} in its log and did not commit it; "
                        "{} were up, undisturbed and a quorum.",
                        kRule, seconds(without), node::node_name(node), pending.front().index.value,
                        names_of_nodes(quorum_)),
            pending.front().where);
    }
    if (quorum_.size() == nodes_ && !waiting_.empty()) judge_oldest_wait(now);
  }

  void judge_oldest_wait(Time now) {
    const auto& [at, client] = *waiting_.begin();
    unanswered_ = std::max(unanswered_, now - at);
    if (now - at < patience()) return;
    const Asked& asked = asked_.at(client);
    found(now,
          fmt::format("{} For {}, {} got no answer; all nodes were up and undisturbed.", kRule,
                      seconds(now - at), request_name(client, asked.request)),
          asked.where);
  }

  void found(Time now, std::string message, Where where) {
    const std::string late = lateness_.until(now);
    if (late.empty()) return violated(std::move(message), {where});
    busy_ = fmt::format("{} But {}: the machine was too busy to tell.", message, late);
  }

  struct Since {
    Time at{};
    Where where;
  };
  struct Asked {
    Time at{};
    std::uint64_t request = 0;
    Where where;
  };

  Connectivity connectivity_;
  Lateness lateness_;
  std::map<NodeId, Server> servers_;
  std::vector<Moment> moments_;
  std::size_t nodes_ = 0;  // of the run
  Time longest_timeout_{};
  bool timeouts_differ_ = true;
  Time end_{};
  std::string busy_;  // what was found while the machine was too busy to tell

  std::vector<std::vector<NodeId>> groups_;
  std::set<NodeId> members_once_;
  std::vector<NodeId> quorum_;  // that is to have a leader; empty: nobody is
  Time since_{};
  Since leaderless_since_;
  Time passed_to_{};
  Time undisturbed_{};
  bool long_enough_ = false;  // some span was, to be judged
  Time leaderless_{};
  Time uncommitted_{};
  std::map<std::string, Asked> asked_;              // by client
  std::set<std::pair<Time, std::string>> waiting_;  // clients that asked since all was undisturbed
  Time unanswered_{};
};

}  // namespace

std::unique_ptr<Check> liveness() {
  return std::make_unique<Liveness>();
}

}  // namespace verify
