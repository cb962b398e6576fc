// SPDX-License-Identifier: Apache-2.0
// The steps and what each may say.
#include <fmt/format.h>

#include "orchestrator/scenario/language.h"
#include "orchestrator/scenario/values.h"

namespace scenario {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

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
                     alternative<RepeatStep>("repeat", step.action, repeat_fields),
                 });
  });
}

}  // namespace scenario
