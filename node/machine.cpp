// SPDX-License-Identifier: Apache-2.0
#include "node/machine.h"

#include <algorithm>

namespace node {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

bool Machine::is_about_it(const ToNode& message) {
  return std::holds_alternative<SlowDown>(message) || std::holds_alternative<SetClock>(message);
}

bool Machine::take(const ToNode& message, raft::Time now) {
  if (const auto* slow = std::get_if<SlowDown>(&message)) {
    per_event_ = slow->per_event;
    return true;
  }
  const auto* clock = std::get_if<SetClock>(&message);
  if (clock == nullptr) return false;
  error_ = error_at(now);
  since_ = now;
  clock_ = *clock;
  return true;
}

Instant Machine::at(raft::Time now, raft::Duration wall_offset) const {
  const raft::Duration error = error_at(now);
  return {now + error, now + error + wall_offset + clock_.jump, error};
}

raft::Time Machine::when(raft::Time shown) const {
  const raft::Duration to_go = shown - since_ - error_;
  if (clock_.rate_ppm == kMillion || to_go <= raft::Duration::zero()) return since_ + to_go;
  raft::Time at = since_ + to_go * kMillion / static_cast<std::int64_t>(clock_.rate_ppm);
  while (at + error_at(at) < shown)
    at += raft::Duration(1);
  return at;
}

raft::Duration Machine::error_at(raft::Time now) const {
  const std::int64_t gain_ppm = static_cast<std::int64_t>(clock_.rate_ppm) - kMillion;
  return error_ + (now - since_) * gain_ppm / kMillion;
}

}  // namespace node
