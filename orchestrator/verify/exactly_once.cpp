// SPDX-License-Identifier: Apache-2.0
// Each command takes effect once, however often a client or the network repeated it: "if it
// receives a command whose serial number has already been executed, it responds immediately without
// re-executing the request" (section 8). One that was acknowledged took effect exactly once, one
// that certainly failed never; and the answers that clients got are those that a model of the store
// gives when the committed commands are replayed through it as clients invoked them. A read that is
// no entry got what the model holds after the entry that its answer names. Sessions are few and
// expire; a session that is there has not, and what it executed is not executed again after it.
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/committed_sequence.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/sessions.h"
#include "orchestrator/verify/store_model.h"
#include "orchestrator/verify/written_values.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Exactly once (section 8): each operation executes exactly once, at some point between its "
    "invocation and its response.";

struct Answer {
  ValueDigest value;
  std::string shown;
  bool swapped = false;

  Answer(const std::string& full, bool did_swap)
      : value(full), shown(in_quotes(full)), swapped(did_swap) {}
};

class ExactlyOnce final : public Check {
 public:
  void on_operation(const Operation& operation) override {
    Request& request = requests_[operation.client][operation.request];
    switch (operation.phase) {
      case Operation::Phase::invoke:
        invoked(request, operation);
        break;
      case Operation::Phase::ok:
        acknowledged(request, operation);
        break;
      case Operation::Phase::fail:
        request.failed = operation.where;
        never_took_effect(operation.client, operation.request, request);
        break;
      case Operation::Phase::info:
        break;
    }
  }

  void on_node(const NodeEvent& event) override {
    if (const auto* started = std::get_if<Started>(&event.what)) {
      sessions_.limit(started->max_sessions);
    }
    const auto* applied = std::get_if<Applied>(&event.what);
    if (!applied) return;
    sequence_.take(event, *applied);
    replay();
  }

  Conclusion conclude(const Ending& ending) override {
    const bool all = replayed_ == sequence_.last_index();
    if (ending.whole && !all) not_invoked(sequence_.at(replayed_.next()));
    if (ending.whole && all) each_acknowledged_took_effect();
    Conclusion conclusion;
    if (commands_ == 0) return conclusion;
    conclusion.saw = fmt::format("{}, {}, {}", count(commands_ - repeats_ - expired_, "command"),
                                 count(repeats_, "retry", "retries"), count(compared_, "answer"));
    if (expired_ > 0) conclusion.saw += fmt::format(", {} expired", expired_);
    if (!ending.whole) conclusion.unknown = "the evidence is not whole";
    return conclusion;
  }

 private:
  struct Request {
    Where invoked;
    StoreModel::Command command;
    std::optional<Answer> due;   // by the model
    std::optional<Answer> told;  // to the client
    Where told_at;
    Where failed;
    Index since;  // what the client knew of the log as it asked first
    bool was_expired = false;
    Index effective;      // where it took effect
    bool served = false;  // a read that was answered from the state
    // Answered with a place in the log; a read without may be no entry, and of any state.
    bool says_where = false;
  };
  struct Read {
    std::string name;
    Request* request = nullptr;
  };
  using Reads = std::multimap<Index, Read>;

  void invoked(Request& request, const Operation& operation) {
    request.invoked = operation.where;
    request.command = {operation.op, operation.key, operation.value, operation.expected};
    request.since = operation.since.value_or(Index{});
    values_.written(operation.value);
    replay();
  }

  void acknowledged(Request& request, const Operation& operation) {
    request.told.emplace(operation.value, operation.swapped);
    request.told_at = operation.where;
    request.says_where = operation.log_index.has_value();
    if (operation.op == node::OpKind::get) nothing_twice(operation);
    compare(operation.client, operation.request, request);
    const Index index = operation.log_index.value_or(Index{});
    if (operation.op != node::OpKind::get || index == Index{}) return;
    const auto read =
        reads_.emplace(index, Read{request_name(operation.client, operation.request), &request});
    if (index <= replayed_) saw_state(read);
  }

