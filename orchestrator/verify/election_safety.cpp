// SPDX-License-Identifier: Apache-2.0
// "Election Safety: at most one leader can be elected in a given term" (Figure 3, section 5.2), and
// what it rests on: each server votes for at most one candidate in a term, also across crashes; a
// leader was elected by a quorum of the configuration that it uses, whose members did vote for it;
// terms never go back. A pre-vote (dissertation, 9.6) is no vote.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_configuration.h"
#include "orchestrator/verify/on_disk.h"
#include "orchestrator/verify/until_told.h"

namespace verify {
namespace {

constexpr const char* kOneLeader =
    "Election Safety (Figure 3, section 5.2): at most one leader can be elected in a given term.";
constexpr const char* kOneVote =
    "One vote (section 5.2): each server votes for at most one candidate in a given term.";
constexpr const char* kMajority =
    "Majority (section 5.2, section 6): a candidate wins if it receives votes from a majority of "
    "the servers, of the old and of the new ones while the configuration is joint.";
constexpr const char* kDurable =
    "Persistent state (Figure 2): currentTerm and votedFor are updated on stable storage before "
    "responding to RPCs.";
constexpr const char* kTerms =
    "Terms (section 5.1, Figure 2): currentTerm increases monotonically.";

struct HardState {
  Term term;
  NodeId voted_for;
  friend bool operator==(const HardState&, const HardState&) = default;
};

std::string text_of(const HardState& state) {
  return fmt::format("term {} with its vote for {}", state.term.value,
                     name_of_node(state.voted_for));
}

class ElectionSafety final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    counted_.told(event, [this](const Counted& vote) { was_granted(vote); });
    Server& server = servers_[event.node];
    server.configuration.take(event);
    std::visit([&](const auto& what) { take(server, event, what); }, event.what);
  }

  Conclusion conclude(const Ending& ending) override {
    if (ending.whole) counted_.all([this](const Counted& vote) { was_granted(vote); });
    if (leaders_.empty() && votes_.empty()) return {};
    return having_seen(fmt::format("{} in {}, {}", count(leaders_.size(), "leader"),
                                   count(terms_seen(), "term"), count(votes_.size(), "vote")),
                       untold_);
  }

 private:
  struct Server {
    NodeConfiguration configuration;
    Term term;  // of this incarnation, as it last said
    Where term_at;
    Where durable_at;
    OnDisk<HardState> disk{HardState{}};
  };
  struct Leader {
    NodeId node;
    std::uint32_t incarnation = 0;
    Time at{};
    Where where;
  };
  struct Vote {
    NodeId candidate;
    std::uint32_t incarnation = 0;
    Where where;
    Time durable = Time::max();  // since when: what was only decided on, a crash may take back
  };
  struct Counted {  // by the leader of this term
    Term term;
    NodeId voter;
  };

  void take(Server& server, const NodeEvent& event, const Started&) {
    server.term = {};
    server.term_at = event.where;
  }
  void take(Server& server, const NodeEvent& event, const Recovered& recovered) {
    term_is(server, event);
    const HardState found{event.term, recovered.voted_for};
    const HardState durable = server.disk.last_durable();
    const HardState decided = server.disk.last_decided();
    voted(event, recovered.voted_for, true);
    // A snapshot is durable before the hard state of the same write, and brings its term.
    const bool brought = found == HardState{recovered.snapshot.term, NodeId{}} &&
                         durable.term < found.term && found.term <= decided.term;
    if (!server.disk.recovered(found) && !brought) {
      violated(fmt::format("{} {} started its incarnation {} with {}; the last known durable was "
                           "{}, and the last it decided on {}.",
                           kDurable, node::node_name(event.node), event.incarnation, text_of(found),
                           text_of(durable), text_of(decided)),
               {event.where, server.durable_at});
    }
    server.durable_at = event.where;
  }
  void take(Server& server, const NodeEvent& event, const Persisted& persisted) {
    const HardState state{event.term, persisted.voted_for};
    voted(event, persisted.voted_for, true);
    if (!server.disk.persisted(state)) {
      violated(fmt::format("{} {} made {} durable, which it had not decided on since {}.", kDurable,
                           node::node_name(event.node), text_of(state),
                           text_of(server.disk.last_durable())),
               {event.where, server.durable_at});
    }
    server.durable_at = event.where;
  }
  void take(Server& server, const NodeEvent& event, const TermAdvanced&) {
    term_is(server, event);
    server.disk.decided({event.term, NodeId{}});
  }
  void take(Server& server, const NodeEvent& event, const VoteGranted& granted) {
    term_is(server, event);
    if (granted.pre_vote) return;
    voted(event, granted.candidate, false);
    server.disk.decided({event.term, granted.candidate});
  }
  void take(Server& server, const NodeEvent& event, const RoleChanged& changed) {
    term_is(server, event);
    if (event.role == Role::leader) elected(server, event, changed);
  }
  template <class Other>
  void take(Server& server, const NodeEvent& event, const Other&) {
    term_is(server, event);
  }

