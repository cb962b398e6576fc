// SPDX-License-Identifier: Apache-2.0
// T1: Gibbons and Korach's zones (1997, section 4), over chains of values.
//
// A block is a chain with all that saw its values. Its values are held one behind the other, so in
// a linearization nothing else stands between its operations, and within it their order is fixed
// but for those that saw the same value, which may stand by call. What was done and not seen is a
// block of its own; what is neither known nor seen can be left out. Each block begins by replacing
// what was there, so their order is free but for real time.
//
// Of a block, f is its first return and s its last call. X must stand before Y where f(X) < s(Y).
// Two blocks contradict each other where both must stand first. A block with f < s spans the time
// between, and nothing of another block can take effect strictly within; one with s <= f may take
// effect all at one point between. So, where no two spans overlap and no block's whole s..f lies
// strictly within a span, each of the latter has a point outside of all spans, and the order of
// spans and points is one that real time allows.
#include <algorithm>
#include <limits>

#include "orchestrator/verify/linearizability/chains.h"
#include "orchestrator/verify/linearizability/mutes.h"
#include "orchestrator/verify/linearizability/unwritten.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {
namespace {

constexpr Stamp kBeginning = std::numeric_limits<Stamp>::min();
constexpr std::uint32_t kNone = Chains::kNone;

struct Block {
  Stamp first_return = kNever;
  Stamp last_call = kBeginning;
  std::uint32_t returns = kNone;  // the operations that these are of
  std::uint32_t calls = kNone;
  std::uint32_t begin = 0;  // in sequence_
  std::uint32_t end = 0;
  Stamp point = kBeginning;  // of a span: where it begins

  bool is_span() const { return first_return < last_call; }
};

class Zones {
 public:
  Zones(const History& history, std::span<const Place> operations)
      : history_(history), operations_(operations), chains_(history, operations) {}

  KeyVerdict check() {
    if (chains_.ruling == Ruling::not_linearizable) refuse(chains_.rule, chains_.against);
    if (chains_.ruling == Ruling::not_applicable) find_contradiction();
    if (chains_.ruling != Ruling::linearizable) return std::move(verdict_);
    verdict_.ruling = Ruling::linearizable;
    if (make_blocks() && place_blocks()) write_order();
    return std::move(verdict_);
  }

 private:
  const Operation& at(std::uint32_t i) const { return history_.operations[operations_[i]]; }
  void find_contradiction();
  bool make_blocks();
  bool add_chain(std::uint32_t first);
  bool add(Block& block, std::uint32_t operation, std::uint32_t state);
  bool place_blocks();
  void write_order();
  bool refuse(const char* rule, std::vector<std::uint32_t> operations);
  bool contradict(const Block& x, const Block& y);