  void nothing_twice(const Operation& operation) {
    const auto repeated = values_.repeated(operation.key, operation.value);
    if (!repeated) return;
    violated(fmt::format("{} {} read {} of {}, where {} stands twice; it was written once.", kRule,
                         request_name(operation.client, operation.request),
                         in_quotes(operation.value), operation.key, in_quotes(*repeated)),
             {operation.where});
  }

  // As far as both the order and what clients asked for are known.
  void replay() {
    while (replayed_ < sequence_.last_index()) {
      const CommittedSequence::Entry& entry = sequence_.at(replayed_.next());
      if (entry.is_command()) {
        Request* request = find(entry.client, entry.request);
        if (!request || request->invoked.line == 0) return;
        execute(entry, *request);
      }
      ++replayed_;
      while (!reads_.empty() && reads_.begin()->first <= replayed_)
        saw_state(reads_.begin());
    }
  }

  // A read that does not stand in the log, at its index or before, was answered from the state.
  void saw_state(Reads::iterator at) {
    const auto [index, read] = *at;
    reads_.erase(at);
    if (read.request->effective != Index{}) return;
    read.request->served = true;
    ++compared_;
    const ValueDigest due = model_.value_at(read.request->command.key, index);
    if (due == read.request->told->value) return;
    violated(
        fmt::format("{} {} (get of {}) was answered {} from the state after entry {}; replaying "
                    "what was committed up to there gives another value, of {}.",
                    kRule, read.name, read.request->command.key, read.request->told->shown,
                    index.value, count(due.size, "byte")),
        {read.request->told_at, sequence_.at(index).where, read.request->invoked});
  }

  Request* find(const std::string& client, std::uint64_t number) {
    const auto requests = requests_.find(client);
    if (requests == requests_.end()) return nullptr;
    const auto request = requests->second.find(number);
    return request == requests->second.end() ? nullptr : &request->second;
  }

  // Up to where the client knew the log as it made this attempt. It asks with more than at first
  // only after it was told that the session has expired; what came of such an attempt is then as
  // those say who applied it. digests_recomputed knows which attempt it was.
  static Index known_by(const Request& request, Effect said) {
    const bool as_asked_first = !request.was_expired || said == Effect::expired;
    return as_asked_first ? request.since : Index{~std::uint64_t{0}};
  }

  void execute(const CommittedSequence::Entry& entry, Request& request) {
    ++commands_;
    const Index index = replayed_.next();
    const Effect effect =
        sessions_.take(entry.client, entry.request, index, known_by(request, entry.effect));
    request.was_expired = request.was_expired || effect == Effect::expired;
    const bool again = effect == Effect::effective && request.effective != Index{};
    if (effect != entry.effect || again) wrong_effect(entry, request, effect);
    if (effect != Effect::effective) {
      ++(effect == Effect::expired ? expired_ : repeats_);
      return;
    }
    request.effective = index;
    const StoreModel::Answer answer = model_.execute(index, request.command);
    request.due.emplace(answer.value, answer.swapped);
    never_took_effect(entry.client, entry.request, request);
    compare(entry.client, entry.request, request);
  }

