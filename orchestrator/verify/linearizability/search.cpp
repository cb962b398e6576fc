// SPDX-License-Identifier: Apache-2.0
// T2: Lowe's just-in-time linearization (2017, section 4) depth first, with a memory of where it
// was. Phase by phase (timeline.h) operations are taken into the order: as few as it needs to take
// the one that returns. A configuration is the phase, the state, and which open operations have
// been taken; what can follow depends on nothing else. Where every way from the first one ends
// before the last phase, there is no order.
//
// Ways that are not gone, each since with any order that goes them, there is one that doesn't:
// - An operation that may stand in a state and does not change it stands there at once: moved there
//   from behind, it is open, and leaves all others as they were.
// - Of operations that do the same the one that returns first is taken first, one of unknown
//   outcome last: exchanged, they both still stand within their intervals.
// - One of unknown outcome is taken only where something open needs what it leaves: it can stand
//   right before the first operation that could not stand there without it, or else be left out.
// - While no mute is open or to come: between what leaves a lost state (states.h) and the next
//   write nothing stands that tells of the state, so the former can move behind all that is
//   between. A write of a lost value, which tells nothing at all, stands right before another
//   write, in a lost state, or where it returns; an append that leaves a lost state stands before a
//   write or where it returns.
#include <algorithm>
#include <vector>

#include "orchestrator/verify/linearizability/cursor.h"
#include "orchestrator/verify/linearizability/timeline.h"
#include "orchestrator/verify/linearizability/verdict.h"
#include "orchestrator/verify/linearizability/visited.h"

namespace linearizability {

class Search::Impl {
 public:
  Impl(const History& history, std::span<const Place> operations, Stamp end)
      : history_(history),
        operations_(operations.begin(), operations.end()),
        timeline_(history, operations, end),
        cursor_(timeline_),
        visited_(1 + timeline_.known_words, 1 + timeline_.words),
        now_(1 + timeline_.words),
        needed_(timeline_.states.size()),
        offered_(timeline_.twins) {}

  const KeyVerdict& go_on(std::uint64_t configurations);
  std::uint64_t looked_at() const { return looked_at_; }
  std::uint64_t bytes() const;

 private:
  // A way that is open from a configuration: an operation to take, and the state it leaves.
  struct Choice {
    std::uint32_t act = 0;
    StateId state = kLost;
    std::uint32_t rank = 0;  // lower ones are tried first
    std::uint32_t last_phase = 0;
  };
  // A configuration with its choices, from `next` on untried, in choices_. Its masks are in masks_.
  struct Junction {
    std::uint32_t phase = 0;
    StateId state = kLost;
    std::uint32_t taken = 0;  // how long the order is there
    std::uint32_t next = 0;
    std::uint32_t first = 0;
  };

  std::uint64_t* taken() { return now_.data() + 1; }
  bool is_taken(const Act& act) { return (taken()[act.slot / 64] >> (act.slot % 64) & 1) != 0; }
  bool no_mutes() const { return cursor_.phase() >= timeline_.last_mute; }
  StateId told_apart(StateId state) const {
    const bool lost = state == kLost || timeline_.states.last(state) < cursor_.phase();
    return lost ? kLost : state;
  }

  void enter();
  bool settle();
  void take(std::uint32_t act);
  void drop(std::uint32_t act);
  void take_standing();
  void take_lost_writes();
  void leave_phase();
  void choose(const Choice& choice);
  void offer_choices();
  void note_needs();
  void need(StateId state) {
    if (state < needed_.size()) needed_[state] = serial_;
  }
  bool is_needed(StateId state) const {
    return state < needed_.size() && needed_[state] == serial_;
  }
  void offer(std::uint32_t act);
  static bool goes_before(const Act& act, const Act& other);
  bool allowed(std::uint32_t act, StateId after) const;
  std::uint32_t rank(std::uint32_t act, StateId after) const;
  void found();
  void exhausted();

  const History& history_;
  std::vector<Place> operations_;
  Timeline timeline_;
  Cursor cursor_;
  Visited visited_;
  KeyVerdict verdict_;

  // The configuration the search is in: a word for phase and state, then what has been taken.
  std::vector<std::uint64_t> now_;
  StateId state_ = kLost;
  std::vector<std::uint32_t> order_;  // acts
  std::uint32_t deepest_ = 0;         // phase
  bool entered_ = false;
  std::uint64_t looked_at_ = 0;  // configurations

  std::vector<Junction> junctions_;
  std::vector<std::uint64_t> masks_;
  std::vector<Choice> choices_;

