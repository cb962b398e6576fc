// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/history.h"

#include <algorithm>

namespace linearizability {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;

}  // namespace

Value Texts::number_of(std::string_view text) {
  if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
  const auto number = static_cast<Value>(texts_.size());
  texts_.push_back(keep(text));
  numbers_.emplace(texts_.back(), number);
  return number;
}

// A block is reserved whole and never grows beyond that, so that what is kept in it stays.
std::string_view Texts::keep(std::string_view text) {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(kBlockBytes, text.size()));
  }
  std::vector<char>& block = blocks_.back();
  const std::size_t begin = block.size();
  block.insert(block.end(), text.begin(), text.end());
  return {block.data() + begin, text.size()};
}

}  // namespace linearizability
