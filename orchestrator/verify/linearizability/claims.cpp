// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/claims.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/linearizability/nearly_sorted.h"

namespace linearizability {
namespace {

// Where an operation stands: at an index, or behind so many mutations; then by call, a mutation
// before all that saw what it made.
struct Standing {
  std::uint64_t position = 0;
  Stamp call = 0;
  Place place = 0;
  friend bool operator<(const Standing& a, const Standing& b) {
    return std::tie(a.position, a.call, a.place) < std::tie(b.position, b.call, b.place);
  }
};

constexpr Stamp kFirst = std::numeric_limits<Stamp>::min();

Standing standing_of(const Operation& operation, Place place, std::uint64_t position) {
  return {position, operation.mutates() ? kFirst : operation.call, place};
}

// The states of one key, one after each of its mutations. A comparison that finds one equal to a
// text of the table makes it that text, so that no state's bytes are compared twice.
class States {
 public:
  explicit States(const Texts& texts) : texts_(texts) { write(kInitial, kFirst); }

  void execute(const Operation& mutation) {
    const auto last = static_cast<std::uint32_t>(states_.size() - 1);
    const std::size_t more = texts_.at(mutation.argument).size();
    if (mutation.kind == Kind::append && more > 0) {
      states_.push_back({mutation.argument, last, states_[last].size + more, mutation.call});
    } else if (mutation.kind == Kind::write || mutation.answer == Answer::done ||
               (mutation.kind == Kind::cas && is(last, mutation.expected))) {
      write(mutation.argument, mutation.call);
    } else {
      states_.push_back(states_[last]);
      states_.back().call = mutation.call;
    }
  }

