// SPDX-License-Identifier: Apache-2.0
// Where in its timeline the search is, and which operations are open there.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "orchestrator/verify/linearizability/timeline.h"

namespace linearizability {

class Cursor {
 public:
  // At the first phase.
  explicit Cursor(const Timeline& timeline)
      : timeline_(timeline),
        open_(timeline.words),
        seeing_(timeline.words),
        act_in_(std::size_t{64} * timeline.words) {
    if (timeline.phases > 0) open_phase();
  }

  std::uint32_t phase() const { return phase_; }
  // From the last phase it goes on to the end, where nothing is open.
  void advance() {
    close(timeline_.returning(phase_));
    for (const std::uint32_t act : timeline_.expiring(phase_))
      close(act);
    if (++phase_ < timeline_.phases) open_phase();
  }
  void back_to(std::uint32_t phase) {
    while (phase_ > phase) {
      if (phase_ < timeline_.phases) {
        for (const std::uint32_t act : timeline_.opening(phase_))
          close(act);
      }
      --phase_;
      open(timeline_.returning(phase_));
      for (const std::uint32_t act : timeline_.expiring(phase_))
        open(act);
    }
  }

  // For each open act, those first that are known; which must not have been taken.
  template <typename Visit>
  void each_open(const std::uint64_t* taken, Visit visit) const {
    each(open_, taken, visit);
  }
  // Of them, those that change nothing.
  template <typename Visit>
  void each_seeing(const std::uint64_t* taken, Visit visit) const {
    each(seeing_, taken, visit);
  }

  std::uint64_t bytes() const {
    return (open_.capacity() + seeing_.capacity()) * sizeof(std::uint64_t) +
           act_in_.capacity() * sizeof(std::uint32_t);
  }

 private:
  template <typename Visit>
  void each(const std::vector<std::uint64_t>& mask, const std::uint64_t* taken, Visit visit) const {
    for (std::size_t word = 0; word < mask.size(); ++word) {
      for (std::uint64_t left = mask[word] & ~taken[word]; left != 0; left &= left - 1) {
        visit(act_in_[64 * word + static_cast<std::size_t>(std::countr_zero(left))]);
      }
    }
  }

  void open_phase() {
    for (const std::uint32_t act : timeline_.opening(phase_))
      open(act);
  }
  void open(std::uint32_t act) {
    const Act& it = timeline_.acts[act];
    const std::uint64_t bit = std::uint64_t{1} << (it.slot % 64);
    open_[it.slot / 64] |= bit;
    if (it.effect == Effect::see || it.effect == Effect::mute) seeing_[it.slot / 64] |= bit;
    act_in_[it.slot] = act;
  }
  void close(std::uint32_t act) {
    const std::uint32_t slot = timeline_.acts[act].slot;
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    open_[slot / 64] &= ~bit;
    seeing_[slot / 64] &= ~bit;
  }

  const Timeline& timeline_;
  std::uint32_t phase_ = 0;
  std::vector<std::uint64_t> open_, seeing_;  // slots
  std::vector<std::uint32_t> act_in_;         // per slot
};

}  // namespace linearizability