  void wrong_effect(const CommittedSequence::Entry& entry, const Request& request, Effect effect) {
    const std::string name = request_name(entry.client, entry.request);
    const Index index = replayed_.next();
    if (entry.effect == Effect::expired) {
      violated(fmt::format("{} {} refused {} at index {} as expired, but no session of its "
                           "client's can have been forgotten.",
                           kRule, name_of_node(entry.node), name, index.value),
               {entry.where, request.invoked});
    } else if (entry.effect != Effect::effective) {
      violated(fmt::format("{} {} left {} at index {} without effect, as if it had been executed "
                           "before; {}.",
                           kRule, name_of_node(entry.node), name, index.value,
                           effect == Effect::effective ? "it had not"
                                                       : "so it had, but otherwise than it says"),
               {entry.where, request.invoked});
    } else if (request.effective != Index{}) {
      violated(fmt::format("{} {} took effect at index {} and again at {} on {}.", kRule, name,
                           request.effective.value, index.value, name_of_node(entry.node)),
               {entry.where, sequence_.at(request.effective).where});
    } else if (effect == Effect::expired) {
      violated(fmt::format("{} {} took effect at index {} on {}, where its session may have been "
                           "forgotten since its client asked.",
                           kRule, name, index.value, name_of_node(entry.node)),
               {entry.where, request.invoked});
    } else {
      violated(fmt::format("{} {} took effect at index {} on {}, after a later request of its "
                           "client.",
                           kRule, name, index.value, name_of_node(entry.node)),
               {entry.where, request.invoked});
    }
  }

  void compare(const std::string& client, std::uint64_t number, const Request& request) {
    if (!request.told || !request.due) return;
    const node::OpKind op = request.command.op;
    if (op != node::OpKind::get && op != node::OpKind::cas) return;
    ++compared_;
    const bool same = request.told->value == request.due->value &&
                      (op != node::OpKind::cas || request.told->swapped == request.due->swapped);
    if (same) return;
    violated(
        fmt::format("{} {} ({} of {}) took effect at index {} and answered {}; replaying what "
                    "was committed before gives {}.",
                    kRule, request_name(client, number), node::name_of(op), request.command.key,
                    request.effective.value, text_of(op, *request.told), text_of(op, *request.due)),
        {request.told_at, sequence_.at(request.effective).where, request.invoked});
  }

  static std::string text_of(node::OpKind op, const Answer& answer) {
    if (op == node::OpKind::get) return answer.shown;
    return fmt::format("{} with {} found", answer.swapped ? "swapped" : "not swapped",
                       answer.shown);
  }

  void never_took_effect(const std::string& client, std::uint64_t number, const Request& request) {
    if (request.failed.line == 0 || request.effective == Index{}) return;
    violated(fmt::format("{} {} was told to have failed for certain, but it took effect at index "
                         "{}.",
                         kRule, request_name(client, number), request.effective.value),
             {request.failed, sequence_.at(request.effective).where});
  }

  void not_invoked(const CommittedSequence::Entry& entry) {
    violated(fmt::format("{} {} applied {} at index {}, which no client invoked.", kRule,
                         name_of_node(entry.node), request_name(entry.client, entry.request),
                         replayed_.next().value),
             {entry.where});
  }

  // Of several the one that was acknowledged first is told.
  void each_acknowledged_took_effect() {
    std::map<std::uint64_t, std::pair<std::string, Where>> lost;  // by line
    for (const auto& [client, requests] : requests_) {
      for (const auto& [number, request] : requests) {
        if (!request.told || request.effective != Index{} || request.served) continue;
        if (request.command.op == node::OpKind::get && !request.says_where) continue;
        lost[request.told_at.line] = {request_name(client, number), request.told_at};
      }
    }
    if (lost.empty()) return;
    const auto& [name, where] = lost.begin()->second;
    violated(fmt::format("{} {} was acknowledged and never took effect.", kRule, name), {where});
  }

  CommittedSequence sequence_;
  std::unordered_map<std::string, std::unordered_map<std::uint64_t, Request>> requests_;
  StoreModel model_;
  Sessions sessions_;
  WrittenValues values_;
  Index replayed_;  // all up to here went through the model
  Reads reads_;     // that named a state which the model has not reached
  std::uint64_t commands_ = 0;
  std::uint64_t repeats_ = 0;
  std::uint64_t expired_ = 0;
  std::uint64_t compared_ = 0;
};

}  // namespace

std::unique_ptr<Check> exactly_once() {
  return std::make_unique<ExactlyOnce>();
}

}  // namespace verify
