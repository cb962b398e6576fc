// SPDX-License-Identifier: Apache-2.0
// The faults and what each may say.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "node/protocol.h"
#include "orchestrator/scenario/language.h"
#include "orchestrator/scenario/values.h"

namespace scenario {
namespace {

using Direction = PartitionFault::Direction;
using Distribution = DelayFault::Distribution;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

const std::vector<Name<Direction>> kDirections = {
    {"both", Direction::both}, {"to", Direction::to}, {"from", Direction::from}};

const std::vector<Name<Distribution>> kDistributions = {{"constant", Distribution::constant},
                                                        {"uniform", Distribution::uniform},
                                                        {"normal", Distribution::normal}};

bool share_a_node(const std::vector<Target>& groups) {
  std::set<raft::NodeId> seen;
  for (const Target& group : groups) {
    for (const raft::NodeId node : group.nodes) {
      if (!seen.insert(node).second) return true;
    }
  }
  return false;
}

void link_fields(Form& f, LinkSelector& link) {
  f.optional("src", maybe<Target>(link.src, target));
  f.optional("dst", maybe<Target>(link.dst, target));
  const std::string types = fmt::format("{}", fmt::join(words_of(message_names()), ", "));
  const auto message = [](proxy::MessageType& type) { return word(type, message_names()); };
  f.optional("messages", list<proxy::MessageType>(link.messages, types, message));
}

void partition_fields(Form& f, PartitionFault& p) {
  f.optional("isolate", maybe<Target>(p.isolate, target));
  f.optional("groups", list<Target>(p.groups, "targets", target));
  f.optional("direction", word(p.direction, kDirections));
  f.check(f.has("isolate") != f.has("groups"), {"isolate", "groups"},
          "a partition has one of 'isolate' and 'groups'");
  f.check(!share_a_node(p.groups), {"groups"}, "a node is in two groups");
}

void delay_fields(Form& f, DelayFault& d) {
  link_fields(f, d.link);
  f.required("latency", duration(d.latency, microseconds(1), hours(1)));
  f.optional("jitter", duration(d.jitter, microseconds(0), hours(1)));
  f.optional("distribution", word(d.distribution, kDistributions));
  f.check(d.distribution != Distribution::constant || d.jitter == Duration::zero(),
          {"jitter", "distribution"}, "a constant delay has no jitter");
}

void loss_fields(Form& f, LossFault& loss) {
  link_fields(f, loss.link);
  f.required("percent", percent(loss.percent));
}

void kill_fields(Form& f, KillFault& kill) {
  f.required("target", target(kill.target));
  f.optional("restart_after", maybe<Duration>(kill.restart_after, [](Duration& after) {
               return duration(after, milliseconds(0), hours(1));
             }));
}

void pause_fields(Form& f, PauseFault& pause) {
  f.required("target", target(pause.target));
}

void slow_fields(Form& f, SlowFault& slow) {
  f.required("target", target(slow.target));
  f.required("per_event", duration(slow.per_event, microseconds(1), node::kMaxPerEvent));
}

void clock_fields(Form& f, ClockFault& clock) {
  f.required("target", target(clock.target));
  constexpr double kMillion = 1e6;
  f.optional("rate", decimal(clock.rate, node::kMinRate / kMillion, node::kMaxRate / kMillion));
  f.optional("jump", duration(clock.jump, -node::kMaxJump, node::kMaxJump));
  f.check(f.has("rate") || f.has("jump"), {"target"}, "a clock fault has a 'rate' or a 'jump'");
}

// What all faults say, around what is their own.
template <class T>
Alternative fault(std::string_view word, FaultStep& step, void (*fields)(Form&, T&)) {
  Alternative a = alternative<T>(word, step.fault, fields);
  a.fields = [&step, inside = a.fields](Form& f, bool fresh) {
    f.optional("id", new_id(step.id));
    inside(f, fresh);
    f.optional("may_not_match", flag(step.may_not_match));
  };
  return a;
}

// A fault that ends by a heal or by itself.
template <class T>
Alternative lasting_fault(std::string_view word, FaultStep& step, void (*fields)(Form&, T&)) {
  Alternative a = fault<T>(word, step, fields);
  a.fields = [&step, inside = a.fields](Form& f, bool fresh) {
    inside(f, fresh);
    f.optional("duration", maybe<Duration>(step.duration, [](Duration& length) {
                 return duration(length, milliseconds(1), hours(24));
               }));
  };
  return a;
}

Reading::Id use_of(const FaultStep& step) {
  const auto* partition = std::get_if<PartitionFault>(&step.fault);
  const bool on_links = partition != nullptr || std::holds_alternative<DelayFault>(step.fault) ||
                        std::holds_alternative<LossFault>(step.fault);
  // Of several groups none is the one that is meant.
  const bool one_side = partition != nullptr && partition->groups.size() <= 1;
  return {.heals = !std::holds_alternative<KillFault>(step.fault),
          .nodes = !on_links || one_side,
          .fault = true};
}

// Gives the fault its id where the file does not: fault-N for the N-th fault of the file.
void define(Form& f, FaultStep& step) {
  Reading* reading = f.reading();
  if (reading == nullptr) return;
  const std::string own = fmt::format("fault-{}", ++reading->faults);
  f.check(step.id.empty() || !step.id.starts_with("fault-") || step.id == own, {"id"},
          fmt::format("ids that begin with 'fault-' are those of faults without one; this would "
                      "be '{}'",
                      own));
  if (step.id.empty()) step.id = own;
  reading->ids.emplace(step.id, use_of(step));
}

}  // namespace

void fault_fields(Form& f, FaultStep& step) {
  f.one_word_of("fault", {
                             lasting_fault<PartitionFault>("partition", step, partition_fields),
                             lasting_fault<DelayFault>("delay", step, delay_fields),
                             lasting_fault<LossFault>("loss", step, loss_fields),
                             fault<KillFault>("kill", step, kill_fields),
                             lasting_fault<PauseFault>("pause", step, pause_fields),
                             lasting_fault<SlowFault>("slow", step, slow_fields),
                             lasting_fault<ClockFault>("clock", step, clock_fields),
                         });
  define(f, step);
}

}  // namespace scenario
