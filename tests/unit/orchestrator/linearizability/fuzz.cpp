// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/linearizability/fuzz.h"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "orchestrator/verify/linearizability/claims.h"
#include "orchestrator/verify/linearizability/explain.h"
#include "orchestrator/verify/linearizability/judge.h"
#include "orchestrator/verify/linearizability/verdict.h"
#include "orchestrator/verify/linearizability/witness.h"
#include "tests/unit/orchestrator/linearizability/brute_force.h"
#include "tests/unit/orchestrator/linearizability/histories.h"
#include "tests/unit/orchestrator/linearizability/random_history.h"

namespace linearizability {
namespace {

using Disagreement = std::optional<std::string>;

// One key of a history, and the truth of it.
class KeyOf {
 public:
  KeyOf(const History& history, std::uint32_t key) : history_(history) {
    for (std::size_t i = 0; i < history.operations.size(); ++i) {
      if (history.operations[i].key != key) continue;
      places_.push_back(static_cast<Place>(i));
      operations_.push_back(history.operations[i]);
    }
    truth_ = brute_force(operations_, history.values);
  }

  bool truth() const { return truth_; }
  bool empty() const { return places_.empty(); }

  Disagreement zones() const {
    const KeyVerdict verdict = check_zones(history_, places_);
    if (verdict.ruling == Ruling::not_applicable) return std::nullopt;
    if (auto wrong = judged("zones", verdict.ruling, verdict.order)) return wrong;
    if (truth_) return std::nullopt;
    if (verdict.rule.empty() || verdict.operations.empty()) return "zones: no rule is named";
    return convicts("explain zones", explain(history_, places_, verdict).operations);
  }

  Disagreement search() const {
    Search search(history_, places_);
    const KeyVerdict* verdict = nullptr;
    for (int i = 0; i < 10'000; ++i) {
      verdict = &search.go_on(16);
      if (verdict->ruling != Ruling::unknown) break;
    }
    if (auto wrong = judged("search", verdict->ruling, verdict->order)) return wrong;
    if (truth_) return std::nullopt;
    if (auto wrong = ends_at(verdict->end)) return wrong;
    return convicts("explain", explain(history_, places_, *verdict).operations);
  }

  Disagreement claims(bool honest) const {
    const Claims claims = check_claims(history_, places_, true);
    const bool proven = claims.ruling == Claims::Ruling::proven;
    if (proven && !truth_) return "claims: proven, and it is not linearizable";
    const Claims part = check_claims(history_, places_, false);
    if ((part.ruling == Claims::Ruling::proven) != proven) return "claims: whole or not";
    if (claims.ruling == Claims::Ruling::missing) return std::nullopt;
    if (honest && !proven)
      return "claims: the order of a right log is refuted: " + claims.flaw.rule;
    if (proven == brute_force_by_index(operations_, history_.values) || twice_at_one_index()) {
      return std::nullopt;
    }
    return fmt::format("claims: {} by the claimed order", proven ? "proven" : "refuted");
  }

  Disagreement convicts(std::string_view checker, const std::vector<Place>& core) const {
    std::vector<Operation> others_forgotten;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      Operation operation = operations_[i];
      if (std::find(core.begin(), core.end(), places_[i]) == core.end()) {
        operation.answer = Answer::none;
        operation.ret = kNever;
      }
      others_forgotten.push_back(operation);
    }
    if (!core.empty() && !brute_force(others_forgotten, history_.values)) return std::nullopt;
    return fmt::format("{}: its explanation of {} operations explains nothing", checker,
                       core.size());
  }

 private:
  Disagreement judged(std::string_view checker, Ruling ruling,
                      const std::vector<Place>& order) const {
    if (ruling != (truth_ ? Ruling::linearizable : Ruling::not_linearizable)) {
      return fmt::format("{}: ruling {}, linearizable is {}", checker, static_cast<int>(ruling),
                         truth_);
    }
    if (!truth_) return std::nullopt;
    const auto flaw = verify_order(history_, places_, order);
    return flaw ? Disagreement(fmt::format("{}: its order: {}", checker, flaw->rule))
                : std::nullopt;
  }

