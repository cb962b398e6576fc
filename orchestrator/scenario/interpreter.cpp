// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter.h"

#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

constexpr Duration kReadyPatience{30'000'000};  // for a node to come up

void keep_earlier(std::optional<raft::Time>& earliest, std::optional<raft::Time> at) {
  if (at && (!earliest || *at < *earliest)) earliest = at;
}

}  // namespace

Interpreter::Interpreter(const Scenario& scenario, Origin origin)
    : scenario_(scenario), origin_(std::move(origin)), stage_(scenario) {
  number(scenario.steps);
  frames_.push_back({&scenario.steps, 0, 0});
}

void Interpreter::number(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    const int next = static_cast<int>(numbers_.size()) + 1;
    numbers_[&step] = next;
    if (const auto* repeat = std::get_if<RepeatStep>(&step.action)) number(repeat->steps);
  }
}

Output Interpreter::start(raft::Time now) {
  stage_.set_now(now);
  stage_.record(RunStarted{scenario_.name, scenario_.seed, origin_.cluster, scenario_.cluster.nodes,
                           origin_.run_again, origin_.commit, scenario_.checks});
  for (raft::NodeId node : stage_.view().all()) {
    stage_.start(node);
    starting_[node] = now;
  }
  return stage_.take_output();
}

Output Interpreter::on(const cluster::Event& event, raft::Time now) {
  stage_.set_now(now);
  std::visit([&](const auto& what) { take(what); }, event);
  advance();
  return stage_.take_output();
}

Output Interpreter::cut(RunEnded::Reason reason, raft::Time now) {
  stage_.set_now(now);
  if (reason == RunEnded::Reason::time_limit) {
    stage_.record(Expectation{
        step_ ? numbers_.at(step_) : 0, step_ ? step_->line : 0,
        fmt::format("the scenario ends within {}", describe(scenario_.time_limit)), false,
        step_ ? fmt::format("it was at: {}", describe(*step_)) : "it was not at a step",
        Expectation::About::time});
  }
  end(reason);
  return stage_.take_output();
}

std::optional<raft::Time> Interpreter::wake_at() const {
  std::optional<raft::Time> earliest = stage_.wake_at();
  keep_earlier(earliest, stage_.clients_wake_at());
  if (running_) keep_earlier(earliest, running_->wake_at());
  for (const auto& [node, since] : starting_)
    keep_earlier(earliest, since + kReadyPatience);
  return earliest;
}

workload::Counts Interpreter::counts() {
  return stage_.load() ? stage_.load()->counts() : workload::Counts{};
}

void Interpreter::take(const cluster::NodeMessage& event) {
  if (std::holds_alternative<node::Ready>(event.message) &&
      event.incarnation != stage_.view().at(event.node).incarnation) {
    return;
  }
  std::visit([&](const auto& message) { take(event.node, message); }, event.message);
}

// All timers are armed at once at the beginning; a node that comes back takes part at once.
void Interpreter::take(raft::NodeId node, const node::Ready& ready) {
  starting_.erase(node);
  stage_.record(NodeReady{node, ready.incarnation, ready.pid});
  stage_.became_ready(node);
  if (phase_ != Phase::booting) stage_.send(node, node::Go{});
}

void Interpreter::take(raft::NodeId, const node::Accepted& accepted) {
  stage_.calls().on_accepted(accepted);
}

void Interpreter::take(raft::NodeId node, const node::ClientReply& reply) {
  if (phase_ == Phase::over) return;
  if (std::holds_alternative<node::OpResult>(reply.outcome)) {
    stage_.view().acknowledged(node, stage_.now());
  } else {
    stage_.view().answered(std::get<node::ClientError>(reply.outcome));
  }
  stage_.with_clients([&](workload::Output& out) {
    if (stage_.load()) stage_.load()->on_reply(node, reply, stage_.now(), out);
    stage_.calls().on_reply(node, reply, stage_.now(), out);
  });
  if (running_) running_->on_reply(node, reply, stage_);
}

void Interpreter::take(raft::NodeId node, const node::Status& status) {
  if (stage_.view().heard(status)) stage_.record(LeaderSeen{node, status.term});
}

void Interpreter::take(raft::NodeId node, const node::Answer& answer) {
  if (running_) running_->on_answer(node, answer, stage_);
}

