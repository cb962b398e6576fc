// SPDX-License-Identifier: Apache-2.0
// A map from numbers to small numbers: open addressing, nothing is ever taken out.
#pragma once

#include <cstdint>
#include <vector>

namespace linearizability {

class FlatMap {
 public:
  static constexpr std::uint32_t kNone = ~0U;  // no entry; never a value

  explicit FlatMap(std::size_t expected = 0) {
    std::size_t size = 16;
    while (size < 2 * expected)
      size *= 2;
    entries_.resize(size);
  }

  std::uint32_t find(std::uint64_t key) const {
    for (std::size_t at = home(key);; at = (at + 1) & (entries_.size() - 1)) {
      if (entries_[at].value == kNone || entries_[at].key == key) return entries_[at].value;
    }
  }

  // What is there under the key, or `value` put there.
  std::uint32_t find_or_insert(std::uint64_t key, std::uint32_t value) {
    if (2 * (count_ + 1) > entries_.size()) grow();
    for (std::size_t at = home(key);; at = (at + 1) & (entries_.size() - 1)) {
      Entry& entry = entries_[at];
      if (entry.value != kNone && entry.key != key) continue;
      if (entry.value == kNone) {
        entry = {key, value};
        ++count_;
      }
      return entry.value;
    }
  }

  std::uint64_t bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t value = kNone;
  };

  // The high half of the product depends on all bits of the key.
  std::size_t home(std::uint64_t key) const {
    const std::uint64_t mixed = (key ^ (key >> 32)) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(mixed >> 32) & (entries_.size() - 1);
  }

  void grow() {
    std::vector<Entry> old(2 * entries_.size());
    old.swap(entries_);
    count_ = 0;
    for (const Entry& entry : old) {
      if (entry.value != kNone) find_or_insert(entry.key, entry.value);
    }
  }

  std::vector<Entry> entries_;
  std::size_t count_ = 0;
};

}  // namespace linearizability
