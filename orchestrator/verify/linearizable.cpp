// SPDX-License-Identifier: Apache-2.0
// What clients saw is what one store would have told them that executes each operation at once,
// at some point between its invocation and its response (Herlihy and Wing 1990). The order in which
// the cluster committed is tried first, as it proves most histories at once; but it is the clients'
// history that is judged, and it is judged as it stands, the cluster's own word for it or not.
#include <unordered_map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/committed_sequence.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/linearizability/judge.h"
#include "orchestrator/verify/linearizability/picture.h"

namespace verify {
namespace {

using linearizability::Answer;
using linearizability::Judgement;
using linearizability::KeyJudgement;
using linearizability::Kind;
using linearizability::Place;
using linearizability::Ruling;
using linearizability::Tier;

constexpr const char* kRule =
    "Linearizability (Herlihy and Wing 1990; section 8): each operation appears to execute "
    "instantaneously, exactly once, at some point between its invocation and its response.";

constexpr std::uint64_t kConfigurations = 20'000'000;
constexpr std::size_t kPictureColumns = 68;

Kind kind_of(node::OpKind op) {
  switch (op) {
    case node::OpKind::get:
      return Kind::read;
    case node::OpKind::put:
      return Kind::write;
    case node::OpKind::append:
      return Kind::append;
    case node::OpKind::cas:
      return Kind::cas;
  }
  return Kind::read;
}

class Linearizable final : public Check {
 public:
  // The history file's own order is real time: an invocation's line is written before the request
  // is sent, an answer's when it is there.
  void on_operation(const Operation& event) override {
    ++now_;
    if (event.phase == Operation::Phase::invoke) {
      invoked(event);
      return;
    }
    const auto open = open_.find(event.client);
    if (open == open_.end() || asked_[open->second].request != event.request) return;
    Asked& asked = asked_[open->second];
    open_.erase(open);
    if (event.phase == Operation::Phase::fail) asked.failed = true;
    if (event.phase == Operation::Phase::ok) answered(event, asked);
  }

  void on_node(const NodeEvent& event) override {
    if (const auto* applied = std::get_if<Applied>(&event.what)) sequence_.take(event, *applied);
  }

  Conclusion conclude(const Ending& ending) override {
    take_history();
    if (history_.operations.empty()) return {{}, {}, false};
    linearizability::JudgeOptions options;
    options.configurations = kConfigurations;
    options.log_is_whole = ending.whole && sequence_.last_index() > Index{};
    const Judgement judgement = linearizability::judge(history_, options);

    Conclusion conclusion =
        having_seen(saw(judgement), ending.whole ? "" : "the evidence is not whole");
    for (const KeyJudgement& key : judgement.keys) {
      if (key.ruling == Ruling::unknown) {
        conclusion.unknown = fmt::format("{}: {}", history_.keys[key.key], key.rule);
      }
    }
    for (const KeyJudgement& key : judgement.keys) {
      if (key.ruling != Ruling::not_linearizable) continue;
      // What is missing may be what was seen.
      if (!ending.whole) {
        conclusion.unknown = fmt::format(
            "the evidence is not whole; by what there is, {} is not "
            "linearizable: {}",
            history_.keys[key.key], key.rule);
      } else {
        not_linearizable(key);
      }
    }
    for (const KeyJudgement& key : judgement.keys) {
      if (key.breach && ending.whole) no_witness(key);
    }
    return conclusion;
  }

 private:
  struct Asked {
    linearizability::Operation operation;
    std::string client;
    std::uint64_t request = 0;
    Where answered;
    bool failed = false;
  };

  void invoked(const Operation& event) {
    Asked asked{{}, event.client, event.request, {}, false};
    asked.operation.call = now_;
    asked.operation.kind = kind_of(event.op);
    asked.operation.client = number_of(clients_, history_.clients, event.client);
    asked.operation.key = number_of(keys_, history_.keys, event.key);
    asked.operation.argument = history_.values.number_of(event.value);
    asked.operation.expected = history_.values.number_of(event.expected);
    asked.operation.line = event.where.line;
    open_[event.client] = asked_.size();
    asked_.push_back(std::move(asked));
  }

