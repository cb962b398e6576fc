// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/rules.h"

namespace proxy {

/// Holds messages until they are due. Those due at the same time leave in the order they came in.
/// Bounded in number and in bytes: the network's own queues must not be, unseen, a part of the
/// network that is modelled.
template <typename T>
class DelayQueue {
 public:
  struct Limits {
    std::size_t messages;
    std::size_t bytes;
  };
  explicit DelayQueue(Limits limits) : limits_(limits) {}

  /// False, and the value is gone, if there is no room for it.
  template <typename Value>
  bool push(Time due, std::size_t bytes, Value&& value) {
    if (heap_.size() >= limits_.messages || bytes > limits_.bytes - bytes_) return false;
    bytes_ += bytes;
    std::size_t slot = values_.size();
    if (free_.empty()) {
      values_.push_back({bytes, T(std::forward<Value>(value))});
    } else {
      slot = free_.back();
      free_.pop_back();
      values_[slot].bytes = bytes;
      values_[slot].value = std::forward<Value>(value);
    }
    heap_.push_back({due, next_sequence_++, slot});
    std::push_heap(heap_.begin(), heap_.end(), later);
    return true;
  }

  /// The first that is due at `now`, if any is.
  std::optional<T> pop(Time now) {
    if (heap_.empty() || heap_.front().due > now) return std::nullopt;
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::size_t slot = heap_.back().slot;
    heap_.pop_back();
    free_.push_back(slot);
    bytes_ -= values_[slot].bytes;
    return std::move(values_[slot].value);
  }

  /// When to call pop next.
  std::optional<Time> next_due() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().due;
  }

  std::size_t size() const { return heap_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  // Messages are large and stay where they are; what is kept in order is small.
  struct Entry {
    Time due;
    std::uint64_t sequence;
    std::size_t slot;  // of values_
  };
  struct Held {
    std::size_t bytes;
    T value;
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.due != b.due ? a.due > b.due : a.sequence > b.sequence;
  }

  Limits limits_;
  std::vector<Entry> heap_;
  std::vector<Held> values_;
  std::vector<std::size_t> free_;  // slots
  std::size_t bytes_ = 0;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace proxy
