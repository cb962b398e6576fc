// SPDX-License-Identifier: Apache-2.0
// Steps that hand commands to nodes as the teaching lab's tests do: agree is its one(), start its
// Start() (6.5840, raft/config.go).
#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_steps.h"
#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

constexpr Duration kTry{2'000'000};           // for a command that was accepted to be applied
constexpr Duration kScanInterval{50'000};     // between two searches for a leader
constexpr Duration kAcceptPatience{500'000};  // for a node to say whether it takes a command

std::string put(const char* client, raft::NodeId to, Stage& stage) {
  std::string name;
  stage.with_clients(
      [&](workload::Output& out) { name = stage.calls().put(client, to, stage.now(), out); });
  return name;
}

class RunningAgree final : public RunningStep {
 public:
  RunningAgree(const AgreeStep& step, Stage& stage)
      : step_(step), deadline_(stage.now() + step.timeout) {}

  bool advance(Stage& stage) override {
    while (!outcome && done_ < step_.times) {
      const Progress progress = call_.empty() ? scan(stage) : watch(stage);
      if (progress == Progress::wait) {
        if (stage.now() < deadline_) return false;
        fail(fmt::format("no agreement in {}{}", describe(step_.timeout), last_));
      }
    }
    if (!outcome) outcome = Outcome{true, expected(), fmt::format("up to index {}", index_.value)};
    return true;
  }

  std::optional<raft::Time> wake_at() const override { return std::min(wake_at_, deadline_); }

 private:
  enum class Progress { wait, on };

  // Asks one connected node after the other, whoever is thought to lead first.
  Progress scan(Stage& stage) {
    if (stage.now() < next_scan_) {
      wake_at_ = next_scan_;
      return Progress::wait;
    }
    if (to_ask_.empty()) {
      to_ask_ = stage.view().connected();
      const auto leader =
          std::find(to_ask_.begin(), to_ask_.end(), stage.view().leader().value_or(raft::NodeId{}));
      if (leader != to_ask_.end()) std::rotate(to_ask_.begin(), leader, to_ask_.end());
      std::reverse(to_ask_.begin(), to_ask_.end());  // the next one is the last
    }
    if (to_ask_.empty()) return scan_again(stage);
    const raft::NodeId node = to_ask_.back();
    to_ask_.pop_back();
    call_ = put("agree", node, stage);
    try_until_ = stage.now() + kAcceptPatience;
    accepted_ = false;
    return Progress::on;
  }

  Progress scan_again(Stage& stage) {
    next_scan_ = stage.now() + kScanInterval;
    return Progress::on;
  }

  Progress watch(Stage& stage) {
    const Calls::Call& call = stage.calls().at(call_);
    if (!accepted_ && (call.accepted || call.ok)) {
      accepted_ = true;
      try_until_ = stage.now() + kTry;
    }
    if (!accepted_ && (call.error || stage.now() >= try_until_)) {
      call_.clear();  // it does not lead, or is not there
      return to_ask_.empty() ? scan_again(stage) : Progress::on;
    }
    if (call.ok && stage.view().applied_by(*call.ok) >= step_.nodes) return agreed(*call.ok, stage);
    if (accepted_ && (call.error || stage.now() >= try_until_)) return lost_try(call, stage);
    wake_at_ = try_until_;
    return Progress::wait;
  }

  Progress agreed(raft::Index index, Stage& stage) {
    const std::optional<raft::Index> wanted = wanted_index();
    index_ = index;
    if (wanted && index != *wanted) {
      fail(fmt::format("it stands at index {}", index.value));
      return Progress::on;
    }
    ++done_;
    call_.clear();
    to_ask_.clear();
    deadline_ = stage.now() + step_.timeout;
    return Progress::on;
  }

  Progress lost_try(const Calls::Call& call, Stage& stage) {
    const std::string what =
        call.error
            ? fmt::format("{} answered: {}", node::node_name(call.to), node::name_of(*call.error))
            : fmt::format("{} of {} nodes applied it in {}",
                          call.ok ? stage.view().applied_by(*call.ok) : 0, step_.nodes,
                          describe(kTry));
    last_ = "; in the last try " + what;
    if (!step_.retry) fail(what);
    call_.clear();
    to_ask_.clear();
    return scan_again(stage);
  }

  std::optional<raft::Index> wanted_index() const {
    if (!step_.log_index) return std::nullopt;
    return *step_.log_index + done_;
  }

  std::string expected() const {
    std::string text = fmt::format("agreement of {} nodes", step_.nodes);
    if (step_.times > 1) {
      text += fmt::format(" on command {} of {}", std::min(done_ + 1, step_.times), step_.times);
    }
    if (wanted_index() && done_ < step_.times) {
      text += fmt::format(", at index {}", wanted_index()->value);
    }
    return text;
  }

  void fail(std::string observed) {
    outcome = Outcome{false, expected(), std::move(observed), Expectation::About::time};
  }

  const AgreeStep& step_;
  unsigned done_ = 0;
  raft::Index index_;    // of the last command agreed on
  raft::Time deadline_;  // for the command under way
  std::vector<raft::NodeId> to_ask_;
  raft::Time next_scan_{};
  std::string call_;  // the client of the try under way, or empty
  bool accepted_ = false;
  raft::Time try_until_{};
  raft::Time wake_at_{};
  std::string last_;
};

class RunningStart final : public RunningStep {
 public:
  RunningStart(const StartStep& step, int number, Stage& stage)
      : step_(step), number_(number), leader_deadline_(stage.now() + kLeaderPatience) {}

  bool advance(Stage& stage) override {
    if (!fired_) {
      if (needs_leader(step_.target) && !stage.view().leader() && stage.now() < leader_deadline_) {
        return false;
      }
      fire(stage);
    }
    for (const std::string& name : calls_) {
      const Calls::Call& call = stage.calls().at(name);
      const bool answered = call.accepted || !call.open();
      if (!answered && stage.now() < answers_due_) return false;
    }
    judge(stage);
    return true;
  }

  std::optional<raft::Time> wake_at() const override {
    return fired_ ? answers_due_ : leader_deadline_;
  }

 private:
  void fire(Stage& stage) {
    fired_ = true;
    answers_due_ = stage.now() + kTry;
    for (raft::NodeId node : stage.resolve(step_.target, number_)) {
      for (unsigned i = 0; i < step_.count; ++i)
        calls_.push_back(put("start", node, stage));
    }
  }

  void judge(Stage& stage) {
    outcome = Outcome{true, expected(), {}, Expectation::About::time};
    if (calls_.empty()) {
      outcome->met = false;
      outcome->observed = "there is nobody to hand them to";
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Calls::Call& call = stage.calls().at(calls_[i]);
      const auto index = index_of(call);
      if (i < 3) {
        outcome->observed +=
            fmt::format("{}{} {}", i == 0 ? "" : ", ", node::node_name(call.to),
                        index ? fmt::format("accepted at index {}", index->value) : "refused");
      }
      const bool answered = call.accepted || !call.open();
      if (step_.accepted && (!answered || index.has_value() != *step_.accepted)) {
        outcome->met = false;
      }
      const bool is_first = i % step_.count == 0;
      if (is_first && index && !step_.log_index.empty()) {
        outcome->met = outcome->met && std::find(step_.log_index.begin(), step_.log_index.end(),
                                                 *index) != step_.log_index.end();
      }
    }
  }

  static std::optional<raft::Index> index_of(const Calls::Call& call) {
    if (call.accepted) return call.accepted->log_index;
    return call.ok;
  }

  std::string expected() const {
    std::string text = fmt::format("{} command{} handed to {}", step_.count,
                                   step_.count == 1 ? "" : "s", describe(step_.target));
    if (step_.accepted) text += *step_.accepted ? ", accepted" : ", refused";
    for (std::size_t i = 0; i < step_.log_index.size(); ++i) {
      text += fmt::format("{}{}", i == 0 ? " at index " : " or ", step_.log_index[i].value);
    }
    return text;
  }

  const StartStep& step_;
  int number_;
  raft::Time leader_deadline_;
  bool fired_ = false;
  raft::Time answers_due_{};
  std::vector<std::string> calls_;
};

}  // namespace

std::unique_ptr<RunningStep> begin(const AgreeStep& step, int, Stage& stage) {
  return std::make_unique<RunningAgree>(step, stage);
}

std::unique_ptr<RunningStep> begin(const StartStep& step, int number, Stage& stage) {
  return std::make_unique<RunningStart>(step, number, stage);
}

}  // namespace scenario