void Interpreter::take(const cluster::NodeExited& event) {
  stage_.record(NodeEnded{event.node, event.incarnation, event.expected, event.exit_code,
                          event.signal, event.reason});
  if (event.incarnation != stage_.view().at(event.node).incarnation) return;
  starting_.erase(event.node);
  stage_.ended(event.node);
  if (!event.expected && phase_ != Phase::over) end(RunEnded::Reason::node_exited);
}

void Interpreter::take(const cluster::NetworkReport& event) {
  if (const auto* done = std::get_if<proxy::Done>(&event.report)) stage_.acknowledged(done->id);
  if (const auto* totals = std::get_if<proxy::Totals>(&event.report)) {
    stage_.view().network_says(totals->sums);
    stage_.acknowledged(totals->id);
  }
  if (const auto* refused = std::get_if<proxy::Refused>(&event.report)) {
    throw cluster::HarnessError("the network refused a rule: " + refused->what);
  }
}

void Interpreter::take(const cluster::Interrupted&) {
  if (phase_ != Phase::over) end(RunEnded::Reason::interrupted);
}

void Interpreter::advance() {
  if (phase_ == Phase::over) return;
  stage_.run_due();
  for (raft::NodeId node : stage_.view().all()) {
    const NodeView& view = stage_.view().at(node);
    if (view.up && !view.ready) starting_.try_emplace(node, stage_.now());
  }
  check_readiness();
  if (stage_.load()) {
    stage_.with_clients([&](workload::Output& out) { stage_.load()->on_wake(stage_.now(), out); });
  }
  if (const auto& two = stage_.view().two_leaders()) {
    decide({false, "at most one leader a term", *two, Expectation::About::safety});
  }
  while (phase_ != Phase::over) {
    if (!(phase_ == Phase::booting ? advance_boot() : advance_step())) break;
  }
}

bool Interpreter::advance_boot() {
  if (!starting_.empty()) return false;
  for (raft::NodeId node : stage_.view().all())
    stage_.send(node, node::Go{});
  if (stage_.load()) stage_.load()->run(stage_.now());
  phase_ = Phase::stepping;
  return true;
}

// Returns whether there may be more to do now.
bool Interpreter::advance_step() {
  if (running_) {
    if (!running_->advance(stage_)) return false;
    const std::unique_ptr<RunningStep> over = std::move(running_);
    if (over->outcome) decide(*over->outcome);
    if (phase_ == Phase::finishing) end(RunEnded::Reason::completed);
    return true;
  }
  if (begin_next()) return true;
  phase_ = Phase::finishing;
  step_ = nullptr;
  running_ = begin_finish(stage_);
  return true;
}

bool Interpreter::begin_next() {
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.next == frame.steps->size()) {
      if (frame.times_left == 0) {
        frames_.pop_back();
      } else {
        frame.next = 0;
        --frame.times_left;
      }
      continue;
    }
    step_ = &(*frame.steps)[frame.next++];
    const int number = numbers_.at(step_);
    stage_.record(StepFired{number, describe(*step_)});
    if (const auto* repeat = std::get_if<RepeatStep>(&step_->action)) {
      if (repeat->times > 0 && !repeat->steps.empty()) {
        frames_.push_back({&repeat->steps, 0, repeat->times - 1});
      }
      continue;
    }
    std::visit(
        [&](const auto& step) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(step)>, RepeatStep>) {
            running_ = begin(step, number, stage_);
          }
        },
        step_->action);
    return true;
  }
  return false;
}

void Interpreter::check_readiness() const {
  for (const auto& [node, since] : starting_) {
    if (stage_.now() < since + kReadyPatience) continue;
    throw cluster::HarnessError(fmt::format("{} was not ready {} after its start",
                                            node::node_name(node), describe(kReadyPatience)));
  }
}

void Interpreter::decide(const Outcome& outcome) {
  stage_.record(Expectation{step_ ? numbers_.at(step_) : 0, step_ ? step_->line : 0, outcome.text,
                            outcome.met, outcome.observed, outcome.about});
  if (!outcome.met) end(RunEnded::Reason::expectation_failed);
}

void Interpreter::end(RunEnded::Reason reason) {
  if (phase_ == Phase::over) return;
  phase_ = Phase::over;
  if (running_) running_->give_up(stage_);
  running_.reset();
  starting_.clear();
  stage_.forget_what_is_to_come();
  stage_.with_clients([&](workload::Output& out) {
    if (stage_.load()) {
      stage_.load()->pause();
      stage_.load()->give_up(stage_.now(), out);
    }
    stage_.calls().give_up(stage_.now(), out);
  });
  stage_.record(RunEnded{reason});
}

}  // namespace scenario
