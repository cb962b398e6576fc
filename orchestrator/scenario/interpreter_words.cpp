// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter_words.h"

#include <fmt/format.h>

#include "node/protocol.h"

namespace scenario {
namespace {

std::string words(const LeaderCondition& c) {
  const char* kind = c.kind == LeaderCondition::Kind::one      ? "a leader"
                     : c.kind == LeaderCondition::Kind::stable ? "a stable leader"
                                                               : "no leader";
  std::string text = kind;
  if (c.is) text += fmt::format(", {}", describe(*c.is));
  if (c.is_not) text += fmt::format(", not {}", describe(*c.is_not));
  if (c.term) text += fmt::format(", of term {}", c.term->value);
  return text;
}

std::string words(const TermsEqualCondition&) {
  return "one term everywhere";
}

std::string words(const AppliedCondition& c) {
  const std::string nodes =
      c.exactly ? fmt::format("{}", *c.exactly) : fmt::format("at least {}", c.at_least);
  return fmt::format("index {} applied by {} node{}", c.log_index.value, nodes,
                     (c.exactly ? *c.exactly : c.at_least) == 1 ? "" : "s");
}

std::string words(const ConvergedCondition&) {
  return "all members converged";
}

std::string words(const StartedElectionCondition& c) {
  return fmt::format("{} started the election of term {}", describe(c.node), c.term.value);
}

// "at least 2, at most 4"
std::string count_words(unsigned at_least, std::optional<unsigned> at_most) {
  std::string text;
  if (at_least > 0) text = fmt::format("at least {}", at_least);
  if (at_most) text += fmt::format("{}at most {}", text.empty() ? "" : ", ", *at_most);
  return text;
}

std::string words(const AcknowledgedCondition& c) {
  return fmt::format("{} acknowledged by {} since {}", count_words(c.at_least, c.at_most),
                     describe(c.by), c.since);
}

std::string words(const MembersCondition& c) {
  return describe(raft::Configuration{c.voters, {}, c.learners});
}

std::string words(const SnapshotCondition& c) {
  return fmt::format("a snapshot of {} at index {} or later", describe(c.of), c.log_index.value);
}

std::string words(const TermAtMostCondition& c) {
  return fmt::format("no term above {}", c.term.value);
}

std::string words(const MessagesCondition& c) {
  return fmt::format("{} delivered of {}", count_words(c.at_least, c.at_most),
                     proxy::message_type_name(c.type));
}

std::string words(const ErrorsCondition& c) {
  return fmt::format("{} answered {}", count_words(c.at_least, c.at_most), node::name_of(c.type));
}

std::string link_words(const LinkSelector& link) {
  std::string text;
  if (link.src) text += fmt::format(" from {}", describe(*link.src));
  if (link.dst) text += fmt::format(" to {}", describe(*link.dst));
  for (std::size_t i = 0; i < link.messages.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? " of " : ", ", proxy::message_type_name(link.messages[i]));
  }
  return text;
}

std::string words(const PartitionFault& f) {
  std::string text = "partition:";
  if (f.isolate) text += fmt::format(" {} cut off", describe(*f.isolate));
  for (std::size_t i = 0; i < f.groups.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? " " : " | ", describe(f.groups[i]));
  }
  if (f.direction == PartitionFault::Direction::to) text += ", hears nothing";
  if (f.direction == PartitionFault::Direction::from) text += ", is not heard";
  return text;
}

std::string words(const DelayFault& f) {
  std::string text = fmt::format("delay {}", describe(f.latency));
  if (f.jitter.count() != 0) text += fmt::format(" +-{}", describe(f.jitter));
  return text + link_words(f.link);
}

std::string words(const LossFault& f) {
  return fmt::format("lose {}%", f.percent) + link_words(f.link);
}

std::string words(const KillFault& f) {
  std::string text = fmt::format("kill -9 {}", describe(f.target));
  if (f.restart_after) text += fmt::format(", restart after {}", describe(*f.restart_after));
  return text;
}

std::string words(const PauseFault& f) {
  return fmt::format("pause {}", describe(f.target));
}

std::string words(const SlowFault& f) {
  return fmt::format("slow {} down: {} an event", describe(f.target), describe(f.per_event));
}

std::string words(const ClockFault& f) {
  std::string text = fmt::format("the clock of {}", describe(f.target));
  if (f.rate != 1) text += fmt::format(" runs at {} times its rate", f.rate);
  if (f.rate != 1 && f.jump.count() != 0) text += " and";
  if (f.jump.count() != 0) {
    text += fmt::format(" jumps {}{}", f.jump.count() < 0 ? "-" : "",
                        describe(f.jump.count() < 0 ? -f.jump : f.jump));
  }
  return text;
}

