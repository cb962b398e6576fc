// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/witness.h"

#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/verify/linearizability/nearly_sorted.h"

namespace linearizability {
namespace {

// What a key holds: a text of the table and what was appended to it since. A comparison that finds
// them equal makes it one text of the table again, so that no state's bytes are compared twice.
class Register {
 public:
  explicit Register(const Texts& texts) : texts_(&texts) {}

  void write(Value value) {
    base_ = value;
    tail_.clear();
  }
  void append(Value value) { tail_ += texts_->at(value); }
  bool holds(Value value) {
    if (tail_.empty()) return base_ == value;
    const std::string_view text = texts_->at(value);
    const std::string_view base = texts_->at(base_);
    if (text.size() != base.size() + tail_.size() || !text.ends_with(tail_) ||
        !text.starts_with(base)) {
      return false;
    }
    write(value);
    return true;
  }

 private:
  const Texts* texts_;
  Value base_ = kInitial;
  std::string tail_;
};

// Executes the operation; false: its answer is not the one that its client got.
bool execute(const Operation& operation, Register& state) {
  switch (operation.kind) {
    case Kind::read:
      return !operation.known() || state.holds(operation.output);
    case Kind::write:
      state.write(operation.argument);
      return true;
    case Kind::append:
      state.append(operation.argument);
      return true;
    case Kind::cas:
      break;
  }
  if (operation.answer == Answer::refused) {
    return operation.output != operation.expected && state.holds(operation.output);
  }
  const bool found = state.holds(operation.expected);
  if (operation.answer == Answer::refused_mute) return !found;
  if (found) state.write(operation.argument);
  return found || !operation.known();
}

const char* name_of(Kind kind) {
  constexpr const char* kNames[] = {"read", "write", "append", "compare-and-set"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string named(const Operation& operation) {
  return fmt::format("the {} of line {}", name_of(operation.kind), operation.line);
}

std::vector<Place> sorted(std::span<const Place> places) {
  std::vector<Place> copy(places.begin(), places.end());
  sort_nearly_sorted(copy);
  return copy;
}

// The first condition: all that were answered, and nothing that is none of them or twice there.
std::optional<Flaw> wrong_set(const History& history, std::span<const Place> operations,
                              std::span<const Place> order) {
  const std::vector<Place> all = sorted(operations);
  const std::vector<Place> found = sorted(order);
  std::size_t at = 0;
  for (const Place place : all) {
    if (at < found.size() && found[at] < place) break;
    if (at < found.size() && found[at] == place) {
      ++at;
    } else if (history.operations[place].known()) {
      return Flaw{named(history.operations[place]) + " was answered and is not in the order",
                  {place}};
    }
  }
  if (at == found.size()) return std::nullopt;
  const bool twice = at > 0 && found[at] == found[at - 1];
  return Flaw{fmt::format("{} {}", named(history.operations[found[at]]),
                          twice ? "is in the order twice" : "is in the order of other operations"),
              {found[at]}};
}

// The second: nothing stands behind what was called after it had returned.
std::optional<Flaw> against_time(const History& history, std::span<const Place> order) {
  Place last_called = 0;
  Stamp latest = std::numeric_limits<Stamp>::min();
  for (const Place place : order) {
    const Operation& operation = history.operations[place];
    if (operation.ret < latest) {
      return Flaw{fmt::format("{} stands behind {}, which was called after it had returned",
                              named(operation), named(history.operations[last_called])),
                  {last_called, place}};
    }
    if (operation.call < latest) continue;
    latest = operation.call;
    last_called = place;
  }
  return std::nullopt;
}

// The third: executed in this order, each key by itself, all answer as they did.
std::optional<Flaw> wrong_answer(const History& history, std::span<const Place> order) {
  struct Key {
    Register state;
    std::optional<Place> changed;  // by whom last
  };
  std::unordered_map<std::uint32_t, Key> keys;
  Key* key = nullptr;
  std::uint32_t number = 0;
  for (const Place place : order) {
    const Operation& operation = history.operations[place];
    if (!key || operation.key != number) {
      number = operation.key;
      key = &keys.try_emplace(number, Key{Register(history.values), {}}).first->second;
    }
    if (!execute(operation, key->state)) {
      Flaw flaw{fmt::format("{} does not answer as it did where it stands in the order, after {}",
                            named(operation),
                            key->changed ? named(history.operations[*key->changed]) : "nothing"),
                {}};
      if (key->changed) flaw.operations.push_back(*key->changed);
      flaw.operations.push_back(place);
      return flaw;
    }
    if (operation.mutates()) key->changed = place;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Flaw> verify_order(const History& history, std::span<const Place> operations,
                                 std::span<const Place> order) {
  if (auto flaw = wrong_set(history, operations, order)) return flaw;
  if (auto flaw = against_time(history, order)) return flaw;
  return wrong_answer(history, order);
}

}  // namespace linearizability
