// SPDX-License-Identifier: Apache-2.0
// Sorting what is nearly in order: places, calls, returns and log indexes all rise with time, and
// each stands at most as many places from its own as operations were open with it.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace linearizability {

// By insertion, linear where all is near its place; where that takes too many moves it is given up.
template <typename T, typename Less = std::less<>>
void sort_nearly_sorted(std::vector<T>& items, Less less = {}) {
  const auto first = items.begin();
  auto moves_left = 16 * (items.end() - first);
  for (auto it = first; it != items.end(); ++it) {
    if (it == first || !less(*it, *(it - 1))) continue;
    T item = std::move(*it);
    auto to = it;
    for (; to != first && less(item, *(to - 1)); --to)
      *to = std::move(*(to - 1));
    *to = std::move(item);
    moves_left -= it - to;
    if (moves_left < 0) {
      std::sort(first, items.end(), less);
      return;
    }
  }
}

}  // namespace linearizability
