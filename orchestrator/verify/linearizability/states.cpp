// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/states.h"

#include <algorithm>

namespace linearizability {
namespace {

std::uint64_t pair_of(std::uint64_t high, std::uint64_t low) {
  return high << 32 | low;
}

}  // namespace

void States::observe(Value value, std::uint32_t phase) {
  const auto fresh = static_cast<std::uint32_t>(observed_.size());
  const std::uint32_t at = observed_of_value_.find_or_insert(value, fresh);
  if (at == fresh) observed_.push_back({texts_.at(value), phase});
  observed_[at].last = std::max(observed_[at].last, phase);
}

void States::build(bool appends) {
  appends_ = appends;
  states_.push_back({});
  if (appends) {
    std::sort(observed_.begin(), observed_.end(),
              [](const Observed& a, const Observed& b) { return a.text < b.text; });
    return;
  }
  for (const Observed& observed : observed_)
    states_.push_back({0, 0, 0, observed.last});
}

StateId States::of(Value value) {
  if (appends_) {
    return beginning_with(0, static_cast<std::uint32_t>(observed_.size()), 0, texts_.at(value));
  }
  const std::uint32_t at = observed_of_value_.find(value);
  return at == FlatMap::kNone ? kLost : at + 1;
}

StateId States::append(StateId state, Value argument) {
  if (state == kLost) return kLost;
  const std::uint64_t key = pair_of(state, argument);
  if (const std::uint32_t known = after_append_.find(key); known != FlatMap::kNone) return known;
  const State from = states_[state];
  const StateId to = beginning_with(from.begin, from.end, from.size, texts_.at(argument));
  after_append_.find_or_insert(key, to);
  return to;
}

// Of texts that agree in their first `known` bytes: those that go on with `more`.
StateId States::beginning_with(std::uint32_t begin, std::uint32_t end, std::size_t known,
                               std::string_view more) {
  const auto first = std::partition_point(
      observed_.begin() + begin, observed_.begin() + end,
      [&](const Observed& it) { return it.text.substr(known, more.size()) < more; });
  const auto last = std::partition_point(first, observed_.begin() + end, [&](const Observed& it) {
    return it.text.substr(known, more.size()) == more;
  });
  if (first == last) return kLost;
  const State state = {static_cast<std::uint32_t>(first - observed_.begin()),
                       static_cast<std::uint32_t>(last - observed_.begin()),
                       static_cast<std::uint32_t>(known + more.size()),
                       std::max_element(first, last, [](const Observed& a, const Observed& b) {
                         return a.last < b.last;
                       })->last};
  const auto fresh = static_cast<StateId>(states_.size());
  const StateId id = state_of_range_.find_or_insert(pair_of(state.begin, state.size), fresh);
  if (id == fresh) states_.push_back(state);
  return id;
}

std::uint64_t States::bytes() const {
  return observed_.capacity() * sizeof(Observed) + states_.capacity() * sizeof(State) +
         observed_of_value_.bytes() + state_of_range_.bytes() + after_append_.bytes();
}

}  // namespace linearizability
