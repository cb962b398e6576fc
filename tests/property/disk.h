// SPDX-License-Identifier: Apache-2.0
// What a disk holds that makes writes durable in their order.
#pragma once

#include <deque>

#include "raft/raft.h"

namespace raft::test {

class Disk {
 public:
  Disk() = default;
  explicit Disk(Restored durable) : durable_(std::move(durable)) {}

  // A write was handed over; it is not durable yet.
  void write(const Write& write) { pending_.push_back(write); }
  // This write and all before it became durable.
  void sync(WriteId up_to);
  // A crash: of the writes that were not durable the first `survivors` are found all the same.
  void crash(std::size_t survivors);

  const Restored& durable() const { return durable_; }
  const std::deque<Write>& pending() const { return pending_; }

 private:
  Restored durable_;
  std::deque<Write> pending_;
};

// Carries one write out: the hard state, then the truncation, then the entries.
void apply(const Write& write, Restored& state);
// Whether a write can be carried out: it cuts what is there and leaves no gap.
bool fits(const Write& write, const Restored& state);

}  // namespace raft::test
