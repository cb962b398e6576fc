// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/explain.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace linearizability {
namespace {

constexpr std::size_t kMostWriters = 8;  // shown of those with unknown outcome

// Configurations of one trial, and more for each operation. Nearly all need less; one that needs
// more is for one answer fewer in the picture.
constexpr std::uint64_t kPerTrial = 4'096;
constexpr std::uint64_t kPerOperation = 8;

Operation forgotten(Operation operation) {
  operation.answer = Answer::none;
  operation.ret = kNever;
  return operation;
}

// A key's operations, of which a smaller history is made and judged again and again.
class Trials {
 public:
  Trials(const History& history, std::span<const Place> operations, std::uint64_t effort)
      : effort_(effort) {
    for (const Place place : operations) {
      Operation operation = history.operations[place];
      for (Value* value : {&operation.argument, &operation.expected, &operation.output})
        *value = trial_.values.number_of(history.values.at(*value));
      operation.key = 0;
      whole_.push_back(operation);
    }
    trial_.keys.emplace_back();
    trial_.clients = history.clients;
  }

  const std::vector<Operation>& whole() const { return whole_; }
  const Texts& values() const { return trial_.values; }
  bool spent() const { return effort_ == 0; }

  // Certainly not linearizable: false also where that would take too much.
  bool fails(const std::vector<Operation>& operations) {
    if (spent()) return false;
    const std::vector<Place> places = set(operations);
    spend(places.size());
    const Ruling zones = check_zones(trial_, places).ruling;
    if (zones != Ruling::not_applicable) return zones == Ruling::not_linearizable;
    return search_fails(places);
  }

  // That zones find broken; empty where they can't judge.
  std::string rule(const std::vector<Operation>& operations) {
    return check_zones(trial_, set(operations)).rule;
  }

 private:
  std::vector<Place> set(const std::vector<Operation>& operations) {
    trial_.operations.clear();
    for (const Operation& operation : operations) {
      if (operation.known() || operation.mutates()) trial_.operations.push_back(operation);
    }
    std::vector<Place> places(trial_.operations.size());
    std::iota(places.begin(), places.end(), Place{0});
    return places;
  }

  bool search_fails(const std::vector<Place>& places) {
    Search search(trial_, places);
    Ruling ruling = Ruling::unknown;
    std::uint64_t step = 512;
    const std::uint64_t most = kPerTrial + kPerOperation * places.size();
    for (std::uint64_t done = 0; ruling == Ruling::unknown && done < most && !spent();
         done += step, step *= 2) {
      ruling = search.go_on(step).ruling;
      spend(step);
    }
    return ruling == Ruling::not_linearizable;
  }
  void spend(std::uint64_t work) { effort_ -= std::min(effort_, work); }

  std::vector<Operation> whole_;
  History trial_;
  std::uint64_t effort_;
};

// What had been called by then, without what was not yet told.
std::vector<Operation> prefix(const std::vector<Operation>& operations, Stamp end) {
  std::vector<Operation> cut;
  for (const Operation& operation : operations)
    cut.push_back(operation.ret <= end ? operation : forgotten(operation));
  std::erase_if(cut, [end](const Operation& operation) { return operation.call > end; });
  return cut;
}

// The search knows of what was refused later that it wrote nothing: where that is needed, the
// prefix goes on to where it was told.
std::vector<Operation> failing_prefix(Trials& trials, Stamp end) {
  Stamp refused = end;
  for (const Operation& operation : trials.whole()) {
    if (operation.known() && !operation.mutates() && operation.kind == Kind::cas &&
        operation.call <= end) {
      refused = std::max(refused, operation.ret);
    }
  }
  std::vector<Operation> shortest = prefix(trials.whole(), end);
  if (refused == end || trials.fails(shortest)) return shortest;
  return prefix(trials.whole(), refused);
}

std::vector<Stamp> returns(const std::vector<Operation>& operations) {
  std::vector<Stamp> returns;
  for (const Operation& operation : operations) {
    if (operation.known()) returns.push_back(operation.ret);
  }
  std::sort(returns.begin(), returns.end());
  return returns;
}

std::vector<Operation> shortest_failing_prefix(Trials& trials) {
  const std::vector<Stamp> ends = returns(trials.whole());
  const auto shortest = std::partition_point(ends.begin(), ends.end(), [&](Stamp end) {
    return !trials.fails(prefix(trials.whole(), end));
  });
  return shortest == ends.end() ? trials.whole() : prefix(trials.whole(), *shortest);
}

// Of zones' verdict: `named` are the operations that it names. Often it is these and few others,
// which returned late.
std::vector<Operation> few_that_fail(Trials& trials, const std::vector<bool>& named) {
  const auto without_others = [&](std::vector<Operation> operations, Stamp since) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      if (!named[i] && operations[i].ret < since) operations[i] = forgotten(operations[i]);
    }
    return operations;
  };
  Stamp last = std::numeric_limits<Stamp>::min();
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (named[i]) last = std::max(last, trials.whole()[i].ret);
  }
  std::vector<Operation> few = without_others(prefix(trials.whole(), last), kNever);
  if (trials.fails(few)) return few;
  std::vector<Operation> shortest = shortest_failing_prefix(trials);
  const std::vector<Stamp> ends = returns(shortest);
  for (std::size_t latest = 1; latest < ends.size(); latest *= 2) {
    few = without_others(shortest, ends[ends.size() - latest]);
    if (trials.fails(few)) return few;
  }
  return shortest;
}