  // Of the configuration whose choices are made, marked with its serial number.
  std::uint64_t serial_ = 0;
  std::vector<std::uint64_t> needed_;  // per state: an open operation waits for it
  struct Offer {
    std::uint64_t serial = 0;
    std::uint32_t choice = 0;
  };
  std::vector<Offer> offered_;  // per number of twins: the one that is offered
  std::uint32_t appends_ = 0;   // how many are open
  bool write_open_ = false;
  bool lost_write_open_ = false;
  bool mute_waits_ = false;
};

const KeyVerdict& Search::Impl::go_on(std::uint64_t configurations) {
  if (verdict_.ruling != Ruling::unknown) return verdict_;
  if (timeline_.phases == 0) {
    found();
    return verdict_;
  }
  if (!entered_) {
    entered_ = true;
    state_ = told_apart(timeline_.initial);
    enter();
  }
  while (verdict_.ruling == Ruling::unknown && configurations > 0) {
    if (junctions_.empty()) {
      exhausted();
      break;
    }
    Junction& from = junctions_.back();
    masks_.resize(junctions_.size() * timeline_.words);
    if (from.next == choices_.size()) {
      choices_.resize(from.first);
      junctions_.pop_back();
      continue;
    }
    const Choice choice = choices_[from.next++];
    std::copy(masks_.end() - timeline_.words, masks_.end(), taken());
    cursor_.back_to(from.phase);
    order_.resize(from.taken);
    state_ = from.state;
    choose(choice);
    enter();
    --configurations;
    ++looked_at_;
  }
  return verdict_;
}

// Goes on as long as there is no choice.
void Search::Impl::enter() {
  if (settle()) {
    found();
    return;
  }
  deepest_ = std::max(deepest_, cursor_.phase());
  now_[0] = std::uint64_t{cursor_.phase()} << 32 | state_;
  if (!visited_.insert(now_.data())) return;
  const auto first = static_cast<std::uint32_t>(choices_.size());
  offer_choices();
  if (choices_.size() == first) return;
  std::sort(choices_.begin() + first, choices_.end(), [](const Choice& a, const Choice& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.last_phase != b.last_phase ? a.last_phase < b.last_phase : a.act < b.act;
  });
  junctions_.push_back(
      {cursor_.phase(), state_, static_cast<std::uint32_t>(order_.size()), first, first});
  masks_.insert(masks_.end(), now_.begin() + 1, now_.end());
}

// True at the end. Else the operation that returns has not been taken.
bool Search::Impl::settle() {
  for (;;) {
    take_standing();
    if (!is_taken(timeline_.acts[timeline_.returning(cursor_.phase())])) return false;
    leave_phase();
    if (cursor_.phase() == timeline_.phases) return true;
  }
}

void Search::Impl::take(std::uint32_t act) {
  const std::uint32_t slot = timeline_.acts[act].slot;
  taken()[slot / 64] |= std::uint64_t{1} << (slot % 64);
  order_.push_back(act);
}

void Search::Impl::drop(std::uint32_t act) {
  const std::uint32_t slot = timeline_.acts[act].slot;
  taken()[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
}

void Search::Impl::take_standing() {
  cursor_.each_seeing(taken(), [this](std::uint32_t act) {
    const Act& it = timeline_.acts[act];
    if ((it.required == state_) == (it.effect == Effect::see)) take(act);
  });
  if (state_ == kLost && no_mutes()) take_lost_writes();
}

void Search::Impl::take_lost_writes() {
  cursor_.each_open(taken(), [this](std::uint32_t act) {
    const Act& it = timeline_.acts[act];
    if (it.effect == Effect::write && it.known && told_apart(it.written) == kLost) take(act);
  });
}

void Search::Impl::leave_phase() {
  const std::uint32_t phase = cursor_.phase();
  drop(timeline_.returning(phase));
  for (const std::uint32_t act : timeline_.expiring(phase))
    drop(act);
  cursor_.advance();
  state_ = told_apart(state_);
}

void Search::Impl::choose(const Choice& choice) {
  const bool write = timeline_.acts[choice.act].effect == Effect::write;
  if (write && choice.state != kLost && no_mutes()) take_lost_writes();
  take(choice.act);
  state_ = choice.state;
}

void Search::Impl::note_needs() {
  ++serial_;
  appends_ = 0;
  write_open_ = lost_write_open_ = mute_waits_ = false;
  cursor_.each_open(taken(), [this](std::uint32_t act) {
    const Act& it = timeline_.acts[act];
    if (it.effect == Effect::append) ++appends_;
    if (it.effect == Effect::write) {
      write_open_ = true;
      lost_write_open_ |= it.known && told_apart(it.written) == kLost;
    }
    if (it.effect == Effect::mute) mute_waits_ = true;  // else it would stand where we are
    if (it.effect == Effect::see || it.effect == Effect::swap) need(it.required);
  });
}

void Search::Impl::offer_choices() {
  note_needs();
  cursor_.each_open(taken(), [this](std::uint32_t act) { offer(act); });
}

void Search::Impl::offer(std::uint32_t act) {
  const Act& it = timeline_.acts[act];
  if (it.effect == Effect::see || it.effect == Effect::mute) return;
  if (it.effect == Effect::swap && it.required != state_) return;
  const StateId after = told_apart(
      it.effect == Effect::append ? timeline_.states.append(state_, it.argument) : it.written);
  if (!allowed(act, after)) return;
  const Choice choice = {act, after, rank(act, after), it.last_phase};
  Offer& twin = offered_[it.twins];
  if (twin.serial != serial_) {
    twin = {serial_, static_cast<std::uint32_t>(choices_.size())};
    choices_.push_back(choice);
  } else if (goes_before(it, timeline_.acts[choices_[twin.choice].act])) {
    choices_[twin.choice] = choice;
  }
}

// Of two that do the same.
bool Search::Impl::goes_before(const Act& act, const Act& other) {
  if (act.known != other.known) return act.known;
  return act.known ? act.last_phase < other.last_phase : &act < &other;
}

bool Search::Impl::allowed(std::uint32_t act, StateId after) const {
  const Act& it = timeline_.acts[act];
  const bool returns = it.known && it.last_phase == cursor_.phase();
  if (!it.known) {
    // An append needs it where that changes what it leaves, for those that can tell.
    const std::uint32_t others = appends_ - (it.effect == Effect::append ? 1 : 0);
    const bool builds = others > 0 && (after != kLost || !no_mutes());
    // Right before a write stand those of lost values, so that it may leave what was there.
    const bool changes =
        after != state_ || (it.effect == Effect::write && lost_write_open_ && no_mutes());
    return changes && (is_needed(after) || mute_waits_ || builds);
  }
  if (returns || after != kLost || !no_mutes()) return true;
  if (it.effect == Effect::append) return write_open_;
  return it.effect == Effect::swap;
}

std::uint32_t Search::Impl::rank(std::uint32_t act, StateId after) const {
  const std::uint32_t returning = timeline_.returning(cursor_.phase());
  const Act& waits = timeline_.acts[returning];
  if (act == returning && (after != kLost || timeline_.acts[act].effect == Effect::write)) return 1;
  if (act == returning) return 4;
  if (waits.effect == Effect::see && after == waits.required) return 0;
  if (is_needed(after)) return 2;
  return after != kLost ? 3 : 5;
}

void Search::Impl::found() {
  verdict_.ruling = Ruling::linearizable;
  for (const std::uint32_t act : order_) {
    verdict_.order.push_back(timeline_.acts[act].place);
  }
}

// What was called before the return that no way leads to has no order.
void Search::Impl::exhausted() {
  const Act& last = timeline_.acts[timeline_.returning(deepest_)];
  const Stamp end = history_.operations[last.place].ret;
  verdict_.ruling = Ruling::not_linearizable;
  verdict_.end = end;
  verdict_.rule = "no order of what was called by then explains all that had returned";
  for (const Place place : operations_) {
    if (history_.operations[place].call <= end) verdict_.operations.push_back(place);
  }
}

std::uint64_t Search::Impl::bytes() const {
  return sizeof *this + timeline_.bytes() + cursor_.bytes() + visited_.bytes() +
         operations_.capacity() * sizeof(Place) + junctions_.capacity() * sizeof(Junction) +
         choices_.capacity() * sizeof(Choice) + masks_.capacity() * sizeof(std::uint64_t) +
         order_.capacity() * sizeof(std::uint32_t) + needed_.capacity() * sizeof(std::uint64_t) +
         offered_.capacity() * sizeof(Offer);
}

Search::Search(const History& history, std::span<const Place> operations, Stamp end)
    : impl_(std::make_unique<Impl>(history, operations, end)) {}
Search::~Search() = default;
Search::Search(Search&&) noexcept = default;
Search& Search::operator=(Search&&) noexcept = default;

const KeyVerdict& Search::go_on(std::uint64_t configurations) {
  return impl_->go_on(configurations);
}
std::uint64_t Search::looked_at() const {
  return impl_->looked_at();
}
std::uint64_t Search::bytes() const {
  return impl_->bytes();
}

}  // namespace linearizability
