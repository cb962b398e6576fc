// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/history.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace linearizability {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kFirstSlots = 64;

}  // namespace

Texts::Texts() : slots_(kFirstSlots) {
  number_of("");
}

Value Texts::number_of(std::string_view text) {
  const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].number != 0; at = (at + 1) & mask) {
    const Value known = slots_[at].number - 1;
    if (slots_[at].hash == hash && texts_[known] == text) return known;
  }
  const auto number = static_cast<Value>(texts_.size());
  texts_.push_back(keep(text));
  slots_[at] = {hash, number + 1};
  if (2 * texts_.size() > slots_.size()) grow();
  return number;
}

void Texts::grow() {
  std::vector<Slot> slots(2 * slots_.size());
  const std::size_t mask = slots.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.number == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots[at].number != 0)
      at = (at + 1) & mask;
    slots[at] = slot;
  }
  slots_ = std::move(slots);
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
