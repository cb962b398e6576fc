// SPDX-License-Identifier: Apache-2.0
// Steps that do something to nodes and network: faults, heal, restart, sleep.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_steps.h"
#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

using Nodes = std::vector<raft::NodeId>;

std::vector<proxy::Address> addresses(const Nodes& nodes) {
  std::vector<proxy::Address> all;
  for (raft::NodeId node : nodes)
    all.push_back(static_cast<proxy::Address>(node.value));
  return all;
}

// The targets of a fault, in the order in which they stand in it.
std::vector<const Target*> targets_of(const FaultStep& step) {
  std::vector<const Target*> targets;
  const auto add = [&](const std::optional<Target>& target) {
    if (target) targets.push_back(&*target);
  };
  if (const auto* partition = std::get_if<PartitionFault>(&step.fault)) {
    add(partition->isolate);
    for (const Target& group : partition->groups)
      targets.push_back(&group);
  } else if (const auto* delay = std::get_if<DelayFault>(&step.fault)) {
    add(delay->link.src);
    add(delay->link.dst);
  } else if (const auto* loss = std::get_if<LossFault>(&step.fault)) {
    add(loss->link.src);
    add(loss->link.dst);
  } else {
    std::visit(
        [&](const auto& fault) {
          if constexpr (requires { fault.target; }) targets.push_back(&fault.target);
        },
        step.fault);
  }
  return targets;
}

proxy::Match match(const LinkSelector& link, const std::vector<Nodes>& resolved) {
  proxy::Match match;
  std::size_t next = 0;
  if (link.src) match.src = addresses(resolved[next++]);
  if (link.dst) match.dst = addresses(resolved[next]);
  match.messages = link.messages;
  return match;
}

proxy::Distribution distribution(DelayFault::Distribution distribution) {
  switch (distribution) {
    case DelayFault::Distribution::constant:
      return proxy::Distribution::constant;
    case DelayFault::Distribution::uniform:
      return proxy::Distribution::uniform;
    case DelayFault::Distribution::normal:
      return proxy::Distribution::normal;
  }
  return proxy::Distribution::constant;
}

class RunningFault final : public RunningStep {
 public:
  RunningFault(const FaultStep& step, int number, Stage& stage)
      : step_(step), number_(number), leader_deadline_(stage.now() + kLeaderPatience) {}

  bool advance(Stage& stage) override {
    if (!fired_) return fire(stage);
    if (command_) return stage.is_in_effect(*command_);
    return std::none_of(targets_.begin(), targets_.end(),
                        [&](raft::NodeId node) { return stage.was_killed(node); });
  }

  std::optional<raft::Time> wake_at() const override {
    if (fired_) return std::nullopt;
    return leader_deadline_;
  }

 private:
  bool fire(Stage& stage) {
    const std::vector<const Target*> targets = targets_of(step_);
    const bool needs_one = std::any_of(targets.begin(), targets.end(),
                                       [](const Target* target) { return needs_leader(*target); });
    const bool may_wait = !step_.may_not_match && stage.now() < leader_deadline_;
    if (needs_one && !stage.view().leader() && may_wait) return false;
    fired_ = true;
    std::vector<Nodes> resolved;
    for (const Target* target : targets) {
      resolved.push_back(stage.resolve(*target, number_));
      targets_.insert(targets_.end(), resolved.back().begin(), resolved.back().end());
      if (!resolved.back().empty()) continue;
      if (!step_.may_not_match) {
        outcome = Outcome{false, fmt::format("{} is somebody", describe(*target)),
                          "there is nobody", Expectation::About::time};
      }
      targets_.clear();
      return true;
    }
    std::sort(targets_.begin(), targets_.end());
    targets_.erase(std::unique(targets_.begin(), targets_.end()), targets_.end());
    std::visit([&](const auto& fault) { start(fault, resolved, stage); }, step_.fault);
    stage.remember(step_.id, targets_);
    if (started_ && step_.duration) stage.heal_at(stage.now() + *step_.duration, step_.id);
    return advance(stage);
  }

  void start(const PartitionFault& fault, const std::vector<Nodes>& resolved, Stage& stage) {
    const unsigned size = stage.view().size();
    const std::vector<Nodes> sides =
        fault.isolate ? std::vector<Nodes>{} : sides_of(resolved, size);
    proxy::Partition partition{fault.isolate ? cut_around(targets_, size, fault.direction)
                                             : cut_between(sides, fault.direction)};
    if (partition.cut.empty()) {
      if (!step_.may_not_match) {
        outcome =
            Outcome{false, "the partition cuts a link", "it cuts none", Expectation::About::time};
      }
      return;
    }
    start_rule(
        "partition", {}, std::move(partition),
        fault.isolate ? targets_ : outside_majority(sides, stage.view().configuration().voters),
        stage);
  }