std::string words(const FaultStep& s) {
  std::string text = std::visit([](const auto& fault) { return words(fault); }, s.fault);
  if (s.duration) text += fmt::format(", for {}", describe(*s.duration));
  return text;
}

std::string words(const RestartStep& s) {
  return fmt::format("restart {}", describe(s.target));
}

std::string words(const HealStep& s) {
  return s.id.empty() ? "heal all" : fmt::format("heal {}", s.id);
}

std::string words(const SleepStep& s) {
  return fmt::format("sleep {}", describe(s.duration));
}

std::string words(const WaitForStep& s) {
  return fmt::format("wait for {}", describe(s.condition));
}

std::string words(const ExpectStep& s) {
  return fmt::format("expect {}", describe(s.condition));
}

std::string words(const AgreeStep& s) {
  std::string text = fmt::format("agree on {} command{}", s.times, s.times == 1 ? "" : "s");
  text += fmt::format(", {} nodes", s.nodes);
  if (s.log_index) text += fmt::format(", at index {}", s.log_index->value);
  return text + (s.retry ? "" : ", no retry");
}

std::string words(const StartStep& s) {
  return fmt::format("start {} command{} at {}", s.count, s.count == 1 ? "" : "s",
                     describe(s.target));
}

std::string words(const MembersStep& s) {
  const std::string nodes = describe(s.nodes);
  switch (s.change) {
    case MembersStep::Change::add:
      return fmt::format("add {}{}", nodes,
                         s.replacing ? fmt::format(" for {}", describe(*s.replacing)) : "");
    case MembersStep::Change::add_learner:
      return fmt::format("add {} as learner{}", nodes,
                         s.replacing ? fmt::format(" for {}", describe(*s.replacing)) : "");
    case MembersStep::Change::promote:
      return fmt::format("promote {}", nodes);
    case MembersStep::Change::demote:
      return fmt::format("demote {}", nodes);
    case MembersStep::Change::remove:
      return fmt::format("remove {}", nodes);
  }
  return "";
}

std::string words(const TransferStep& s) {
  return fmt::format("transfer leadership to {}", describe(s.to));
}

std::string words(const RepeatStep& s) {
  return fmt::format("repeat {} times", s.times);
}

}  // namespace

std::string describe(Duration duration) {
  const std::int64_t us = duration.count();
  if (us % 1'000 != 0) return fmt::format("{}us", us);
  if (us % 1'000'000 == 0 || us > 1'000'000) {
    return fmt::format("{}s", static_cast<double>(us) / 1e6);
  }
  return fmt::format("{}ms", us / 1'000);
}

std::string describe(const std::vector<raft::NodeId>& nodes) {
  std::string text;
  for (raft::NodeId node : nodes)
    text += (text.empty() ? "" : " ") + node::node_name(node);
  return text.empty() ? "nobody" : text;
}

std::string describe(const raft::Configuration& configuration) {
  std::string text =
      configuration.joint()
          ? fmt::format("joint: {} before, {} after", describe(configuration.old_voters),
                        describe(configuration.voters))
          : fmt::format("voters {}", describe(configuration.voters));
  if (configuration.learners.empty()) return text;
  return text + fmt::format(", learners {}", describe(configuration.learners));
}

std::string describe(const Target& target) {
  switch (target.kind) {
    case Target::Kind::nodes:
      return describe(target.nodes);
    case Target::Kind::leader:
      return "leader";
    case Target::Kind::leader_plus:
      return fmt::format("leader+{}", target.number);
    case Target::Kind::follower:
      return "follower";
    case Target::Kind::followers:
      return "followers";
    case Target::Kind::one:
      return "one";
    case Target::Kind::random:
      return fmt::format("random {}", target.number);
    case Target::Kind::majority:
      return "majority";
    case Target::Kind::minority:
      return "minority";
    case Target::Kind::all:
      return "all";
    case Target::Kind::remembered:
      return target.number == 0 ? target.id : fmt::format("{}+{}", target.id, target.number);
  }
  return "";
}

std::string describe(const Condition& condition) {
  return std::visit([](const auto& c) { return words(c); }, condition);
}

std::string describe(const Step& step) {
  std::string text = std::visit([](const auto& action) { return words(action); }, step.action);
  return step.name.empty() ? text : fmt::format("{}: {}", step.name, text);
}

}  // namespace scenario