  // The shortest prefix that is not linearizable does.
  Disagreement ends_at(Stamp end) const {
    Stamp before = std::numeric_limits<Stamp>::min();
    for (const Operation& operation : operations_) {
      if (operation.ret < end) before = std::max(before, operation.ret);
    }
    if (brute_force(prefix(end), history_.values)) return "search: its prefix is linearizable";
    if (!brute_force(prefix(before), history_.values)) return "search: a shorter prefix is not";
    return std::nullopt;
  }
  std::vector<Operation> prefix(Stamp end) const {
    std::vector<Operation> told;
    for (Operation operation : operations_) {
      const bool refused =
          operation.answer == Answer::refused || operation.answer == Answer::refused_mute;
      if (operation.call > end || (refused && operation.ret > end)) continue;
      if (operation.ret > end) {
        operation.answer = Answer::none;
        operation.ret = kNever;
      }
      told.push_back(operation);
    }
    return told;
  }

  bool twice_at_one_index() const {
    std::set<std::uint64_t> indexes;
    return std::any_of(operations_.begin(), operations_.end(), [&](const Operation& operation) {
      return operation.mutates() && operation.log_index != 0 &&
             !indexes.insert(operation.log_index).second;
    });
  }

  const History& history_;
  std::vector<Place> places_;
  std::vector<Operation> operations_;
  bool truth_ = false;
};

Disagreement of_judge(const History& history, const std::vector<KeyOf>& keys) {
  Judgement judgement;
  JudgeOptions options;
  options.every_key = true;
  try {
    judgement = judge(history, options);
  } catch (const std::logic_error& error) {
    return error.what();
  }
  bool all = true;
  for (const KeyJudgement& key : judgement.keys) {
    const KeyOf& of_key = keys.at(key.key);
    all = all && of_key.truth();
    if ((key.ruling == Ruling::linearizable) != of_key.truth()) return "judge: a key's ruling";
    if (of_key.truth()) continue;
    if (key.rule.empty() || key.core.empty()) return "judge: it does not say why";
    if (auto wrong = of_key.convicts("judge", key.core)) return wrong;
  }
  const Ruling due = all ? Ruling::linearizable : Ruling::not_linearizable;
  return judgement.ruling == due ? std::nullopt : Disagreement("judge: the ruling");
}

// Without each operation that the disagreement does not need.
void shrink(History& history, bool honest) {
  for (std::size_t i = history.operations.size(); i-- > 0;) {
    const std::vector<Operation> before = history.operations;
    history.operations.erase(history.operations.begin() + static_cast<std::ptrdiff_t>(i));
    if (!disagreement(history, honest)) history.operations = before;
  }
}

void count(const History& history, Tally& tally) {
  const Judgement judgement = judge(history);
  ++(judgement.ruling == Ruling::linearizable ? tally.linearizable : tally.not_linearizable);
  for (const KeyJudgement& key : judgement.keys) {
    ++(key.tier == Tier::witness ? tally.by_witness
       : key.tier == Tier::zones ? tally.by_zones
                                 : tally.by_search);
    if (key.breach) ++tally.breaches;
  }
}

}  // namespace

std::optional<std::string> disagreement(const History& history, bool honest) {
  std::vector<KeyOf> keys;
  for (std::uint32_t key = 0; key < history.keys.size(); ++key) {
    const KeyOf& of_key = keys.emplace_back(history, key);
    if (of_key.empty()) continue;
    if (auto wrong = of_key.claims(honest)) return wrong;
    if (auto wrong = of_key.zones()) return wrong;
    if (auto wrong = of_key.search()) return wrong;
  }
  return of_judge(history, keys);
}

Tally fuzz(std::uint64_t first, std::uint64_t histories, unsigned most) {
  Tally tally;
  for (std::uint64_t seed = first; seed < first + histories; ++seed) {
    RandomHistory random = random_history(seed, most);
    if (!disagreement(random.history, random.honest)) {
      count(random.history, tally);
      continue;
    }
    // Without one of its operations an honest history is none any more.
    const bool honest = !disagreement(random.history, false);
    if (!honest) shrink(random.history, false);
    ADD_FAILURE() << "seed " << seed << ": " << *disagreement(random.history, honest) << "\n"
                  << shown(random.history.operations, random.history.values);
    break;
  }
  return tally;
}

}  // namespace linearizability
