// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/unwritten.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orchestrator/verify/linearizability/flat_map.h"

namespace linearizability {
namespace {

constexpr Stamp kBeginning = std::numeric_limits<Stamp>::min();
// Appends looked at in all texts together, for each operation.
constexpr std::uint64_t kWorkPerOperation = 64;

// The value that an operation tells of; nothing where it tells of none.
std::optional<Value> told_by(const Operation& op) {
  if (op.answer == Answer::refused) return op.output;
  if (op.answer != Answer::done) return std::nullopt;
  if (op.kind == Kind::read) return op.output;
  if (op.kind == Kind::cas) return op.expected;
  return std::nullopt;
}

class Unwritten {
 public:
  Unwritten(const History& history, std::span<const Place> operations)
      : texts_(history.values), work_(kWorkPerOperation * operations.size()) {
    begun_by(written_, kInitial, kBeginning);
    std::vector<const Operation*> swaps;
    for (const Place place : operations) {
      const Operation& op = history.operations[place];
      if (op.kind == Kind::append) {
        begun_by(appended_, op.argument, op.call);
      } else if (op.kind == Kind::write) {
        begun_by(written_, op.argument, op.call);
      } else if (op.mutates() && op.argument != op.expected) {
        swaps.push_back(&op);
      }
    }
    add(swaps);
  }

  // Where that can be told.
  bool is(Value value, Stamp ret) {
    if (const auto at = written_.find(texts_.at(value)); at != written_.end() && at->second <= ret)
      return false;
    return appended_.empty() || !may_be_put_together(texts_.at(value), ret);
  }

 private:
  // The earliest calls of what writes, or appends, a text.
  using Calls = std::unordered_map<std::string_view, Stamp>;

  void begun_by(Calls& calls, Value value, Stamp call) {
    Stamp& earliest = calls.try_emplace(texts_.at(value), call).first->second;
    earliest = std::min(earliest, call);
  }

  // A compare-and-set writes once what it expects may be there: at any time, where texts may be put
  // together. Earliest first, as Dijkstra has it.
  void add(const std::vector<const Operation*>& swaps) {
    using Begin = std::pair<Stamp, std::string_view>;
    std::unordered_multimap<std::string_view, const Operation*> expecting;
    std::priority_queue<Begin, std::vector<Begin>, std::greater<>> begins;
    for (const Operation* op : swaps) {
      if (!appended_.empty()) begun_by(written_, op->argument, op->call);
      expecting.emplace(texts_.at(op->expected), op);
    }
    if (!appended_.empty()) return;
    for (const auto& [text, call] : written_)
      begins.emplace(call, text);
    while (!begins.empty()) {
      const auto [begin, text] = begins.top();
      begins.pop();
      const auto [first, last] = expecting.equal_range(text);
      for (auto it = first; it != last; ++it) {
        const Stamp call = std::max(begin, it->second->call);
        const std::string_view more = texts_.at(it->second->argument);
        const auto known = written_.find(more);
        if (known != written_.end() && known->second <= call) continue;
        begun_by(written_, it->second->argument, call);
        begins.emplace(call, more);
      }
      expecting.erase(first, last);
    }
  }

  // Takes appended texts off its end, in every way.
  bool may_be_put_together(std::string_view text, Stamp ret) {
    std::vector<bool> is_end(text.size() + 1);
    is_end[text.size()] = true;
    for (std::size_t end = text.size();; --end) {
      if (is_end[end]) {
        const auto base = written_.find(text.substr(0, end));
        if (base != written_.end() && base->second <= ret) return true;
        if (work_ < appended_.size()) return true;
        work_ -= appended_.size();
        for (const auto& [more, call] : appended_) {
          if (call <= ret && !more.empty() && text.substr(0, end).ends_with(more))
            is_end[end - more.size()] = true;
        }
      }
      if (end == 0) return false;
    }
  }

  const Texts& texts_;
  Calls written_;
  Calls appended_;
  std::uint64_t work_;
};

}  // namespace

std::optional<Place> find_unwritten(const History& history, std::span<const Place> operations) {
  // Of those that tell of a value, the first to return.
  FlatMap told;
  std::vector<Place> tellers;
  for (const Place place : operations) {
    const Operation& op = history.operations[place];
    const auto value = told_by(op);
    if (!value) continue;
    const auto fresh = static_cast<std::uint32_t>(tellers.size());
    const std::uint32_t at = told.find_or_insert(*value, fresh);
    if (at == fresh) tellers.push_back(place);
    if (op.ret < history.operations[tellers[at]].ret) tellers[at] = place;
  }
  Unwritten unwritten(history, operations);
  for (const Place place : tellers) {
    const Operation& op = history.operations[place];
    if (unwritten.is(*told_by(op), op.ret)) return place;
  }
  return std::nullopt;
}

}  // namespace linearizability
