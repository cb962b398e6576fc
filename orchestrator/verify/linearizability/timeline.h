// SPDX-License-Identifier: Apache-2.0
// A key's operations as the search goes through them: in phases, each of which ends with the return
// of one operation, in the order of returns. An operation is open from the first phase that ends at
// or after its call, to the one that its own return ends; one of unknown outcome, to the last in
// which what it writes can be of use to another. Open operations have slots of their own, which are
// given out again, so that sets of them are short masks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "orchestrator/verify/linearizability/states.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

inline constexpr std::uint32_t kNoOperation = ~0U;

// What an operation does to a state, so far as the search needs to know.
enum class Effect : std::uint8_t {
  see,    // stands only where the state is `required`
  mute,   // stands only where it is not
  write,  // leaves `written`
  append,
  swap,  // stands only where the state is `required`, and leaves `written`
};

struct Act {
  Place place = 0;
  Effect effect = Effect::see;
  bool known = true;
  StateId required = kLost;
  StateId written = kLost;
  Value argument = kInitial;
  Value met = kInitial;  // what `required` stands for
  std::uint32_t first_phase = 0;
  std::uint32_t last_phase = 0;
  std::uint32_t slot = 0;
  std::uint32_t twins = 0;  // the number that all have who do the same to every state
};

class Timeline {
 public:
  // Of the prefix that ends there, as verdict.h has it.
  Timeline(const History& history, std::span<const Place> operations, Stamp end);

  // The acts by call; those without a part in any order are left out.
  std::vector<Act> acts;
  States states;
  StateId initial = kLost;
  std::uint32_t phases = 0;
  std::uint32_t last_mute = 0;  // the phase from which on no mute is open
  std::uint32_t twins = 0;
  // How many words of 64 slots: those of known outcome come first, then the others.
  std::uint32_t known_words = 0;
  std::uint32_t words = 0;

  std::uint32_t returning(std::uint32_t phase) const { return returning_[phase]; }
  std::span<const std::uint32_t> opening(std::uint32_t phase) const {
    return {opening_.data() + opening_begin_[phase], opening_.data() + opening_begin_[phase + 1]};
  }
  // Those of unknown outcome that are of no use later.
  std::span<const std::uint32_t> expiring(std::uint32_t phase) const {
    return {expiring_.data() + expiring_begin_[phase],
            expiring_.data() + expiring_begin_[phase + 1]};
  }
  std::uint64_t bytes() const;

 private:
  void find_phases(const History& history, std::span<const Place> operations, Stamp end);
  void find_states();
  void find_expiry();
  void keep_useful();
  void give_slots();
  void number_twins();

  std::vector<std::uint32_t> returning_;  // acts, per phase
  std::vector<std::uint32_t> opening_, opening_begin_;
  std::vector<std::uint32_t> expiring_, expiring_begin_;
};

}  // namespace linearizability
