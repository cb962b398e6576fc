// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/judge.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <stdexcept>

#include <fmt/format.h>

#include "orchestrator/verify/linearizability/claims.h"
#include "orchestrator/verify/linearizability/explain.h"
#include "orchestrator/verify/linearizability/prefixes.h"

namespace linearizability {
namespace {

// Operations by key, in each by call.
class Keys {
 public:
  explicit Keys(const History& history)
      : starts_(history.keys.size() + 1), places_(history.operations.size()) {
    for (const Operation& operation : history.operations)
      ++starts_.at(operation.key + std::size_t{1});
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    std::vector<Place> next(starts_.begin(), starts_.end() - 1);
    for (std::size_t i = 0; i < history.operations.size(); ++i)
      places_[next[history.operations[i].key]++] = static_cast<Place>(i);
  }
  std::span<const Place> of(std::uint32_t key) const {
    return std::span(places_).subspan(starts_[key], starts_[key + 1] - starts_[key]);
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(starts_.size() - 1); }

 private:
  std::vector<Place> starts_;
  std::vector<Place> places_;
};

// T3: no checker is believed that a history is linearizable.
void certify(const History& history, std::span<const Place> operations, const KeyVerdict& verdict,
             const KeyJudgement& of) {
  const auto flaw = verify_order(history, operations, verdict.order);
  if (!flaw) return;
  throw std::logic_error(fmt::format("key {}: the order that {} gave as proof is none: {}",
                                     history.keys[of.key], name_of(of.tier), flaw->rule));
}

void explain_to(KeyJudgement& judgement, const History& history, std::span<const Place> operations,
                const KeyVerdict& verdict) {
  Explanation explanation = explain(history, operations, verdict);
  judgement.rule = std::move(explanation.rule);
  judgement.core = std::move(explanation.operations);
}

// False: it is for the search to judge.
bool judge_without_search(const History& history, std::span<const Place> operations,
                          bool log_is_whole, KeyJudgement& judgement) {
  Claims claims = check_claims(history, operations, log_is_whole);
  if (claims.ruling == Claims::Ruling::proven) {
    judgement.ruling = Ruling::linearizable;
    judgement.tier = Tier::witness;
    return true;
  }
  if (claims.ruling == Claims::Ruling::refuted) judgement.breach = std::move(claims.flaw);

  KeyVerdict verdict = check_zones(history, operations);
  judgement.tier = Tier::zones;
  judgement.ruling = verdict.ruling;
  if (verdict.ruling == Ruling::not_applicable) return false;
  if (verdict.ruling == Ruling::linearizable) certify(history, operations, verdict, judgement);
  if (verdict.ruling == Ruling::not_linearizable)
    explain_to(judgement, history, operations, verdict);
  return true;
}

// T2 over the keys that are left. Each gets as much as any other before one gets more, so that a
// key that is easily found wrong is found before a hard one is searched to its end.
class FairSearch {
 public:
  FairSearch(const History& history, const JudgeOptions& options)
      : history_(history), options_(options) {}

  void add(KeyJudgement& judgement, std::span<const Place> operations) {
    judgement.tier = Tier::search;
    judgement.ruling = Ruling::unknown;
    open_.push_back(
        {&judgement, operations, Search(history_, operations), Prefixes(history_, operations), 0});
    open_.back().bytes = open_.back().search.bytes();
    bytes_ += open_.back().bytes;
  }

  void run(bool decided) {
    decided_ = decided;
    for (std::uint64_t round = kFirstRound; going_on();
         round = std::min(round, options_.configurations) * kGrowth) {
      for (std::size_t i = 0; i < open_.size() && going_on(); ++i)
        search(i, std::min(round, options_.configurations));
      std::erase_if(open_, [](const Open& key) { return key.closed; });
    }
    for (const Open& key : open_) {
      key.judgement->rule =
          spent_ >= options_.configurations
              ? fmt::format("{} configurations, of all keys together, do not suffice",
                            options_.configurations)
              : "not searched to its end: another key decides";
    }
  }

 private:
  static constexpr std::uint64_t kFirstRound = 512;
  static constexpr std::uint64_t kGrowth = 8;
  // Between two looks at how much memory is held.
  static constexpr std::uint64_t kSlice = 65'536;
  // A search that meets no obstacle looks at no more configurations than there are operations.
  // Where it takes so many for each, prefixes are searched too, each with this part of what the
  // whole gets.
  static constexpr std::uint64_t kHard = 256;
  static constexpr std::uint64_t kPart = 16;