  const History& history_;
  std::span<const Place> operations_;
  Chains chains_;
  KeyVerdict verdict_;
  std::vector<Step> sequence_;  // the operations of the blocks, block by block
  std::vector<Block> blocks_;
};

bool Zones::refuse(const char* rule, std::vector<std::uint32_t> operations) {
  std::sort(operations.begin(), operations.end());
  operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
  verdict_.ruling = Ruling::not_linearizable;
  verdict_.rule = rule;
  for (const std::uint32_t i : operations)
    verdict_.operations.push_back(operations_[i]);
  return false;
}

// Where values do not tell who wrote them, they may still tell that nobody did.
void Zones::find_contradiction() {
  verdict_.ruling = Ruling::not_applicable;
  const auto place = find_unwritten(history_, operations_);
  if (!place) return;
  verdict_.ruling = Ruling::not_linearizable;
  verdict_.rule = "nobody wrote what was seen";
  verdict_.operations = {*place};
}

// Real time within the block: nothing stands behind what was called after it had returned.
bool Zones::add(Block& block, std::uint32_t operation, std::uint32_t state) {
  const Operation& op = at(operation);
  if (op.ret < block.last_call) {
    return refuse("values that follow one from another were seen in another order",
                  {operation, block.calls});
  }
  sequence_.push_back({operation, state});
  if (op.call > block.last_call) {
    block.last_call = op.call;
    block.calls = operation;
  }
  if (op.ret < block.first_return || block.returns == kNone) {
    block.first_return = op.ret;
    block.returns = operation;
  }
  return true;
}

bool Zones::add_chain(std::uint32_t first) {
  Block block;
  block.begin = static_cast<std::uint32_t>(sequence_.size());
  for (std::uint32_t state = first; state != kNone; state = chains_.states[state].child) {
    const Chains::State& it = chains_.states[state];
    if (it.producer != kNone && !add(block, it.producer, state)) return false;
    for (std::uint32_t i = it.first_reader; i != kNone; i = chains_.next_reader[i]) {
      if (!add(block, i, state)) return false;
    }
  }
  block.end = static_cast<std::uint32_t>(sequence_.size());
  // What the key holds at first it holds since before every call.
  if (chains_.states[first].origin == Chains::Origin::initial) block.first_return = kBeginning;
  blocks_.push_back(block);
  return true;
}

bool Zones::make_blocks() {
  sequence_.reserve(operations_.size());
  for (std::uint32_t state = 0; state < chains_.states.size(); ++state) {
    const Chains::State& it = chains_.states[state];
    if (it.witness != kNone && it.begins_chain() && !add_chain(state)) return false;
  }
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    const Operation& op = at(i);
    const bool blind = op.kind == Kind::write || op.kind == Kind::append;
    if (!blind || op.answer != Answer::done || chains_.placed[i]) continue;
    const auto begin = static_cast<std::uint32_t>(sequence_.size());
    sequence_.push_back({i, kNone});
    blocks_.push_back({op.ret, op.call, i, i, begin, begin + 1, kBeginning});
  }
  return true;
}

bool Zones::contradict(const Block& x, const Block& y) {
  std::vector<std::uint32_t> operations = {x.calls, y.returns, y.calls};
  if (x.first_return != kBeginning) operations.push_back(x.returns);
  return refuse(
      "of two values, or chains of values, each was there before and after the other, or must have "
      "been",
      operations);
}

bool Zones::place_blocks() {
  std::vector<std::uint32_t> spans;
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
    if (blocks_[i].is_span()) spans.push_back(i);
  }
  const auto by_begin = [this](std::uint32_t a, std::uint32_t b) {
    return blocks_[a].first_return < blocks_[b].first_return;
  };
  std::sort(spans.begin(), spans.end(), by_begin);
  for (std::size_t i = 1; i < spans.size(); ++i) {
    const Block& before = blocks_[spans[i - 1]];
    const Block& after = blocks_[spans[i]];
    if (after.first_return < before.last_call) return contradict(before, after);
  }
  for (Block& block : blocks_) {
    block.point = block.is_span() ? block.first_return : block.last_call;
    if (block.is_span()) continue;
    // The last span that begins before the block's earliest point.
    const auto behind = std::partition_point(spans.begin(), spans.end(), [&](std::uint32_t i) {
      return blocks_[i].first_return < block.last_call;
    });
    if (behind == spans.begin()) continue;
    const Block& span = blocks_[*(behind - 1)];
    if (span.last_call > block.first_return) return contradict(span, block);
    block.point = std::max(block.point, span.last_call);
  }
  return true;
}

// Where points coincide: what ends there first, which began before; what takes effect there; what
// begins there.
void Zones::write_order() {
  std::sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
    return a.point != b.point ? a.point < b.point : a.is_span() < b.is_span();
  });
  std::vector<Step> order;
  order.reserve(operations_.size());
  for (const Block& block : blocks_) {
    order.insert(order.end(), sequence_.begin() + block.begin, sequence_.begin() + block.end);
  }
  if (!place_mutes(history_, operations_, chains_, order)) {
    verdict_.ruling = Ruling::not_applicable;
    return;
  }
  verdict_.order.reserve(order.size());
  for (const Step& step : order)
    verdict_.order.push_back(operations_[step.operation]);
}

}  // namespace

KeyVerdict check_zones(const History& history, std::span<const Place> operations) {
  return Zones(history, operations).check();
}

}  // namespace linearizability