  void answered(const Operation& event, Asked& asked) {
    linearizability::Operation& operation = asked.operation;
    operation.ret = now_;
    operation.answer =
        event.op == node::OpKind::cas && !event.swapped ? Answer::refused : Answer::done;
    const bool sees = operation.kind == Kind::read || operation.answer == Answer::refused;
    if (sees) operation.output = history_.values.number_of(event.value);
    operation.log_index = event.log_index.value_or(Index{}).value;
    asked.answered = event.where;
  }

  static std::uint32_t number_of(std::unordered_map<std::string, std::uint32_t>& numbers,
                                 std::vector<std::string>& names, const std::string& name) {
    const auto [at, is_new] = numbers.try_emplace(name, static_cast<std::uint32_t>(names.size()));
    if (is_new) names.push_back(name);
    return at->second;
  }

  // Without what certainly had no effect and reads that were not answered. What stands in the log
  // stands where it first took effect there, whatever a retry of it was told.
  void take_history() {
    std::unordered_map<std::string, Index> effective;
    for (Index index{1}; index <= sequence_.last_index(); ++index) {
      const CommittedSequence::Entry& entry = sequence_.at(index);
      if (!entry.is_command() || entry.effect != Effect::effective) continue;
      effective.try_emplace(request_name(entry.client, entry.request), index);
    }
    for (Asked& asked : asked_) {
      linearizability::Operation& operation = asked.operation;
      if (asked.failed || (!operation.known() && !operation.mutates())) continue;
      const auto place = effective.find(request_name(asked.client, asked.request));
      if (place != effective.end()) operation.log_index = place->second.value;
      history_.operations.push_back(operation);
      answered_at_.push_back(asked.answered);
    }
  }

  std::string saw(const Judgement& judgement) const {
    std::string text = fmt::format("{} on {}", count(history_.operations.size(), "operation"),
                                   count(judgement.keys.size(), "key"));
    constexpr std::pair<Tier, const char*> kProofs[] = {
        {Tier::witness, "the log's order"}, {Tier::zones, "zones"}, {Tier::search, "search"}};
    const char* separator = "; proven: ";
    for (const auto& [tier, name] : kProofs) {
      std::uint64_t keys = 0;
      for (const KeyJudgement& key : judgement.keys)
        keys += key.tier == tier && key.ruling == Ruling::linearizable ? 1 : 0;
      if (keys == 0) continue;
      text += fmt::format("{}{} by {}", separator, keys, name);
      separator = ", ";
    }
    return text;
  }

  // The last answer first: with it they can't be explained any more.
  std::vector<Where> lines_of(const std::vector<Place>& operations) const {
    std::vector<Where> lines;
    const Place* last = nullptr;
    for (const Place& place : operations) {
      lines.push_back({Where::kHistory, history_.operations[place].line});
      if (!history_.operations[place].known()) continue;
      if (!last || history_.operations[*last].ret < history_.operations[place].ret) last = &place;
    }
    if (last) lines.insert(lines.begin(), answered_at_[*last]);
    return lines;
  }

  void not_linearizable(const KeyJudgement& key) {
    violated(fmt::format("{} Of {} it is not so: {}.\n\n{}", kRule, history_.keys[key.key],
                         key.rule, linearizability::draw(history_, key.core, kPictureColumns)),
             lines_of(key.core));
  }

  void no_witness(const KeyJudgement& key) {
    violated(fmt::format("{} Of {}, clients saw nothing else, yet the order of the log is not the "
                         "one in which that is so: {}.\n\n{}",
                         kRule, history_.keys[key.key], key.breach->rule,
                         linearizability::draw(history_, key.breach->operations, kPictureColumns)),
             lines_of(key.breach->operations));
  }

  linearizability::History history_;
  linearizability::Stamp now_ = 0;
  std::vector<Asked> asked_;
  std::unordered_map<std::string, std::size_t> open_;  // of asked_, by client
  std::unordered_map<std::string, std::uint32_t> clients_;
  std::unordered_map<std::string, std::uint32_t> keys_;
  std::vector<Where> answered_at_;  // of history_'s operations
  CommittedSequence sequence_;
};

}  // namespace

std::unique_ptr<Check> linearizable() {
  return std::make_unique<Linearizable>();
}

}  // namespace verify