  struct Open {
    KeyJudgement* judgement;
    std::span<const Place> operations;
    Search search;
    Prefixes prefixes;
    std::uint64_t bytes;
    bool closed = false;
  };

  bool going_on() const {
    return !open_.empty() && spent_ < options_.configurations && (options_.every_key || !decided_);
  }

  void search(std::size_t which, std::uint64_t configurations) {
    Open& key = open_[which];
    if (configurations >= kHard * key.operations.size())
      search_prefixes(key, configurations / kPart);
    while (!key.closed && configurations > 0 && spent_ < options_.configurations) {
      const std::uint64_t slice =
          std::min({configurations, kSlice, options_.configurations - spent_});
      const KeyVerdict& verdict = key.search.go_on(slice);
      configurations -= slice;
      spent_ += slice;
      bytes_ -= key.bytes;
      key.bytes = key.search.bytes();
      bytes_ += key.bytes;
      if (verdict.ruling == Ruling::unknown) {
        while (bytes_ > options_.bytes)
          give_up_the_largest();
      } else {
        rule(key, verdict);
      }
    }
  }

  void search_prefixes(Open& key, std::uint64_t configurations) {
    const std::uint64_t bytes = options_.bytes - std::min(options_.bytes, bytes_);
    const auto verdict = key.prefixes.search({configurations, bytes}, spent_);
    if (verdict) rule(key, *verdict);
  }

  void rule(Open& key, const KeyVerdict& verdict) {
    key.judgement->ruling = verdict.ruling;
    if (verdict.ruling == Ruling::linearizable) {
      certify(history_, key.operations, verdict, *key.judgement);
    } else {
      decided_ = true;
      explain_to(*key.judgement, history_, key.operations, verdict);
    }
    close(key);
  }

  void give_up_the_largest() {
    Open& largest = *std::max_element(
        open_.begin(), open_.end(), [](const Open& a, const Open& b) { return a.bytes < b.bytes; });
    largest.judgement->rule =
        fmt::format("{} bytes of memory, of all keys together, do not suffice", options_.bytes);
    close(largest);
  }

  void close(Open& key) {
    key.search = Search(history_, {});
    bytes_ -= key.bytes;
    key.bytes = 0;
    key.closed = true;
  }

  const History& history_;
  const JudgeOptions& options_;
  std::vector<Open> open_;
  std::uint64_t spent_ = 0;
  std::uint64_t bytes_ = 0;
  bool decided_ = false;
};

Ruling overall(const std::vector<KeyJudgement>& keys) {
  Ruling all = Ruling::linearizable;
  for (const KeyJudgement& key : keys) {
    if (key.ruling == Ruling::not_linearizable) return key.ruling;
    if (key.ruling != Ruling::linearizable) all = Ruling::unknown;
  }
  return all;
}

}  // namespace

const char* name_of(Tier tier) {
  switch (tier) {
    case Tier::witness:
      return "witness";
    case Tier::zones:
      return "zones";
    case Tier::search:
      return "search";
  }
  return "?";
}

Judgement judge(const History& history, const JudgeOptions& options) {
  const Keys by_key(history);
  Judgement judgement;
  std::vector<std::size_t> undecided;
  bool decided = false;
  for (std::uint32_t key = 0; key < by_key.size(); ++key) {
    const std::span<const Place> operations = by_key.of(key);
    if (operations.empty()) continue;
    KeyJudgement& of_key = judgement.keys.emplace_back();
    of_key.key = key;
    of_key.operations = static_cast<std::uint32_t>(operations.size());
    if (!judge_without_search(history, operations, options.log_is_whole, of_key))
      undecided.push_back(judgement.keys.size() - 1);
    decided = decided || of_key.ruling == Ruling::not_linearizable;
  }
  FairSearch search(history, options);
  for (const std::size_t i : undecided)
    search.add(judgement.keys[i], by_key.of(judgement.keys[i].key));
  search.run(decided);
  judgement.ruling = overall(judgement.keys);
  return judgement;
}

}  // namespace linearizability
