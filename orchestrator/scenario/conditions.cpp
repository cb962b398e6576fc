// SPDX-License-Identifier: Apache-2.0
// The conditions that wait_for and expect name.
#include <fmt/format.h>

#include "orchestrator/scenario/language.h"
#include "orchestrator/scenario/values.h"

namespace scenario {
namespace {

using LeaderKind = LeaderCondition::Kind;

const std::vector<Name<LeaderKind>> kLeaderKinds = {
    {"one", LeaderKind::one}, {"stable", LeaderKind::stable}, {"none", LeaderKind::none}};

const std::vector<Name<node::ClientError>>& error_names() {
  static const auto all = [] {
    std::vector<Name<node::ClientError>> names;
    constexpr auto kLast = static_cast<std::uint8_t>(node::ClientError::truncated);
    for (std::uint8_t i = 0; i <= kLast; ++i) {
      const auto error = static_cast<node::ClientError>(i);
      names.push_back({node::name_of(error), error});
    }
    return names;
  }();
  return all;
}

// The only word that a condition without parameters takes.
Value only(std::string_view word_of_it) {
  return word(
      {word_of_it}, [] { return std::size_t{0}; }, [](std::size_t) {});
}

void leader_fields(Form& f, LeaderCondition& c) {
  f.required("leader", word(c.kind, kLeaderKinds));
  f.optional("is", maybe<Target>(c.is, settled_target));
  f.optional("is_not", maybe<Target>(c.is_not, settled_target));
  f.optional("term", maybe<raft::Term>(
                         c.term, [](raft::Term& term) { return number(term, 1, kMostNumber); }));
  f.check(c.kind != LeaderKind::none || (!c.is && !c.is_not && !c.term), {"is", "is_not", "term"},
          "where no leader is expected, nothing more can be said of it");
}

void terms_fields(Form& f, TermsEqualCondition&) {
  f.required("terms", only("equal"));
}

void applied_fields(Form& f, AppliedCondition& c) {
  f.required("applied", map("applied", [&c](Form& inside) {
               inside.required("log_index", number(c.log_index, 1, kMostNumber));
               inside.optional("at_least", given(c.at_least, 1, kMaxNodes));
               inside.optional("exactly", maybe<unsigned>(c.exactly, [](unsigned& n) {
                                 return number(n, 0, kMaxNodes);
                               }));
               const bool both = inside.has("at_least") && inside.has("exactly");
               const bool neither = !inside.has("at_least") && !inside.has("exactly");
               inside.check(!both && !neither, {"exactly"},
                            "applied has one of 'at_least' and 'exactly'");
               check_within_cluster(inside, "at_least", c.at_least);
               check_within_cluster(inside, "exactly", c.exactly.value_or(0));
             }));
}

void converged_fields(Form& f, ConvergedCondition&) {
  f.required("converged", only("true"));
}

void started_election_fields(Form& f, StartedElectionCondition& c) {
  f.required("started_election", settled_target(c.node));
  f.required("term", number(c.term, 1, kMostNumber));
}

void acknowledged_fields(Form& f, AcknowledgedCondition& c) {
  f.required("acknowledged", map("acknowledged", [&c](Form& inside) {
               inside.required("by", settled_target(c.by));
               inside.required("since", fault_id(c.since));
               inside.optional(
                   "after", duration(c.after, std::chrono::milliseconds(0), std::chrono::hours(1)));
               count_fields(inside, "acknowledged", c.at_least, c.at_most, {"by", "since"});
             }));
}

void members_fields(Form& f, MembersCondition& c) {
  f.required("voters", nodes(c.voters));
  f.optional("learners", nodes(c.learners));
}

void snapshot_fields(Form& f, SnapshotCondition& c) {
  f.required("snapshot", map("snapshot", [&c](Form& inside) {
               inside.required("of", settled_target(c.of));
               inside.required("log_index", number(c.log_index, 1, kMostNumber));
             }));
}

void term_at_most_fields(Form& f, TermAtMostCondition& c) {
  f.required("term_at_most", number(c.term, 1, kMostNumber));
}

void messages_fields(Form& f, MessagesCondition& c) {
  f.required("messages", map("messages", [&c](Form& inside) {
               inside.required("type", word(c.type, message_names()));
               count_fields(inside, "messages", c.at_least, c.at_most, {"type"});
             }));
}

void errors_fields(Form& f, ErrorsCondition& c) {
  f.required("errors", map("errors", [&c](Form& inside) {
               inside.required("type", word(c.type, error_names()));
               count_fields(inside, "errors", c.at_least, c.at_most, {"type"});
             }));
}

}  // namespace

void condition_fields(Form& f, Condition& place) {
  f.one_key_of(
      "a condition",
      {
          alternative<LeaderCondition>("leader", place, leader_fields),
          alternative<TermsEqualCondition>("terms", place, terms_fields),
          alternative<AppliedCondition>("applied", place, applied_fields),
          alternative<ConvergedCondition>("converged", place, converged_fields),
          alternative<StartedElectionCondition>("started_election", place, started_election_fields),
          alternative<AcknowledgedCondition>("acknowledged", place, acknowledged_fields),
          alternative<MembersCondition>("voters", place, members_fields),
          alternative<SnapshotCondition>("snapshot", place, snapshot_fields),
          alternative<TermAtMostCondition>("term_at_most", place, term_at_most_fields),
          alternative<MessagesCondition>("messages", place, messages_fields),
          alternative<ErrorsCondition>("errors", place, errors_fields),
      });
}

}  // namespace scenario
