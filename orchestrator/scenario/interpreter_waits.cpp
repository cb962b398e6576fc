// SPDX-License-Identifier: Apache-2.0
// Steps that look: wait_for looks until the condition holds, expect looks once.
#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_conditions.h"
#include "orchestrator/scenario/interpreter_steps.h"
#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

class RunningLook final : public RunningStep {
 public:
  // `patience`: how long it looks; 0: once.
  RunningLook(const Condition& condition, std::string as, Duration patience, int number,
              Stage& stage)
      : as_(std::move(as)), patience_(patience), deadline_(stage.now() + patience) {
    bound_.condition = &condition;
    if (const Target* target = is_target(condition)) bound_.is = stage.resolve(*target, number);
    if (const Target* target = is_not_target(condition)) {
      bound_.is_not = stage.resolve(*target, number);
    }
    if (const auto* acknowledged = std::get_if<AcknowledgedCondition>(&condition)) {
      bound_.since = stage.fired_at(acknowledged->since).value_or(stage.now());
    }
    // While clients write, no two nodes have applied the same for long.
    holds_load_ = std::holds_alternative<ConvergedCondition>(condition) && patience.count() > 0;
    if (holds_load_ && stage.load()) stage.load()->pause();
    look(stage);
  }

  bool advance(Stage& stage) override {
    if (!asked_) {
      if (stage.now() < next_look_) return false;
      look(stage);
    }
    const bool all_said = stage.all_answered(*asked_) && (!totals_ || stage.is_in_effect(*totals_));
    if (!all_said && stage.now() < answers_due_) return false;
    const Judgement judgement = judge(bound_, stage.view(), *asked_);
    if (!judgement.met && stage.now() < deadline_) {
      asked_.reset();
      next_look_ = stage.now() + kLookInterval;
      return false;
    }
    std::string text = describe(*bound_.condition);
    if (patience_.count() > 0) text += fmt::format(" within {}", describe(patience_));
    outcome = Outcome{judgement.met, std::move(text), judgement.observed, judgement.about};
    if (judgement.met && judgement.leader) stage.remember(as_, {*judgement.leader});
    if (holds_load_ && stage.load()) stage.load()->run(stage.now());
    return true;
  }

  std::optional<raft::Time> wake_at() const override { return asked_ ? answers_due_ : next_look_; }

 private:
  void look(Stage& stage) {
    asked_ = stage.ask_status();
    if (std::holds_alternative<MessagesCondition>(*bound_.condition)) totals_ = stage.ask_totals();
    answers_due_ = stage.now() + kAnswerPatience;
  }

  BoundCondition bound_;
  std::string as_;
  Duration patience_;
  raft::Time deadline_;
  bool holds_load_ = false;
  std::optional<std::uint64_t> asked_;
  std::optional<std::uint64_t> totals_;  // the network was asked, where that matters
  raft::Time answers_due_{};
  raft::Time next_look_{};
};

}  // namespace

std::unique_ptr<RunningStep> begin(const WaitForStep& step, int number, Stage& stage) {
  return std::make_unique<RunningLook>(step.condition, step.as, step.timeout, number, stage);
}

std::unique_ptr<RunningStep> begin(const ExpectStep& step, int number, Stage& stage) {
  return std::make_unique<RunningLook>(step.condition, "", Duration(0), number, stage);
}

}  // namespace scenario