// Halves, quarters and so on, down to each by itself, which is enough: what can't be forgotten
// while more is known can't be forgotten when less is.
void forget_answers(Trials& trials, std::vector<Operation>& operations, bool of_mutations) {
  const auto candidate = [&](const Operation& operation) {
    return operation.known() && operation.mutates() == of_mutations;
  };
  const auto known =
      static_cast<std::size_t>(std::count_if(operations.begin(), operations.end(), candidate));
  for (std::size_t size = (known + 1) / 2; size > 0; size = size == 1 ? 0 : (size + 1) / 2) {
    for (std::size_t from = 0; from < operations.size() && !trials.spent();) {
      std::vector<Operation> fewer = operations;
      std::size_t taken = 0;
      for (; from < fewer.size() && taken < size; ++from) {
        if (!candidate(fewer[from])) continue;
        fewer[from] = forgotten(fewer[from]);
        ++taken;
      }
      if (taken > 0 && trials.fails(fewer)) operations = std::move(fewer);
    }
  }
}

// The mutation may have written of what the other saw.
bool may_have_written(const Operation& mutation, const Operation& other, const Texts& values) {
  for (const Value seen : {other.output, other.expected}) {
    if (mutation.argument == seen) return true;
    if (mutation.kind == Kind::append && mutation.argument != kInitial &&
        values.at(seen).find(values.at(mutation.argument)) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

Explanation explain(const History& history, std::span<const Place> operations,
                    const KeyVerdict& verdict, std::uint64_t effort) {
  Trials trials(history, operations, effort);
  std::vector<Operation> core;
  if (verdict.end != kNever) {
    core = failing_prefix(trials, verdict.end);
  } else {
    std::vector<bool> named;
    for (const Place place : operations)
      named.push_back(std::count(verdict.operations.begin(), verdict.operations.end(), place) > 0);
    core = few_that_fail(trials, named);
  }
  forget_answers(trials, core, false);
  forget_answers(trials, core, true);

  Explanation explanation;
  std::size_t answered = 0;
  std::size_t others = 0;
  std::size_t writers = 0;
  for (std::size_t i = 0; i < core.size(); ++i) {
    const Operation& operation = core[i];
    if (operation.known()) {
      ++answered;
    } else if (!operation.mutates()) {
      continue;
    } else {
      const bool wrote = std::any_of(core.begin(), core.end(), [&](const Operation& other) {
        return other.known() && may_have_written(operation, other, trials.values());
      });
      if (!wrote || ++writers > kMostWriters) {
        ++others;
        continue;
      }
    }
    explanation.operations.push_back(operations[i]);
  }
  explanation.rule = trials.rule(core);
  if (!explanation.rule.empty()) explanation.rule += ": ";
  explanation.rule += answered == 1
                          ? "no order explains this answer"
                          : fmt::format("no order explains these {} answers together", answered);
  if (others > 0) {
    explanation.rule +=
        fmt::format(", wherever after their calls {} other {} took effect, or never did", others,
                    others == 1 ? "mutation" : "mutations");
  }
  if (trials.spent()) explanation.rule += "; there may be fewer that show it";
  return explanation;
}

}  // namespace linearizability
