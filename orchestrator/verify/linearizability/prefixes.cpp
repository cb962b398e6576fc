// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/prefixes.h"

#include <algorithm>

namespace linearizability {
namespace {

// Between two looks at how much memory is held.
constexpr std::uint64_t kSlice = 16'384;

KeyVerdict search_within(Search& search, const Prefixes::Limits& limits) {
  KeyVerdict verdict;
  for (std::uint64_t left = limits.configurations; left > 0 && search.bytes() <= limits.bytes;) {
    const std::uint64_t slice = std::min(left, kSlice);
    verdict = search.go_on(slice);
    if (verdict.ruling != Ruling::unknown) break;
    left -= slice;
  }
  return verdict;
}

}  // namespace

Prefixes::Prefixes(const History& history, std::span<const Place> operations)
    : history_(&history), operations_(operations) {
  for (const Place place : operations) {
    if (history.operations[place].known()) returns_.push_back(history.operations[place].ret);
  }
  std::sort(returns_.begin(), returns_.end());
}

std::optional<KeyVerdict> Prefixes::search(const Limits& limits, std::uint64_t& looked_at) {
  const std::size_t whole = returns_.size();
  std::size_t too_hard = whole;
  for (std::size_t step = 1; linearizable_ + 1 < too_hard; step *= 2) {
    const std::size_t size = too_hard == whole ? std::min(linearizable_ + step, whole - 1)
                                               : (linearizable_ + too_hard) / 2;
    Search search(*history_, operations_, returns_[size - 1]);
    KeyVerdict verdict = search_within(search, limits);
    looked_at += search.looked_at();
    if (verdict.ruling == Ruling::not_linearizable) return verdict;
    (verdict.ruling == Ruling::linearizable ? linearizable_ : too_hard) = size;
  }
  return std::nullopt;
}

}  // namespace linearizability