  // The first from there on that the operation can have seen, and that did not come to be by what
  // was called after it had returned. Between there and it is nothing that is not concurrent with
  // the operation, where there is all that had returned before its call.
  std::optional<std::uint32_t> first_seen_by(const Operation& operation, std::uint32_t from) {
    const bool mute = operation.answer == Answer::refused_mute;
    for (std::uint32_t i = from; i < states_.size(); ++i) {
      if (i > from && states_[i].call > operation.ret) break;
      if (mute ? !is(i, operation.expected) : is(i, operation.output)) return i;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint32_t kNothing = ~0U;

  // The text, behind that of another state.
  struct State {
    Value text = kInitial;
    std::uint32_t behind = kNothing;
    std::size_t size = 0;
    Stamp call = 0;  // of the mutation that left it
  };

  void write(Value value, Stamp call) {
    states_.push_back({value, kNothing, texts_.at(value).size(), call});
  }
  bool is(std::uint32_t which, Value value) {
    State& state = states_[which];
    if (state.behind == kNothing) return state.text == value;
    std::string_view left = texts_.at(value);
    if (left.size() != state.size) return false;
    const State* at = &state;
    for (; at->behind != kNothing; at = &states_[at->behind]) {
      const std::string_view more = texts_.at(at->text);
      if (!left.ends_with(more)) return false;
      left.remove_suffix(more.size());
    }
    if (left != texts_.at(at->text)) return false;
    state.text = value;
    state.behind = kNothing;
    return true;
  }

  const Texts& texts_;
  std::vector<State> states_;
};

// From then on a position is how many of the key's mutations stand there or before: an index that
// is none of theirs says no more than that.
void count_mutations(const History& history, std::vector<Standing>& by_index) {
  std::uint64_t mutations = 0;
  for (Standing& standing : by_index) {
    if (history.operations[standing.place].mutates()) ++mutations;
    standing.position = mutations;
  }
}

// How far the order reaches of what has returned, asked for at ever later times.
class Floor {
 public:
  void add(Stamp ret, std::size_t standing) {
    if (ret != kNever) returns_.push_back({ret, standing});
  }
  void sort() { sort_nearly_sorted(returns_); }
  std::uint64_t before(Stamp call, const std::vector<Standing>& standings) {
    for (; next_ < returns_.size() && returns_[next_].first < call; ++next_)
      floor_ = std::max(floor_, standings[returns_[next_].second].position);
    return floor_;
  }

 private:
  std::vector<std::pair<Stamp, std::size_t>> returns_;
  std::size_t next_ = 0;
  std::uint64_t floor_ = 0;
};

// Gives those that claim no index their places among those that do.
class ReadPlacement {
 public:
  ReadPlacement(const History& history, std::vector<Standing>& standings)
      : history_(history), standings_(standings), states_(history.values) {
    for (const Standing& standing : standings_) {
      const Operation& operation = history_.operations[standing.place];
      if (operation.mutates()) states_.execute(operation);
    }
  }

  // By call. What returned before a read was called stands before it; those that do, being called
  // earlier themselves, have their least places already, so that its own is the least as well, and
  // being least it is behind nothing that another order could have put it before.
  std::optional<Flaw> place(const std::vector<Place>& reads) {
    Floor of_claimed;
    for (std::size_t i = 0; i < standings_.size(); ++i)
      of_claimed.add(history_.operations[standings_[i].place].ret, i);
    of_claimed.sort();
    Floor of_reads;
    for (std::size_t i = 0; i < reads.size(); ++i)
      of_reads.add(history_.operations[reads[i]].ret, i);
    of_reads.sort();

    std::vector<Standing> placed;
    placed.reserve(reads.size());
    for (const Place place : reads) {
      const Operation& read = history_.operations[place];
      const std::uint64_t floor =
          std::max(of_claimed.before(read.call, standings_), of_reads.before(read.call, placed));
      const auto first = states_.first_seen_by(read, static_cast<std::uint32_t>(floor));
      if (!first) return nowhere(place);
      placed.push_back(standing_of(read, place, *first));
    }
    sort_nearly_sorted(placed);
    const auto claimed = static_cast<std::ptrdiff_t>(standings_.size());
    standings_.insert(standings_.end(), placed.begin(), placed.end());
    std::inplace_merge(standings_.begin(), standings_.begin() + claimed, standings_.end());
    return std::nullopt;
  }

 private:
  Flaw nowhere(Place read) const {
    return {fmt::format("no state of the claimed order is what line {} saw, from where everything "
                        "stands that had returned before it was called, to what was called after "
                        "it had returned",
                        history_.operations[read].line),
            {read}};
  }

  const History& history_;
  std::vector<Standing>& standings_;
  States states_;
};

std::optional<Flaw> two_at_one_index(const History& history, const std::vector<Standing>& claimed) {
  for (std::size_t i = 1; i < claimed.size(); ++i) {
    const Standing& a = claimed[i - 1];
    const Standing& b = claimed[i];
    if (a.position != b.position || b.call != kFirst) continue;
    return Flaw{
        fmt::format("lines {} and {} both claim log index {}", history.operations[a.place].line,
                    history.operations[b.place].line, a.position),
        {a.place, b.place}};
  }
  return std::nullopt;
}

// What the operations claim, sorted out.
struct Sorted {
  std::vector<Standing> claimed;  // by index
  std::vector<Place> free;        // reads that claim none, by call
  bool acknowledged_without = false;
  bool unknown_without = false;
};

Sorted sort_out(const History& history, std::span<const Place> operations) {
  Sorted sorted;
  sorted.claimed.reserve(operations.size());
  for (const Place place : operations) {
    const Operation& operation = history.operations[place];
    if (!operation.known() && !operation.mutates()) continue;
    if (operation.log_index != 0) {
      sorted.claimed.push_back(standing_of(operation, place, operation.log_index));
    } else if (!operation.mutates()) {
      sorted.free.push_back(place);
    } else {
      (operation.known() ? sorted.acknowledged_without : sorted.unknown_without) = true;
    }
  }
  sort_nearly_sorted(sorted.claimed);
  return sorted;
}

}  // namespace

Claims check_claims(const History& history, std::span<const Place> operations, bool log_is_whole) {
  Sorted sorted = sort_out(history, operations);
  Claims claims;
  if (sorted.acknowledged_without || sorted.claimed.empty()) return claims;

  std::optional<Flaw> flaw = two_at_one_index(history, sorted.claimed);
  count_mutations(history, sorted.claimed);
  sort_nearly_sorted(sorted.claimed);
  if (!flaw && !sorted.free.empty()) {
    flaw = ReadPlacement(history, sorted.claimed).place(sorted.free);
  }
  if (!flaw) {
    claims.order.reserve(sorted.claimed.size());
    for (const Standing& standing : sorted.claimed)
      claims.order.push_back(standing.place);
    flaw = verify_order(history, operations, claims.order);
  }
  if (!flaw) {
    claims.ruling = Claims::Ruling::proven;
    return claims;
  }
  claims.order.clear();
  if (sorted.unknown_without && !log_is_whole) return claims;
  claims.ruling = Claims::Ruling::refuted;
  claims.flaw = std::move(*flaw);
  return claims;
}

}  // namespace linearizability
