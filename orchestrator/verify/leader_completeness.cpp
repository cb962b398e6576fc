// SPDX-License-Identifier: Apache-2.0
// "Leader Completeness: if a log entry is committed in a given term, then that entry will be
// present in the logs of the leaders for all higher-numbered terms" (Figure 3, section 5.4).
//
// What a server says in term T to be committed was committed in T or before; a snapshot stands for
// what is committed. The chained digest makes one comparison at an index speak for all entries
// before it, those that a snapshot stands for included.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_log.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Leader Completeness (Figure 3, section 5.4): if a log entry is committed in a given term, "
    "then that entry will be present in the logs of the leaders for all higher-numbered terms.";

class LeaderCompleteness final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    Server& server = servers_[event.node];
    if (!server.followed) return;
    if (const auto problem = server.log.take(event)) {
      server.followed = false;
      untold_ = fmt::format("can't tell what the log of {} is: {}", node::node_name(event.node),
                            *problem);
      return;
    }
    if (const auto* changed = std::get_if<RoleChanged>(&event.what)) {
      if (event.role == Role::leader) leads(event, *changed);
    } else if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
      committed(event, server.log, advanced->commit_index);
    } else if (const auto* installed = std::get_if<SnapshotInstalled>(&event.what)) {
      committed(event, server.log, installed->last.index);
    } else if (const auto* applied = std::get_if<Applied>(&event.what)) {
      committed(event, server.log, applied->entries.back().entry.index);
    }
  }

  Conclusion conclude(const Ending&) override {
    if (leaders_.empty() || committed_.empty()) return cannot_tell(untold_);
    return having_seen(
        fmt::format("{}, {}", count(leaders_.size(), "leader"),
                    count(committed_.size(), "committed entry", "committed entries")),
        untold_);
  }

 private:
  struct Server {
    NodeLog log;
    bool followed = true;  // its lines have told of one log so far
  };
  struct Committed {
    Term in_term;       // it was committed in this term or before; never decreases along the log
    Where where;        // who says so
    bool told = false;  // which entry it is; otherwise only that a snapshot stands for it
    Term term;          // of the entry
    std::uint64_t digest = 0;
  };
  struct Leader {
    NodeId node;
    Term term;
    Tip log;         // as it became leader
    Index base;      // its entries are known from here on
    Index compared;  // up to here it has what is committed
    Where where;
  };

  void leads(const NodeEvent& event, const RoleChanged& changed) {
    const Index base = servers_[event.node].log.base_index();
    Leader leader{event.node, event.term, {changed.log_index, changed.digest},
                  base,       {},         event.where};
    const auto required =
        std::partition_point(committed_.begin(), committed_.end(),
                             [&](const Committed& c) { return c.in_term < event.term; });
    compare(leader, last_told({static_cast<std::uint64_t>(required - committed_.begin())}));
    leaders_.emplace(event.term, leader);
  }

  void committed(const NodeEvent& event, const NodeLog& log, Index last) {
    const Index known{committed_.size()};
    if (last > log.last_index() || last < log.base_index()) return;  // log_matching's to tell
    const Index shared = std::min(last, known);
    const Index told = last_told(shared);
    if (told > Index{} && told >= log.base_index() &&
        committed_[told.value - 1].digest != log.digest_at(told)) {
      two_entries_committed(event, told);
      return;
    }
    for (Index i = known.next(); i <= last; ++i)
      committed_.push_back({event.term, event.where, false, {}, 0});
    tell_entries(log, last);
    for (Index i = shared; i > Index{}; i = i.previous()) {
      Committed& entry = committed_[i.value - 1];
      if (entry.in_term <= event.term) break;
      entry.in_term = event.term;
      entry.where = event.where;
    }
    for (auto later = leaders_.upper_bound(event.term); later != leaders_.end(); ++later) {
      if (later->second.compared < last) compare(later->second, last);
    }
  }

  Index last_told(Index index) const {
    while (index > Index{} && !committed_[index.value - 1].told)
      index = index.previous();
    return index;
  }

  // Up to `last`, as far down as they were not known yet.
  void tell_entries(const NodeLog& log, Index last) {
    for (Index i = last; i > Index{} && i >= log.base_index(); i = i.previous()) {
      Committed& entry = committed_[i.value - 1];
      if (entry.told) break;
      entry.told = true;
      entry.term = log.term_at(i);
      entry.digest = log.digest_at(i);
    }
  }

  // What a leader's snapshot stands for is compared once what is committed is known up to its end.
  void compare(Leader& leader, Index last) {
    if (last == Index{} || last < leader.base) return;
    const NodeLog& log = servers_.at(leader.node).log;
    const auto has = [&](Index index) {
      const auto entry = log.entry_of(leader.log, index);
      return entry && entry->digest == committed_[index.value - 1].digest;
    };
    if (has(last)) {
      leader.compared = last;
      return;
    }
    Index first = std::max(leader.compared.next(), leader.base);
    while (has(first) || !committed_[first.value - 1].told)
      ++first;
    lacks(leader, first, log.entry_of(leader.log, first));
  }

  void lacks(const Leader& leader, Index index, const std::optional<LogEntry>& instead) {
    const Committed& entry = committed_[index.value - 1];
    const std::string there =
        instead ? fmt::format("has an entry of term {} there", instead->term.value)
                : fmt::format("has a log that ends at {}", leader.log.index.value);
    violated(fmt::format("{} Entry {} of term {} was committed in term {} or before, but {}, "
                         "which became leader of term {}, {}.",
                         kRule, index.value, entry.term.value, entry.in_term.value,
                         node::node_name(leader.node), leader.term.value, there),
             {leader.where, entry.where});
  }

  void two_entries_committed(const NodeEvent& event, Index index) {
    const Committed& other = committed_[index.value - 1];
    violated(fmt::format("{} Two logs are committed up to {}, and they differ: {} says so in term "
                         "{}, and {} in term {}; so the leader of the later term lacked a "
                         "committed entry.",
                         kRule, index.value, node::node_name(event.node), event.term.value,
                         writer_of(other.where), other.in_term.value),
             {event.where, other.where});
  }

  std::map<NodeId, Server> servers_;
  std::vector<Committed> committed_;  // the entry of index i stands at i - 1
  std::multimap<Term, Leader> leaders_;
  std::string untold_;
};

}  // namespace

std::unique_ptr<Check> leader_completeness() {
  return std::make_unique<LeaderCompleteness>();
}

}  // namespace verify
