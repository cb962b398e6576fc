// SPDX-License-Identifier: Apache-2.0
// The steps and what each may say.
#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/language.h"
#include "orchestrator/scenario/values.h"

namespace scenario {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Change = MembersStep::Change;

constexpr std::size_t kLongestName = 200;

void wait_for_fields(Form& f, WaitForStep& step) {
  f.required("wait_for", map("wait_for", [&step](Form& inside) {
               condition_fields(inside, step.condition);
               inside.optional("as", new_id(step.as));
               inside.optional("timeout", duration(step.timeout, milliseconds(1), hours(1)));
               const auto* leader = std::get_if<LeaderCondition>(&step.condition);
               const bool finds = leader != nullptr && leader->kind != LeaderCondition::Kind::none;
               inside.check(step.as.empty() || finds, {"as"},
                            "'as' remembers a leader, and none is waited for here");
               inside.check(!std::holds_alternative<AcknowledgedCondition>(step.condition),
                            {"acknowledged"}, "'acknowledged' counts what was: it is for expect");
               if (Reading* reading = inside.reading(); reading != nullptr && !step.as.empty()) {
                 reading->ids.emplace(step.as, Reading::Id{.nodes = true, .leader = true});
               }
             }));
}

void expect_fields(Form& f, ExpectStep& step) {
  f.required("expect",
             map("expect", [&step](Form& inside) { condition_fields(inside, step.condition); }));
}

void restart_fields(Form& f, RestartStep& step) {
  f.required("restart", target(step.target));
}

void heal_fields(Form& f, HealStep& step) {
  f.required("heal", healed(step.id));
}

void sleep_fields(Form& f, SleepStep& step) {
  f.required("sleep", duration(step.duration, milliseconds(1), hours(24)));
}

void agree_fields(Form& f, AgreeStep& step) {
  f.required("agree", map("agree", [&step](Form& inside) {
               inside.required("nodes", number(step.nodes, 1, kMaxNodes));
               inside.optional("retry", flag(step.retry));
               inside.optional("log_index",
                               maybe<raft::Index>(step.log_index, [](raft::Index& index) {
                                 return number(index, 1, kMostNumber);
                               }));
               inside.optional("times", number(step.times, 1, 1'000'000));
               inside.optional("timeout", duration(step.timeout, milliseconds(1), hours(1)));
               check_within_cluster(inside, "nodes", step.nodes);
             }));
}

// One index, or a list of those that are all right.
Value indexes(std::vector<raft::Index>& place) {
  const auto many = list<raft::Index>(
      place, "numbers", [](raft::Index& index) { return number(index, 1, kMostNumber); });
  const auto shape = [](raft::Index& index) { return number(index, 1, kMostNumber); };
  raft::Index any;
  Value value{.expected = shape(any).expected + ", or a list of such"};
  value.read = [&place, many, shape](const YamlNode& node, Reading& reading) {
    if (node.kind == YamlNode::Kind::sequence) return many.read(node, reading);
    shape(place.emplace_back()).read(node, reading);
  };
  value.write = [&place, many, shape] {
    return place.size() == 1 ? shape(place.front()).write() : many.write();
  };
  return value;
}

void start_fields(Form& f, StartStep& step) {
  f.required("start", map("start", [&step](Form& inside) {
               inside.required("target", target(step.target));
               inside.optional("count", number(step.count, 1, 1'000'000));
               inside.optional("accepted", maybe<bool>(step.accepted, flag));
               inside.optional("log_index", indexes(step.log_index));
               inside.check(step.log_index.empty() || step.accepted.value_or(true), {"log_index"},
                            "a command that is not accepted has no log_index");
             }));
}

// What the steps that ask the leader for something have in common.
template <class Asking>
void patience_fields(Form& f, Asking& step) {
  f.optional("timeout", duration(step.timeout, milliseconds(1), hours(1)));
  f.optional("may_fail", flag(step.may_fail));
}

// Whether it can't mean several nodes.
bool means_one(const Target& target, unsigned) {
  switch (target.kind) {
    case Target::Kind::nodes:
      return target.nodes.size() <= 1;
    case Target::Kind::leader:
    case Target::Kind::leader_plus:
    case Target::Kind::follower:
    case Target::Kind::one:
    case Target::Kind::remembered:
      return true;
    default:
      return false;
  }
}

// Whether a voter may be left of so many nodes without these.
bool leaves_a_voter(const Target& target, unsigned nodes) {
  return target.kind != Target::Kind::all && target.nodes.size() < nodes;
}

using Holds = bool (*)(const Target&, unsigned nodes);

// A target of which something holds.
Value target_that(Target& place, Holds holds, const std::string& otherwise) {
  Value value = target(place);
  value.read = [&place, holds, otherwise, read = value.read](const YamlNode& node,
                                                             Reading& reading) {
    const std::size_t errors = reading.errors.size();
    read(node, reading);
    if (reading.errors.size() == errors && !holds(place, reading.nodes)) {
      reading.fail(node.at, otherwise);
    }
  };
  return value;
}

// The target, or a map that says more.
Value target_or(const Value& single, const std::string& name, std::string_view key,
                const std::function<void(Form&)>& fields) {
  const Value whole = map(name, [single, key, fields](Form& f) {
    f.required(key, single);
    fields(f);
  });
  Value value{.expected = "a target, or a map", .write = whole.write, .list = whole.list};
  value.read = [whole, single](const YamlNode& node, Reading& reading) {
    const bool says_more = node.kind == YamlNode::Kind::map && node.find("random") == nullptr;
    (says_more ? whole : single).read(node, reading);
  };
  return value;
}

const std::vector<Name<MembersStep::Change>> kAddedAs = {
    {"voter", MembersStep::Change::add}, {"learner", MembersStep::Change::add_learner}};

void members_fields(Form& f, std::string_view verb, MembersStep& step) {
  const bool takes_voters =
      step.change == MembersStep::Change::remove || step.change == MembersStep::Change::demote;
  const Value who = takes_voters ? target_that(step.nodes, leaves_a_voter,
                                               "these are all nodes, and somebody has to vote")
                                 : target(step.nodes);
  f.required(verb, target_or(who, std::string(verb), "nodes", [&step, verb](Form& inside) {
               if (verb == "add") {
                 inside.optional("as", word(step.change, kAddedAs));
                 inside.optional("replacing", maybe<Target>(step.replacing, target));
               }
               inside.optional("wait", flag(step.wait));
               patience_fields(inside, step);
             }));
}

// One of several verbs for a change of the members.
Alternative members(std::string_view verb, std::initializer_list<MembersStep::Change> changes,
                    Step& step) {
  const auto* now = std::get_if<MembersStep>(&step.action);
  const bool chosen =
      now != nullptr && std::find(changes.begin(), changes.end(), now->change) != changes.end();
  return {verb, chosen, [&step, verb, change = *changes.begin()](Form& f, bool fresh) {
            if (fresh) step.action = MembersStep{.change = change};
            members_fields(f, verb, std::get<MembersStep>(step.action));
          }};
}

void transfer_fields(Form& f, TransferStep& step) {
  const Value to = target_that(step.to, means_one, "leadership goes to one node");
  f.required("transfer", target_or(to, "transfer", "to",
                                   [&step](Form& inside) { patience_fields(inside, step); }));
}

void repeat_fields(Form& f, RepeatStep& step) {
  f.required("repeat", map("repeat", [&step](Form& inside) {
               inside.required("times", number(step.times, 1, 1'000'000));
               inside.required("steps", list<Step>(step.steps, "steps", step_value));
             }));
}

}  // namespace

Value step_value(Step& step) {
  return map("a step", [&step](Form& f) {
    step.line = f.at().line;
    f.optional("name", text(step.name, kLongestName));
    f.one_key_of("what a step does",
                 {
                     alternative<WaitForStep>("wait_for", step.action, wait_for_fields),
                     alternative<ExpectStep>("expect", step.action, expect_fields),
                     alternative<FaultStep>("fault", step.action, fault_fields),
                     alternative<HealStep>("heal", step.action, heal_fields),
                     alternative<RestartStep>("restart", step.action, restart_fields),
                     alternative<SleepStep>("sleep", step.action, sleep_fields),
                     alternative<AgreeStep>("agree", step.action, agree_fields),
                     alternative<StartStep>("start", step.action, start_fields),
                     members("add", {Change::add, Change::add_learner}, step),
                     members("promote", {Change::promote}, step),
                     members("demote", {Change::demote}, step),
                     members("remove", {Change::remove}, step),
                     alternative<TransferStep>("transfer", step.action, transfer_fields),
                     alternative<RepeatStep>("repeat", step.action, repeat_fields),
                 });
  });
}

}  // namespace scenario
