// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/linearizability/brute_force.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace linearizability {
namespace {

class Orders {
 public:
  // Whether one operation may stand right behind those that are taken.
  using Allowed = std::function<bool(const Operation&, const std::vector<bool>& taken)>;

  Orders(std::span<const Operation> operations, const Texts& values, Allowed allowed)
      : operations_(operations),
        values_(values),
        allowed_(std::move(allowed)),
        taken_(operations.size()) {}

  // Some order of all that are left and were answered, and of any of the others.
  bool exist(const std::string& state) {
    bool left = false;
    for (std::size_t i = 0; i < operations_.size(); ++i)
      left = left || (!taken_[i] && operations_[i].known());
    if (!left) return true;
    if (!tried_.emplace(taken_, state).second) return false;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (taken_[i] || !may_be_next(operations_[i])) continue;
      std::string next = state;
      if (!execute(operations_[i], next)) continue;
      taken_[i] = true;
      const bool found = exist(next);
      taken_[i] = false;
      if (found) return true;
    }
    return false;
  }

 private:
  bool may_be_next(const Operation& operation) const {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!taken_[i] && operations_[i].ret < operation.call) return false;
    }
    return allowed_(operation, taken_);
  }

  bool execute(const Operation& operation, std::string& state) const {
    const std::string argument(values_.at(operation.argument));
    const std::string_view expected = values_.at(operation.expected);
    const std::string_view output = values_.at(operation.output);
    switch (operation.kind) {
      case Kind::read:
        return operation.answer == Answer::none || state == output;
      case Kind::write:
        state = argument;
        return true;
      case Kind::append:
        state += argument;
        return true;
      case Kind::cas: {
        const bool found = state == expected;
        if (operation.answer == Answer::refused) return !found && state == output;
        if (operation.answer == Answer::refused_mute) return !found;
        if (found) state = argument;
        return found || operation.answer == Answer::none;
      }
    }
    return false;
  }

  std::span<const Operation> operations_;
  const Texts& values_;
  Allowed allowed_;
  std::vector<bool> taken_;
  std::set<std::pair<std::vector<bool>, std::string>> tried_;  // what follows depends on no more
};

}  // namespace

bool brute_force(std::span<const Operation> operations, const Texts& values) {
  return Orders(operations, values, [](const Operation&, const std::vector<bool>&) { return true; })
      .exist("");
}

bool brute_force_by_index(std::span<const Operation> operations, const Texts& values) {
  const auto in_order = [&](const Operation& next, const std::vector<bool>& taken) {
    if (next.mutates() && next.log_index == 0) return false;
    if (next.log_index == 0) return true;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const Operation& other = operations[i];
      if (!other.mutates() || other.log_index == 0 || &other == &next) continue;
      if (taken[i] != (other.log_index <= next.log_index)) return false;
    }
    return true;
  };
  return Orders(operations, values, in_order).exist("");
}

}  // namespace linearizability
