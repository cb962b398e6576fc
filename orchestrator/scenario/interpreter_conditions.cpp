// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter_conditions.h"

#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

using About = Expectation::About;

bool contains(const std::vector<raft::NodeId>& nodes, raft::NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

class Judge {
 public:
  Judge(const BoundCondition& bound, const View& view, std::uint64_t request)
      : bound_(bound), view_(view), request_(request) {}

  Judgement operator()(const LeaderCondition& condition) const {
    if (const auto silent = silent_node(view_.connected())) {
      // The others may still have a leader; that nobody leads can't be said without it.
      if (condition.kind != LeaderCondition::Kind::one) return no_answer(*silent);
    }
    std::optional<raft::NodeId> leader;
    std::string observed;
    for (raft::NodeId node : view_.connected()) {
      const node::Status* status = answer(node);
      if (!status || status->role != raft::Role::leader) continue;
      observed += fmt::format("{}{} leads term {}", observed.empty() ? "" : ", ",
                              node::node_name(node), status->term.value);
      if (!leader || answer(*leader)->term < status->term) leader = node;
    }
    if (!leader) {
      const bool met = condition.kind == LeaderCondition::Kind::none;
      return {met, "no node among those connected leads", About::time, {}};
    }
    if (condition.kind == LeaderCondition::Kind::none) {
      return {false, observed, About::time, leader};
    }
    const std::string astray = condition.kind == LeaderCondition::Kind::stable
                                   ? members_not_following(*leader)
                                   : std::string();
    const bool met = is_the_one(condition, *leader) && astray.empty();
    observed += astray;
    return {met, observed, About::time, leader};
  }

  Judgement operator()(const TermsEqualCondition&) const {
    if (const auto silent = silent_node(connected_members())) return no_answer(*silent);
    std::string observed;
    bool equal = true;
    std::optional<raft::Term> term;
    for (raft::NodeId node : connected_members()) {
      const raft::Term own = answer(node)->term;
      equal = equal && (!term || *term == own);
      term = own;
      observed += fmt::format("{}{} in term {}", observed.empty() ? "" : ", ",
                              node::node_name(node), own.value);
    }
    return {equal && term, observed, About::time, {}};
  }

  Judgement operator()(const AppliedCondition& condition) const {
    const unsigned number = view_.applied_by(condition.log_index);
    const bool met =
        number >= condition.at_least && (!condition.exactly || number == *condition.exactly);
    return {
        met, fmt::format("applied by {} node{}", number, number == 1 ? "" : "s"), About::time, {}};
  }

  Judgement operator()(const ConvergedCondition&) const {
    const std::vector<raft::NodeId> members = view_.configuration().members();
    for (raft::NodeId node : members) {
      if (!view_.at(node).up) {
        return {false, fmt::format("{} is down", node::node_name(node)), About::time, {}};
      }
    }
    if (const auto silent = silent_node(members)) return no_answer(*silent);
    const node::Status& first = *answer(members.front());
    std::string observed;
    bool met = true;
    bool differ = false;
    for (raft::NodeId node : members) {
      const node::Status& status = *answer(node);
      if (status.configuration != view_.configuration() || status.configuration.joint()) {
        return {false, "a change of the members is under way", About::time, {}};
      }
      const bool same_index = status.applied_index == first.applied_index;
      const bool same = status.digest == first.digest && status.state_digest == first.state_digest;
      met = met && same_index && same;
      differ = differ || (same_index && !same);
      observed += fmt::format("{}{} applied {}", observed.empty() ? "" : ", ",
                              node::node_name(node), status.applied_index.value);
    }
    if (differ) observed += "; digests differ at one index";
    return {met, observed, differ ? About::safety : About::time, {}};
  }

  Judgement operator()(const StartedElectionCondition& condition) const {
    const auto candidate = view_.first_candidate(condition.term);
    if (!candidate) {
      return {false, fmt::format("no candidate of term {}", condition.term.value), About::time, {}};
    }
    return {contains(bound_.is, *candidate),
            fmt::format("{} was the first candidate of term {}", node::node_name(*candidate),
                        condition.term.value),
            About::time,
            {}};
  }

  Judgement operator()(const AcknowledgedCondition& condition) const {
    std::size_t number = 0;
    for (raft::NodeId node : bound_.is) {
      number += view_.acknowledged_since(node, bound_.since + condition.after);
    }
    return {is_within(number, condition),
            fmt::format("{} acknowledged by {}", number, describe(bound_.is)),
            About::time,
            {}};
  }

  Judgement operator()(const MembersCondition& condition) const {
    const raft::Configuration wanted{condition.voters, {}, condition.learners};
    return {view_.configuration() == wanted, describe(view_.configuration()), About::time, {}};
  }

  Judgement operator()(const SnapshotCondition& condition) const {
    if (const auto silent = silent_node(bound_.is)) return no_answer(*silent);
    bool met = !bound_.is.empty();
    std::string observed;
    for (raft::NodeId node : bound_.is) {
      const raft::Index index = answer(node)->snapshot_index;
      met = met && index >= condition.log_index;
      observed += fmt::format("{}the newest of {} is at {}", observed.empty() ? "" : ", ",
                              node::node_name(node), index.value);
    }
    return {met, observed, About::time, {}};
  }

  Judgement operator()(const TermAtMostCondition& condition) const {
    raft::Term highest;
    for (raft::NodeId node : view_.all()) {
      if (const node::Status* status = answer(node)) highest = std::max(highest, status->term);
    }
    return {highest <= condition.term, fmt::format("term {}", highest.value), About::time, {}};
  }

  Judgement operator()(const MessagesCondition& condition) const {
    if (!view_.network()) return {false, "the network gave no answer", About::time, {}};
    std::uint64_t number = 0;
    for (const proxy::TypeSum& sum : view_.network()->types) {
      if (sum.type == condition.type && sum.kind != proxy::MessageKind::reply) {
        number += sum.outcomes.delivered.messages;
      }
    }
    return {is_within(number, condition), fmt::format("{} delivered", number), About::time, {}};
  }

  Judgement operator()(const ErrorsCondition& condition) const {
    const std::uint64_t number = view_.answered(condition.type);
    return {is_within(number, condition),
            fmt::format("{} answered {}", number, node::name_of(condition.type)),
            About::time,
            {}};
  }

 private:
  template <class Counting>
  static bool is_within(std::uint64_t number, const Counting& condition) {
    return number >= condition.at_least && (!condition.at_most || number <= *condition.at_most);
  }

  std::vector<raft::NodeId> connected_members() const {
    return view_.connected(view_.configuration().members());
  }

  const node::Status* answer(raft::NodeId node) const {
    const std::optional<node::Status>& answer = view_.at(node).answer;
    return answer && answer->id >= request_ ? &*answer : nullptr;
  }

  std::optional<raft::NodeId> silent_node(const std::vector<raft::NodeId>& nodes) const {
    for (raft::NodeId node : nodes) {
      if (!answer(node)) return node;
    }
    return std::nullopt;
  }

  static Judgement no_answer(raft::NodeId node) {
    return {false, fmt::format("{} gave no answer", node::node_name(node)), About::time, {}};
  }

  bool is_the_one(const LeaderCondition& condition, raft::NodeId leader) const {
    return (!condition.is || contains(bound_.is, leader)) &&
           (!condition.is_not || !contains(bound_.is_not, leader)) &&
           (!condition.term || answer(leader)->term == *condition.term);
  }

  // In words; empty where there is none.
  std::string members_not_following(raft::NodeId leader) const {
    std::string others;
    for (raft::NodeId node : connected_members()) {
      const node::Status& status = *answer(node);
      const bool follows = status.term == answer(leader)->term && status.leader == leader;
      if (!follows) others += fmt::format(", {} does not follow", node::node_name(node));
    }
    return others;
  }

  const BoundCondition& bound_;
  const View& view_;
  std::uint64_t request_;
};

}  // namespace

Judgement judge(const BoundCondition& bound, const View& view, std::uint64_t request) {
  return std::visit(Judge(bound, view, request), *bound.condition);
}

const Target* is_target(const Condition& condition) {
  if (const auto* leader = std::get_if<LeaderCondition>(&condition)) {
    return leader->is ? &*leader->is : nullptr;
  }
  if (const auto* election = std::get_if<StartedElectionCondition>(&condition)) {
    return &election->node;
  }
  if (const auto* acknowledged = std::get_if<AcknowledgedCondition>(&condition)) {
    return &acknowledged->by;
  }
  if (const auto* snapshot = std::get_if<SnapshotCondition>(&condition)) return &snapshot->of;
  return nullptr;
}

const Target* is_not_target(const Condition& condition) {
  const auto* leader = std::get_if<LeaderCondition>(&condition);
  return leader && leader->is_not ? &*leader->is_not : nullptr;
}

}  // namespace scenario
