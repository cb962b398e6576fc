// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/chains.h"

#include <algorithm>
#include <functional>

namespace linearizability {
namespace {

constexpr std::size_t kTokenSizes = 64;  // of appends to one key; more are left to the search

bool tells_state(const Operation& op) {
  return (op.kind == Kind::read && op.answer == Answer::done) || op.answer == Answer::refused;
}
bool swapped(const Operation& op) {
  return op.kind == Kind::cas && op.answer == Answer::done;
}

}  // namespace

Chains::Chains(const History& history, std::span<const Place> operations)
    : next_reader(operations.size(), kNone),
      placed(operations.size()),
      history_(history),
      operations_(operations),
      state_of_value_(operations.size()) {
  collect();
  if (ruling != Ruling::linearizable) return;
  resolve_all();
  link();
  if (ruling == Ruling::linearizable) find_cycle();
}

void Chains::refuse(const char* why, std::initializer_list<std::uint32_t> operations) {
  ruling = Ruling::not_linearizable;
  rule = why;
  against = operations;
}

std::uint32_t Chains::state_of(Value value) {
  const auto fresh = static_cast<std::uint32_t>(states.size());
  const std::uint32_t state = state_of_value_.find_or_insert(value, fresh);
  if (state == fresh) {
    states.emplace_back().text = history_.values.at(value);
    writers_.emplace_back();
  }
  return state;
}

// From the last to the first, so that the lists of readers are by call.
void Chains::collect() {
  state_of(kInitial);
  for (auto i = static_cast<std::uint32_t>(operations_.size()); i-- > 0;) {
    const Operation& op = at(i);
    if (op.kind == Kind::write || op.kind == Kind::cas) {
      // A refused compare-and-set writes nothing, and one of a value by itself only reads.
      const bool writes = op.kind == Kind::write || (op.mutates() && op.argument != op.expected);
      if (op.kind == Kind::cas) writers_[state_of(op.expected)].needed |= op.mutates();
      if (writes) {
        Writers& writers = writers_[state_of(op.argument)];
        writers.first = i;
        ++writers.count;
      }
    } else if (op.kind == Kind::append && !add_token(i)) {
      ruling = Ruling::not_applicable;
      return;
    }
    const bool reads = tells_state(op) || (swapped(op) && op.argument == op.expected);
    if (!reads) continue;
    if (op.answer == Answer::refused && op.output == op.expected) {
      refuse("a compare-and-set was refused although it saw what it expected", {i});
      return;
    }
    const std::uint32_t state = state_of(swapped(op) ? op.expected : op.output);
    writers_[state].needed = true;
    next_reader[i] = states[state].first_reader;
    states[state].first_reader = i;
  }
}

// False where the rules below do not hold: an empty text that was appended leaves no trace.
bool Chains::add_token(std::uint32_t operation) {
  const std::string_view text = history_.values.at(at(operation).argument);
  if (text.empty()) return !at(operation).known();
  const auto fresh = static_cast<std::uint32_t>(tokens_.size());
  const std::uint32_t token =
      token_of_text_.find_or_insert(std::hash<std::string_view>()(text), fresh);
  if (token == fresh) {
    tokens_.push_back({text, operation, 0});
    if (std::find(token_sizes_.begin(), token_sizes_.end(), text.size()) == token_sizes_.end()) {
      token_sizes_.push_back(text.size());
    }
  }
  if (tokens_[token].text != text) return false;  // two texts have one hash
  ++tokens_[token].count;
  return token_sizes_.size() <= kTokenSizes;
}

// In the order of texts, those that begin with a text stand right behind it; so the values that
// begin a text, the longest last, are a stack, and only what is behind the longest is looked at.
void Chains::resolve_all() {
  const auto values = static_cast<std::uint32_t>(states.size());
  if (tokens_.empty()) {
    for (std::uint32_t state = 0; state < values; ++state) {
      if (writers_[state].needed) settle(state);
    }
    return;
  }
  std::vector<std::uint32_t> sorted(values);
  for (std::uint32_t state = 0; state < values; ++state)
    sorted[state] = state;
  std::sort(sorted.begin(), sorted.end(),
            [this](std::uint32_t a, std::uint32_t b) { return states[a].text < states[b].text; });
  std::vector<std::uint32_t> prefixes;
  for (const std::uint32_t state : sorted) {
    const std::string_view text = states[state].text;
    while (!prefixes.empty() && !text.starts_with(states[prefixes.back()].text)) {
      prefixes.pop_back();
    }
    prefixes.push_back(state);
    if (writers_[state].needed) resolve(state, prefixes);
  }
}

// Takes off what was appended last until a value begins the chain or is known already. `prefixes`
// are the values that the text begins with, itself the last.
void Chains::resolve(std::uint32_t state, const std::vector<std::uint32_t>& prefixes) {
  std::size_t shorter = prefixes.size() - 1;  // of prefixes, those not longer than the state
  while (states[state].origin == Origin::unresolved) {
    const std::uint32_t before = settle(state);
    if (before == kNone) return;
    const std::string_view text = states[before].text;
    while (states[prefixes[shorter]].text.size() > text.size())
      --shorter;
    if (states[prefixes[shorter]].text.size() == text.size()) {
      states[state].parent = prefixes[shorter];
      states.pop_back();
    } else {
      states[state].parent = before;
    }
    state = states[state].parent;
  }
}

// Finds where a value can come from. Where an append made it, the state before it is returned, made
// anew.
std::uint32_t Chains::settle(std::uint32_t state) {
  const std::string_view text = states[state].text;
  Writers writers;
  if (state < writers_.size()) writers = writers_[state];
  Token token;
  std::uint32_t appends = 0;
  const bool stripped = strip(text, token, appends);
  const std::uint32_t origins = writers.count + appends + (text.empty() ? 1 : 0);
  State& it = states[state];
  if (origins != 1) {
    it.origin = origins == 0 ? Origin::unexplained : Origin::ambiguous;
  } else if (stripped) {
    it.origin = Origin::appended;
    it.producer = token.first;
    states.emplace_back().text = text.substr(0, text.size() - token.text.size());
    return static_cast<std::uint32_t>(states.size() - 1);
  } else if (text.empty()) {
    it.origin = Origin::initial;
  } else {
    const Operation& writer = at(writers.first);
    it.producer = writers.first;
    it.origin = writer.kind == Kind::write ? Origin::written : Origin::swapped;
    if (writer.kind == Kind::cas) it.parent = state_of(writer.expected);
  }
  return kNone;
}

bool Chains::strip(std::string_view text, Token& found, std::uint32_t& matches) const {
  for (const std::size_t size : token_sizes_) {
    if (size > text.size()) continue;
    const std::string_view end = text.substr(text.size() - size);
    const std::uint32_t token = token_of_text_.find(std::hash<std::string_view>()(end));
    if (token == kNone || tokens_[token].text != end) continue;
    found = tokens_[token];
    matches += found.count;
  }
  return matches > 0;
}

void Chains::link() {
  const std::size_t values = states.size();
  for (std::uint32_t state = 0; state < values && ruling == Ruling::linearizable; ++state) {
    if (states[state].first_reader != kNone) hold(state, states[state].first_reader);
  }
  for (std::uint32_t i = 0; i < operations_.size() && ruling == Ruling::linearizable; ++i) {
    if (swapped(at(i)) && at(i).argument != at(i).expected) link_swap(i);
  }
}

// A compare-and-set that was done tells of the state before it, and so stands in its chain even
// where what it wrote was not seen.
void Chains::link_swap(std::uint32_t operation) {
  hold(state_of(at(operation).expected), operation);
  if (ruling != Ruling::linearizable) return;
  std::uint32_t state = state_of(at(operation).argument);
  if (states[state].origin == Origin::unresolved) {
    const std::string_view text = states[state].text;
    state = static_cast<std::uint32_t>(states.size());
    State& it = states.emplace_back();
    it.text = text;
    it.origin = Origin::swapped;
    it.producer = operation;
    it.parent = state_of(at(operation).expected);
  }
  if (states[state].origin == Origin::ambiguous) {
    ruling = Ruling::not_applicable;
    return;
  }
  hold(state, operation);
}

// The value was there, and so were those that it is built on.
void Chains::hold(std::uint32_t state, std::uint32_t witness) {
  while (states[state].witness == kNone) {
    State& it = states[state];
    it.witness = witness;
    if (it.origin == Origin::ambiguous) {
      ruling = Ruling::not_applicable;
      return;
    }
    if (it.origin == Origin::unexplained) {
      refuse("nobody wrote what was seen", {witness});
      return;
    }
    if (it.origin == Origin::initial) return;
    if (placed[it.producer]) {
      refuse("what was seen places one operation behind two different values",
             {it.producer, witness});
      return;
    }
    placed[it.producer] = true;
    if (it.origin == Origin::written) return;
    State& parent = states[it.parent];
    if (parent.child != kNone) {
      const State& other = states[parent.child];
      refuse("what was seen places two operations right behind one value",
             {other.producer, it.producer, other.witness, witness});
      return;
    }
    parent.child = state;
    state = it.parent;
  }
}

// Each state that was held has one before it or begins its chain; what no beginning leads to stands
// in a circle.
void Chains::find_cycle() {
  std::vector<bool> reached(states.size());
  for (std::uint32_t first = 0; first < states.size(); ++first) {
    if (states[first].witness == kNone || !states[first].begins_chain()) continue;
    for (std::uint32_t state = first; state != kNone; state = states[state].child) {
      reached[state] = true;
    }
  }
  for (std::uint32_t state = 0; state < states.size(); ++state) {
    if (states[state].witness == kNone || reached[state]) continue;
    refuse("compare-and-sets that each need another's effect first",
           {states[state].producer, states[states[state].parent].producer});
    return;
  }
}

}  // namespace linearizability
