// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/mutes.h"

#include <algorithm>
#include <limits>

namespace linearizability {
namespace {

struct Mute {
  std::size_t behind = 0;  // how many of the order stand before it
  Stamp point = 0;         // when it takes effect
  std::uint32_t operation = 0;
};

// What an append that nobody saw leaves ends with its text; more is not asked.
bool may_leave(const History& history, const Operation& op, std::string_view state, bool seen,
               std::string_view value) {
  if (seen) return state == value;
  const std::string_view text = history.values.at(op.argument);
  return op.kind == Kind::append ? value.ends_with(text) : value == text;
}

}  // namespace

bool place_mutes(const History& history, std::span<const Place> operations, const Chains& chains,
                 std::vector<Step>& order) {
  const auto at = [&](std::size_t i) -> const Operation& {
    return history.operations[operations[i]];
  };
  std::vector<Mute> mutes;
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    if (at(i).answer == Answer::refused_mute) mutes.push_back({0, 0, i});
  }
  if (mutes.empty()) return true;

  // When each operation takes effect: in order, and as early as calls allow. As none stands behind
  // one that was called after its return, that is never after its return either.
  std::vector<Stamp> points;
  Stamp now = std::numeric_limits<Stamp>::min();
  for (const Step& step : order) {
    now = std::max(now, at(step.operation).call);
    points.push_back(now);
  }
  for (Mute& mute : mutes) {
    const Operation& op = at(mute.operation);
    const std::string_view expected = history.values.at(op.expected);
    const auto stands = [&](std::size_t behind) {
      if (behind == 0) return expected.empty();
      const Step& last = order[behind - 1];
      const bool seen = last.state != Chains::kNone;
      const std::string_view text = seen ? chains.states[last.state].text : std::string_view();
      return may_leave(history, at(last.operation), text, seen, expected);
    };
    const auto first = std::upper_bound(points.begin(), points.end(), op.call);
    mute.behind = static_cast<std::size_t>(first - points.begin());
    mute.point = op.call;
    while (stands(mute.behind)) {
      if (mute.behind == order.size() || points[mute.behind] > op.ret) return false;
      mute.point = points[mute.behind++];
    }
  }
  std::stable_sort(mutes.begin(), mutes.end(), [](const Mute& a, const Mute& b) {
    return a.behind != b.behind ? a.behind < b.behind : a.point < b.point;
  });
  std::vector<Step> merged;
  merged.reserve(order.size() + mutes.size());
  std::size_t next = 0;
  for (std::size_t behind = 0; behind <= order.size(); ++behind) {
    for (; next < mutes.size() && mutes[next].behind == behind; ++next) {
      const std::uint32_t state = behind == 0 ? Chains::kNone : order[behind - 1].state;
      merged.push_back({mutes[next].operation, state});
    }
    if (behind < order.size()) merged.push_back(order[behind]);
  }
  order = std::move(merged);
  return true;
}

}  // namespace linearizability
