// SPDX-License-Identifier: Apache-2.0
// Steps that ask whoever leads for something that takes its time: other members, another leader.
#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_steps.h"
#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

using Nodes = std::vector<raft::NodeId>;
using Refusal = raft::Proposal::Refusal;

constexpr Duration kAskPause{50'000};  // after a refusal, or while nobody leads

// Asks until it is done, since leaders change and what they began may be lost with them; what is
// asked for again once it is so is refused as `no_change`.
class AskingTheLeader : public RunningStep {
 public:
  bool advance(Stage& stage) override {
    const bool late = stage.now() >= deadline_;
    if (!resolved_ && (stage.view().leader() || !needs_one_ || late)) {
      resolved_ = true;
      resolve(stage);
    }
    if (!over_ && resolved_ && (is_so_ || is_done(stage.view()))) {
      outcome = Outcome{true, expected(), observed(stage.view()), Expectation::About::time};
      over_ = true;
    }
    if (!over_ && late) not_met(observed(stage.view()));
    if (!over_ && resolved_ && stage.now() >= ask_at_) ask(stage);
    return over_;
  }

  std::optional<raft::Time> wake_at() const override {
    return resolved_ ? std::min(deadline_, ask_at_) : deadline_;
  }

  void on_answer(raft::NodeId from, const node::Answer& answer, Stage& stage) override {
    if (answer.id != question_ || !resolved_) return;
    last_ = fmt::format("; {} answered: {}", node::node_name(from),
                        answer.refusal == Refusal::none ? "begun" : name_of(answer.refusal));
    if (answer.refusal == Refusal::none) {
      begun_ = true;
      known_then_ = known_when_asked_;
      return;
    }
    if (answer.refusal == Refusal::no_change) is_so_ = true;
    if (answer.refusal == Refusal::invalid) not_met("it can't be done" + last_);
    ask_at_ = stage.now() + kAskPause;
  }

 protected:
  // `answer_patience`: for an answer, or for what was begun to come about, before it asks again.
  AskingTheLeader(Duration timeout, Duration answer_patience, bool may_fail, Stage& stage)
      : deadline_(stage.now() + timeout),
        answer_patience_(answer_patience),
        may_fail_(may_fail),
        ask_at_(stage.now()) {}

  void wait_for_leader() { needs_one_ = true; }
  void not_met(std::string what) {
    over_ = true;
    if (may_fail_) return;
    outcome = Outcome{false, expected(), std::move(what), Expectation::About::time};
  }
  // A leader said that it began.
  bool begun() const { return begun_; }
  // The configuration of which nodes had told as that leader was asked stood here.
  raft::Index known_then() const { return known_then_; }

 private:
  virtual void resolve(Stage& stage) = 0;
  virtual node::ToNode question(std::uint64_t id) const = 0;
  virtual bool is_done(const View& view) const = 0;
  virtual std::string expected() const = 0;
  virtual std::string state(const View& view) const = 0;

  std::string observed(const View& view) const { return state(view) + last_; }

  void ask(Stage& stage) {
    ask_at_ = stage.now() + kAskPause;
    const std::optional<raft::NodeId> leader = stage.view().leader();
    if (!leader) return;
    ask_at_ = stage.now() + answer_patience_;
    question_ = stage.new_question();
    known_when_asked_ = stage.view().configuration_index();
    stage.send(*leader, question(question_));
  }

  raft::Time deadline_;
  Duration answer_patience_;
  bool may_fail_;
  bool needs_one_ = false;
  bool resolved_ = false;
  bool over_ = false;
  raft::Time ask_at_;
  std::uint64_t question_ = 0;
  raft::Index known_when_asked_;
  raft::Index known_then_;
  bool begun_ = false;
  bool is_so_ = false;  // a leader found nothing left to do
  std::string last_;
};

class RunningMembers final : public AskingTheLeader {
 public:
  RunningMembers(const MembersStep& step, int number, Stage& stage)
      : AskingTheLeader(step.timeout, Duration(500'000), step.may_fail, stage),
        step_(step),
        number_(number) {
    if (needs_leader(step.nodes) || (step.replacing && needs_leader(*step.replacing))) {
      wait_for_leader();
    }
  }

 private:
  using Change = MembersStep::Change;

  void resolve(Stage& stage) override {
    const Nodes nodes = stage.resolve(step_.nodes, number_);
    if (step_.replacing) removed_ = stage.resolve(*step_.replacing, number_);
    if (nodes.empty() || (step_.replacing && removed_.empty())) return not_met("there is nobody");
    switch (step_.change) {
      case Change::add:
      case Change::promote:
        voters_ = nodes;
        break;
      case Change::add_learner:
      case Change::demote:
        learners_ = nodes;
        break;
      case Change::remove:
        removed_ = nodes;
    }
    // Who is added stays.
    std::erase_if(removed_, [&](raft::NodeId node) {
      return step_.replacing && std::binary_search(nodes.begin(), nodes.end(), node);
    });
  }

  node::ToNode question(std::uint64_t id) const override {
    return node::ChangeMembers{id, voters_, learners_, removed_};
  }

  bool is_done(const View& view) const override {
    if (!begun()) return false;
    if (!step_.wait) return true;
    const raft::Configuration& now = view.configuration();
    const auto all = [](const Nodes& nodes, const auto& holds) {
      return std::all_of(nodes.begin(), nodes.end(), holds);
    };
    const auto is_in = [](const Nodes& nodes) {
      return
          [&](raft::NodeId node) { return std::binary_search(nodes.begin(), nodes.end(), node); };
    };
    return view.configuration_index() > known_then() && !now.joint() &&
           all(voters_, is_in(now.voters)) && all(learners_, is_in(now.learners)) &&
           all(removed_, [&](raft::NodeId node) { return !now.contains(node); });
  }

  std::string expected() const override {
    std::string text;
    const auto add = [&](const Nodes& nodes, const char* what) {
      if (nodes.empty()) return;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", describe(nodes), what);
    };
    add(voters_, "voting");
    add(learners_, "learning");
    add(removed_, "no member");
    if (text.empty()) text = fmt::format("{} is somebody", describe(step_.nodes));
    return fmt::format("{} within {}{}", text, describe(step_.timeout),
                       step_.wait ? "" : ", begun");
  }

  std::string state(const View& view) const override { return describe(view.configuration()); }

  const MembersStep& step_;
  int number_;
  Nodes voters_;
  Nodes learners_;
  Nodes removed_;
};

class RunningTransfer final : public AskingTheLeader {
 public:
  // A leader gives up a transfer after an election timeout.
  RunningTransfer(const TransferStep& step, int number, Stage& stage)
      : AskingTheLeader(step.timeout, stage.scenario().cluster.settings.raft.election_timeout_max,
                        step.may_fail, stage),
        step_(step),
        number_(number) {
    if (needs_leader(step.to)) wait_for_leader();
  }

 private:
  void resolve(Stage& stage) override {
    const Nodes nodes = stage.resolve(step_.to, number_);
    if (nodes.empty()) return not_met("there is nobody");
    to_ = nodes.front();
    const auto& leaders = stage.view().leaders();
    if (!leaders.empty()) before_ = leaders.rbegin()->first;
  }

  node::ToNode question(std::uint64_t id) const override {
    return node::TransferLeadership{id, to_};
  }

  bool is_done(const View& view) const override {
    const auto& leaders = view.leaders();
    return std::any_of(leaders.upper_bound(before_), leaders.end(),
                       [this](const auto& led) { return led.second == to_; });
  }

  std::string expected() const override {
    return fmt::format("{} leads a newer term within {}",
                       to_ == raft::NodeId{} ? describe(step_.to) : node::node_name(to_),
                       describe(step_.timeout));
  }

  std::string state(const View& view) const override {
    const auto& leaders = view.leaders();
    if (leaders.empty()) return "nobody led";
    const auto& [term, node] = *leaders.rbegin();
    return fmt::format("{} leads term {}", node::node_name(node), term.value);
  }

  const TransferStep& step_;
  int number_;
  raft::NodeId to_;
  raft::Term before_;  // the newest term that had a leader
};

}  // namespace

std::unique_ptr<RunningStep> begin(const MembersStep& step, int number, Stage& stage) {
  return std::make_unique<RunningMembers>(step, number, stage);
}

std::unique_ptr<RunningStep> begin(const TransferStep& step, int number, Stage& stage) {
  return std::make_unique<RunningTransfer>(step, number, stage);
}

}  // namespace scenario