  void term_is(Server& server, const NodeEvent& event) {
    if (event.term < server.term) {
      violated(fmt::format("{} {} went from term {} back to term {}.", kTerms,
                           node::node_name(event.node), server.term.value, event.term.value),
               {event.where, server.term_at});
    }
    if (event.term != server.term) server.term_at = event.where;
    server.term = event.term;
  }

  void elected(const Server& server, const NodeEvent& event, const RoleChanged& changed) {
    const auto [place, first] = leaders_.try_emplace(
        event.term, Leader{event.node, event.incarnation, event.at, event.where});
    if (!first) {
      const Leader& other = place->second;
      violated(fmt::format("{} In term {} both {} (incarnation {}) and {} (incarnation {}) became "
                           "leader.",
                           kOneLeader, event.term.value, node::node_name(other.node),
                           other.incarnation, node::node_name(event.node), event.incarnation),
               {event.where, other.where});
    }
    for (const NodeId voter : changed.votes) {
      counted_.ask(voter, event.at, {event.term, voter});
      counted_.ripe(voter, [this](const Counted& vote) { was_granted(vote); });
    }
    const NodeConfiguration::Placed* used = server.configuration.latest();
    if (!used) {
      untold_ = fmt::format("can't tell in which configuration {} became leader of term {}",
                            node::node_name(event.node), event.term.value);
    }
    if (!used || is_quorum(used->configuration, changed.votes)) return;
    violated(
        fmt::format("{} {} became leader of term {} by the votes of {}, which are no quorum of "
                    "{}.",
                    kMajority, node::node_name(event.node), event.term.value,
                    changed.votes.empty() ? "nobody" : names_of_nodes(changed.votes),
                    text_of(used->configuration)),
        {event.where, used->where});
  }

  void voted(const NodeEvent& event, NodeId candidate, bool durable) {
    if (candidate == NodeId{}) return;
    const Vote vote{candidate, event.incarnation, event.where, durable ? event.at : Time::max()};
    const auto [place, first] = votes_.try_emplace({event.term, event.node}, vote);
    Vote& earlier = place->second;
    if (first) return;
    if (earlier.candidate == candidate) {
      earlier.durable = std::min(earlier.durable, vote.durable);
      return;
    }
    if (earlier.durable == Time::max() && earlier.incarnation < event.incarnation) {
      earlier = vote;
      return;
    }
    violated(fmt::format("{} In term {}, {} voted for {} (incarnation {}) and for {} "
                         "(incarnation {}).",
                         kOneVote, event.term.value, node::node_name(event.node),
                         name_of_node(earlier.candidate), earlier.incarnation,
                         name_of_node(candidate), event.incarnation),
             {event.where, earlier.where});
  }

  // A vote that a leader counted was given to it, and was durable by then: both lines are written
  // before the vote is sent.
  void was_granted(const Counted& counted) {
    const Leader& leader = leaders_.at(counted.term);
    const auto vote = votes_.find({counted.term, counted.voter});
    const bool granted = vote != votes_.end() && vote->second.candidate == leader.node;
    if (granted && vote->second.durable <= leader.at) return;
    std::vector<Where> lines{leader.where};
    if (vote != votes_.end()) lines.push_back(vote->second.where);
    const std::string instead =
        granted
            ? "had not made its vote durable by then"
            : fmt::format("voted for {}",
                          vote == votes_.end() ? "nobody" : name_of_node(vote->second.candidate));
    violated(fmt::format("{} {} became leader of term {} counting a vote of {}, which {}.",
                         granted ? kDurable : kMajority, node::node_name(leader.node),
                         counted.term.value, node::node_name(counted.voter), instead),
             std::move(lines), {{counted.voter, leader.at}});
  }

  std::size_t terms_seen() const {
    std::size_t terms = 0;
    Term last;
    for (const auto& [key, vote] : votes_) {
      if (key.first != last) ++terms;
      last = key.first;
    }
    return std::max(terms, leaders_.size());
  }

  std::map<NodeId, Server> servers_;
  std::map<Term, Leader> leaders_;
  std::map<std::pair<Term, NodeId>, Vote> votes_;
  UntilTold<Counted> counted_;
  std::string untold_;
};

}  // namespace

std::unique_ptr<Check> election_safety() {
  return std::make_unique<ElectionSafety>();
}

}  // namespace verify