  void start(const DelayFault& fault, const std::vector<Nodes>& resolved, Stage& stage) {
    start_rule("delay", match(fault.link, resolved),
               proxy::Delay{fault.latency, fault.jitter, distribution(fault.distribution)}, {},
               stage);
  }

  void start(const LossFault& fault, const std::vector<Nodes>& resolved, Stage& stage) {
    start_rule("loss", match(fault.link, resolved), proxy::Loss{fault.percent}, {}, stage);
  }

  void start(const KillFault& fault, const std::vector<Nodes>&, Stage& stage) {
    stage.record(FaultStarted{step_.id, "kill", targets_, {}, false});
    for (raft::NodeId node : targets_) {
      stage.kill(node);
      if (fault.restart_after) stage.restart_at(stage.now() + *fault.restart_after, node);
    }
  }

  void start(const PauseFault&, const std::vector<Nodes>&, Stage& stage) {
    start_on_machines("pause", Paused{}, stage);
  }

  void start(const SlowFault& fault, const std::vector<Nodes>&, Stage& stage) {
    start_on_machines("slow", node::SlowDown{fault.per_event}, stage);
  }

  void start(const ClockFault& fault, const std::vector<Nodes>&, Stage& stage) {
    const auto ppm = static_cast<std::uint64_t>(std::llround(fault.rate * 1e6));
    start_on_machines("clock", node::SetClock{ppm, fault.jump}, stage);
  }

  void start_on_machines(const char* name, MachineFault machine, Stage& stage) {
    stage.start_fault({step_.id, name, targets_, {}, false, machine}, machine);
    started_ = true;
  }

  void start_rule(const char* name, proxy::Match match, proxy::Fault fault, Nodes isolated,
                  Stage& stage) {
    proxy::Rule rule{step_.id, std::move(match), std::move(fault)};
    command_ = stage.start_fault({step_.id, name, targets_, std::move(rule), step_.may_not_match},
                                 std::move(isolated));
    started_ = true;
  }

  const FaultStep& step_;
  int number_;
  raft::Time leader_deadline_;
  bool fired_ = false;
  bool started_ = false;  // and lasts
  Nodes targets_;
  std::optional<std::uint64_t> command_;  // of a fault of the network
};

class RunningRestart final : public RunningStep {
 public:
  RunningRestart(Nodes nodes, Stage& stage) : nodes_(std::move(nodes)) {
    for (raft::NodeId node : nodes_)
      stage.start(node);
  }
  // A node that ends before it is ready is waited for by nobody: its end is told elsewhere.
  bool advance(Stage& stage) override {
    return std::all_of(nodes_.begin(), nodes_.end(), [&](raft::NodeId node) {
      const NodeView& view = stage.view().at(node);
      return (view.ready || !view.up) && !stage.was_killed(node);
    });
  }

 private:
  Nodes nodes_;
};

class RunningHeal final : public RunningStep {
 public:
  RunningHeal(const HealStep& step, Stage& stage)
      : command_(step.id.empty() ? stage.heal_all() : stage.heal(step.id)) {}
  bool advance(Stage& stage) override { return !command_ || stage.is_in_effect(*command_); }

 private:
  std::optional<std::uint64_t> command_;
};

class RunningSleep final : public RunningStep {
 public:
  RunningSleep(const SleepStep& step, Stage& stage) : until_(stage.now() + step.duration) {}
  bool advance(Stage& stage) override { return stage.now() >= until_; }
  std::optional<raft::Time> wake_at() const override { return until_; }

 private:
  raft::Time until_;
};

}  // namespace

std::unique_ptr<RunningStep> begin(const FaultStep& step, int number, Stage& stage) {
  return std::make_unique<RunningFault>(step, number, stage);
}

std::unique_ptr<RunningStep> begin(const RestartStep& step, int number, Stage& stage) {
  return begin_restart(stage.resolve(step.target, number), stage);
}

std::unique_ptr<RunningStep> begin(const HealStep& step, int, Stage& stage) {
  return std::make_unique<RunningHeal>(step, stage);
}

std::unique_ptr<RunningStep> begin(const SleepStep& step, int, Stage& stage) {
  return std::make_unique<RunningSleep>(step, stage);
}

std::unique_ptr<RunningStep> begin_restart(const std::vector<raft::NodeId>& nodes, Stage& stage) {
  return std::make_unique<RunningRestart>(nodes, stage);
}

}  // namespace scenario
