// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/timeline.h"

#include <algorithm>

#include "orchestrator/verify/linearizability/nearly_sorted.h"

namespace linearizability {
namespace {

// No state has this number: what requires it stands nowhere.
constexpr StateId kNowhere = ~0U;

Effect effect_of(const Operation& op) {
  if (op.answer == Answer::refused_mute) return Effect::mute;
  if (op.kind == Kind::read || op.answer == Answer::refused) return Effect::see;
  if (op.kind == Kind::write) return Effect::write;
  if (op.kind == Kind::append) return Effect::append;
  return op.argument == op.expected ? Effect::see : Effect::swap;
}

// What it found, or must find, or (a mute) must not find.
Value value_met(const Operation& op) {
  const bool told = op.kind == Kind::read || op.answer == Answer::refused;
  return told ? op.output : op.expected;
}

bool meets(Effect effect) {
  return effect != Effect::write && effect != Effect::append;
}

std::uint64_t pair_of(std::uint64_t high, std::uint64_t low) {
  return high << 32 | low;
}

}  // namespace

Timeline::Timeline(const History& history, std::span<const Place> operations, Stamp end)
    : states(history.values) {
  find_phases(history, operations, end);
  find_states();
  find_expiry();
  keep_useful();
  number_twins();
  give_slots();
}

void Timeline::find_phases(const History& history, std::span<const Place> operations, Stamp end) {
  struct Return {
    Stamp at = 0;
    std::uint32_t act = 0;
    bool operator<(const Return& other) const {
      return at != other.at ? at < other.at : act < other.act;
    }
  };
  std::vector<Return> returns;
  returns.reserve(operations.size());
  acts.reserve(operations.size());
  for (const Place place : operations) {
    const Operation& op = history.operations[place];
    if (op.call > end) break;
    Act act;
    act.place = place;
    act.effect = effect_of(op);
    act.known = op.known() && op.ret <= end;
    act.argument = op.argument;
    act.met = value_met(op);
    if (op.answer == Answer::refused && op.output == op.expected) act.required = kNowhere;
    // What changes nothing and was not answered needs no place.
    const bool changes_nothing = act.effect == Effect::see || act.effect == Effect::mute;
    if (changes_nothing && !act.known) continue;
    if (act.known) returns.push_back({op.ret, static_cast<std::uint32_t>(acts.size())});
    acts.push_back(act);
  }
  sort_nearly_sorted(returns);
  phases = static_cast<std::uint32_t>(returns.size());
  std::uint32_t phase = 0;
  for (Act& act : acts) {  // by call
    const Stamp call = history.operations[act.place].call;
    while (phase < phases && returns[phase].at < call)
      ++phase;
    act.first_phase = phase;
    act.last_phase = phases;
  }
  for (phase = 0; phase < phases; ++phase)
    acts[returns[phase].act].last_phase = phase;
}

void Timeline::find_states() {
  bool appends = false;
  for (const Act& act : acts) {
    if (act.effect == Effect::append) appends = true;
    if (act.effect == Effect::mute) last_mute = std::max(last_mute, act.last_phase + 1);
    if (meets(act.effect)) states.observe(act.met, act.last_phase);
  }
  states.build(appends);
  initial = states.of(kInitial);
  for (Act& act : acts) {
    if (act.effect == Effect::write || act.effect == Effect::swap) {
      act.written = states.of(act.argument);
    }
    if (meets(act.effect) && act.required != kNowhere) act.required = states.of(act.met);
  }
}

void Timeline::find_expiry() {
  for (Act& act : acts) {
    if (act.known || act.effect == Effect::append) continue;
    const std::uint32_t seen = act.written == kLost ? 0 : states.last(act.written) + 1;
    const std::uint32_t useful = std::max(seen, last_mute);  // phases
    // The first phase later than the last makes it useless from the start.
    if (useful <= act.first_phase) act.first_phase = phases;
    act.last_phase = std::min(useful - (useful > 0), phases);
  }
}

void Timeline::keep_useful() {
  std::erase_if(acts, [this](const Act& act) { return act.first_phase >= phases; });
  returning_.resize(phases);
  opening_begin_.assign(phases + 1, 0);
  expiring_begin_.assign(phases + 1, 0);
  for (std::uint32_t i = 0; i < acts.size(); ++i) {
    opening_.push_back(i);  // by call, so by phase
    ++opening_begin_[acts[i].first_phase + 1];
    if (acts[i].known) {
      returning_[acts[i].last_phase] = i;
    } else if (acts[i].last_phase < phases) {
      expiring_.push_back(i);
      ++expiring_begin_[acts[i].last_phase + 1];
    }
  }
  sort_nearly_sorted(expiring_, [this](std::uint32_t a, std::uint32_t b) {
    return acts[a].last_phase < acts[b].last_phase;
  });
  for (std::uint32_t phase = 0; phase < phases; ++phase) {
    opening_begin_[phase + 1] += opening_begin_[phase];
    expiring_begin_[phase + 1] += expiring_begin_[phase];
  }
}

void Timeline::number_twins() {
  FlatMap writes, appends, swaps;
  for (Act& act : acts) {
    if (act.effect == Effect::see || act.effect == Effect::mute) continue;
    const bool swap = act.effect == Effect::swap;
    FlatMap& numbers = swap ? swaps : act.effect == Effect::write ? writes : appends;
    act.twins = numbers.find_or_insert(pair_of(act.argument, swap ? act.met : 0), twins);
    if (act.twins == twins) ++twins;
  }
}

// What opens in a phase may take the slot of what the phase before closed.
void Timeline::give_slots() {
  std::vector<std::uint32_t> free[2];
  std::uint32_t slots[2] = {0, 0};
  for (std::uint32_t phase = 0; phase < phases; ++phase) {
    for (const std::uint32_t i : opening(phase)) {
      const std::size_t kind = acts[i].known ? 0 : 1;
      if (free[kind].empty()) free[kind].push_back(slots[kind]++);
      acts[i].slot = free[kind].back();
      free[kind].pop_back();
    }
    free[0].push_back(acts[returning_[phase]].slot);
    for (const std::uint32_t i : expiring(phase))
      free[1].push_back(acts[i].slot);
  }
  known_words = (slots[0] + 63) / 64;
  words = known_words + (slots[1] + 63) / 64;
  for (Act& act : acts) {
    if (!act.known) act.slot += 64 * known_words;
  }
}

std::uint64_t Timeline::bytes() const {
  const std::size_t numbers = returning_.capacity() + opening_.capacity() +
                              opening_begin_.capacity() + expiring_.capacity() +
                              expiring_begin_.capacity();
  return acts.capacity() * sizeof(Act) + numbers * sizeof(std::uint32_t) + states.bytes();
}

}  // namespace linearizability
