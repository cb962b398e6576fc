// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/claims.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/store_model.h"

namespace linearizability {
namespace {

using verify::ValueDigest;

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

// The states of one key, one after each of its mutations, as digests: they find where a read may
// stand; whether it really does is for the witness to say.
class States {
 public:
  States() : states_(1) {}

  void execute(const Operation& mutation, const Texts& texts) {
    ValueDigest state = states_.back();
    const ValueDigest argument(texts.at(mutation.argument));
    if (mutation.kind == Kind::append) {
      state.append(texts.at(mutation.argument));
    } else if (mutation.kind == Kind::write || mutation.answer == Answer::done ||
               state == ValueDigest(texts.at(mutation.expected))) {
      state = argument;
    }
    states_.push_back(state);
  }
  void index() {
    for (std::uint32_t i = 0; i < states_.size(); ++i)
      by_digest_.emplace_back(key_of(states_[i]), i);
    std::sort(by_digest_.begin(), by_digest_.end());
  }

  // The first from there on that the operation can have seen.
  std::optional<std::uint32_t> first_seen_by(const Operation& operation, std::uint32_t from,
                                             const Texts& texts) const {
    if (operation.answer == Answer::refused_mute) {
      const ValueDigest not_seen(texts.at(operation.expected));
      while (from < states_.size() && states_[from] == not_seen)
        ++from;
      return from < states_.size() ? std::optional(from) : std::nullopt;
    }
    const auto seen = key_of(ValueDigest(texts.at(operation.output)));
    const auto at = std::lower_bound(by_digest_.begin(), by_digest_.end(), std::pair(seen, from));
    return at != by_digest_.end() && at->first == seen ? std::optional(at->second) : std::nullopt;
  }

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;
  static Key key_of(const ValueDigest& state) { return {state.hash, state.size}; }

  std::vector<ValueDigest> states_;
  std::vector<std::pair<Key, std::uint32_t>> by_digest_;
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

void sort_if_needed(std::vector<Standing>& standings) {
  if (!std::is_sorted(standings.begin(), standings.end()))
    std::sort(standings.begin(), standings.end());
}

// Gives those that claim no index their places among those that do.
class ReadPlacement {
 public:
  ReadPlacement(const History& history, std::vector<Standing>& standings)
      : history_(history), standings_(standings) {
    for (const Standing& standing : standings_) {
      const Operation& operation = history_.operations[standing.place];
      if (operation.mutates()) states_.execute(operation, history_.values);
    }
    states_.index();
  }

  // By call. What returned before a read was called stands before it; those that do, being called
  // earlier themselves, have their least places already, so that its own is the least as well, and
  // being least it is behind nothing that another order could have put it before.
  std::optional<Flaw> place(const std::vector<Place>& reads) {
    const std::size_t claimed = standings_.size();
    for (const Place read : reads)
      standings_.push_back(standing_of(history_.operations[read], read, 0));
    std::vector<std::pair<Stamp, std::size_t>> returns;
    for (std::size_t i = 0; i < standings_.size(); ++i)
      returns.emplace_back(history_.operations[standings_[i].place].ret, i);
    std::sort(returns.begin(), returns.end());

    auto returned = returns.begin();
    std::uint64_t floor = 0;
    for (std::size_t i = claimed; i < standings_.size(); ++i) {
      const Operation& read = history_.operations[standings_[i].place];
      for (; returned != returns.end() && returned->first < read.call; ++returned)
        floor = std::max(floor, standings_[returned->second].position);
      const auto first =
          states_.first_seen_by(read, static_cast<std::uint32_t>(floor), history_.values);
      if (!first) return nowhere(standings_[i].place);
      standings_[i].position = *first;
    }
    return std::nullopt;
  }

 private:
  Flaw nowhere(Place read) const {
    return {fmt::format("no state of the claimed order is what line {} saw, from where everything "
                        "stands that had returned before it was called",
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
  sort_if_needed(sorted.claimed);
  return sorted;
}

}  // namespace

Claims check_claims(const History& history, std::span<const Place> operations, bool log_is_whole) {
  Sorted sorted = sort_out(history, operations);
  Claims claims;
  if (sorted.acknowledged_without || sorted.claimed.empty()) return claims;

  std::optional<Flaw> flaw = two_at_one_index(history, sorted.claimed);
  count_mutations(history, sorted.claimed);
  if (!flaw && !sorted.free.empty()) {
    flaw = ReadPlacement(history, sorted.claimed).place(sorted.free);
  }
  sort_if_needed(sorted.claimed);
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
