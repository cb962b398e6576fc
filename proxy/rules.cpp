// SPDX-License-Identifier: Apache-2.0
#include "proxy/rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "proxy/random.h"

namespace proxy {
namespace {

constexpr std::array<std::string_view, 3> kDistributionNames = {"constant", "uniform", "normal"};
constexpr Duration kLongestDelay = std::chrono::hours(1);
constexpr std::size_t kLongestId = 64;

/// The random numbers that belong to one message under one rule.
struct Draws {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;
  Link link;
  std::uint64_t ordinal = 0;

  double uniform(std::uint64_t draw) const {
    return uniform01(decision(seed, stream, link.src, link.dst, ordinal, draw));
  }
  /// Standard normal, by Box and Muller.
  double normal() const {
    const double radius = std::sqrt(-2.0 * std::log1p(-uniform(0)));
    return radius * std::cos(2.0 * std::numbers::pi * uniform(1));
  }
};

Duration rounded(double microseconds) {
  return Duration(std::llround(std::max(0.0, microseconds)));
}

// What each fault does to a message that its rule matched.

RuleSet::Effect effect_of(const Loss& loss, const Draws& draws) {
  if (draws.uniform(0) * 100.0 >= loss.percent) return {};
  return {.dropped = DropReason::loss};
}

RuleSet::Effect effect_of(const Delay& delay, const Draws& draws) {
  const auto latency = static_cast<double>(delay.latency.count());
  const auto jitter = static_cast<double>(delay.jitter.count());
  switch (delay.distribution) {
    case Distribution::constant:
      return {.delay = delay.latency};
    case Distribution::uniform:
      return {.delay = rounded(latency + jitter * (2.0 * draws.uniform(0) - 1.0))};
    case Distribution::normal:
      return {.delay = rounded(latency + jitter * draws.normal())};
  }
  return {};
}

RuleSet::Effect effect_of(const Partition&, const Draws&) {
  return {.dropped = DropReason::partition};
}

// What is wrong with a fault, apart from the nodes that it names.

std::optional<std::string> problem_with_fault(const Loss& loss) {
  if (loss.percent >= 0 && loss.percent <= 100) return std::nullopt;
  return fmt::format("percent {} is not within 0 and 100", loss.percent);
}

std::optional<std::string> problem_with_fault(const Delay& delay) {
  for (const Duration duration : {delay.latency, delay.jitter}) {
    if (duration < Duration::zero() || duration > kLongestDelay) {
      return fmt::format("a delay of {} us is not within 0 and one hour", duration.count());
    }
  }
  if (delay.distribution == Distribution::constant && delay.jitter != Duration::zero()) {
    return "a constant delay has no jitter";
  }
  return std::nullopt;
}

std::optional<std::string> problem_with_fault(const Partition& partition) {
  if (partition.cut.empty()) return "a partition that cuts no link";
  return std::nullopt;
}

bool lists(const std::vector<Address>& nodes, Address node) {
  return nodes.empty() || std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

}  // namespace

std::string_view distribution_name(Distribution distribution) {
  return kDistributionNames.at(static_cast<std::size_t>(distribution));
}

std::optional<Distribution> distribution_from(std::string_view name) {
  for (std::size_t i = 0; i < kDistributionNames.size(); ++i) {
    if (kDistributionNames[i] == name) return static_cast<Distribution>(i);
  }
  return std::nullopt;
}

RuleSet::RuleSet(std::uint64_t seed, std::uint32_t nodes) : seed_(seed), nodes_(nodes) {}

std::optional<std::string> RuleSet::add(const Rule& rule) {
  if (auto problem = problem_with(rule)) return problem;
  const auto same_id = [&](const Record& record) { return record.id == rule.id; };
  auto record = std::find_if(records_.begin(), records_.end(), same_id);
  if (record == records_.end()) {
    const std::size_t links = std::size_t{nodes_} * nodes_;
    records_.push_back({.id = rule.id,
                        .stream = stream_of(rule.id),
                        .fault = {},
                        .links = {},
                        .ordinals = std::vector<std::uint64_t>(links)});
    record = std::prev(records_.end());
  }
  if (std::find(in_force_.begin(), in_force_.end(), &*record) != in_force_.end()) {
    return fmt::format("rule '{}' is in force already", rule.id);
  }
  record->fault = rule.fault;
  record->links = links_of(rule);
  record->types = rule.match.messages.empty() ? ~std::uint32_t{0} : 0;
  for (const MessageType type : rule.match.messages) {
    record->types |= std::uint32_t{1} << static_cast<unsigned>(type);
  }
  in_force_.push_back(&*record);
  return std::nullopt;
}

std::optional<std::string> RuleSet::remove(std::string_view id) {
  const auto same_id = [&](const Record* record) { return record->id == id; };
  const auto found = std::find_if(in_force_.begin(), in_force_.end(), same_id);
  if (found == in_force_.end()) return fmt::format("no rule '{}' is in force", id);
  in_force_.erase(found);
  return std::nullopt;
}

void RuleSet::clear() {
  in_force_.clear();
}

RuleSet::Effect RuleSet::judge(Link link, MessageType type) {
  Effect sum;
  if (in_force_.empty()) return sum;
  const std::size_t index = link_index(link);
  Record* decisive = nullptr;
  for (Record* record : in_force_) {
    if (!matches(*record, index, type)) continue;
    ++record->matched;
    const Draws draws{seed_, record->stream, link, record->ordinals[index]++};
    const Effect effect =
        std::visit([&](const auto& fault) { return effect_of(fault, draws); }, record->fault);
    const bool drops_first = effect.dropped && !sum.dropped;
    const bool delays_first = effect.delay > Duration::zero() && decisive == nullptr;
    if (drops_first || delays_first) decisive = record;
    if (drops_first) sum.dropped = effect.dropped;
    sum.delay += effect.delay;
  }
  if (decisive != nullptr) {
    ++decisive->affected;
    sum.rule = decisive->id;
  }
  return sum;
}

std::string_view RuleSet::cut(Link link, MessageType type) {
  std::string_view first;
  const std::size_t index = in_force_.empty() ? 0 : link_index(link);
  for (Record* record : in_force_) {
    if (!std::holds_alternative<Partition>(record->fault)) continue;
    if (!matches(*record, index, type)) continue;
    ++record->matched;
    if (!first.empty()) continue;
    ++record->affected;
    first = record->id;
  }
  return first;
}

std::vector<RuleSum> RuleSet::sums() const {
  std::vector<RuleSum> sums;
  for (const Record& record : records_) {
    sums.push_back({record.id, record.matched, record.affected});
  }
  return sums;
}

std::optional<std::string> RuleSet::problem_with(const Rule& rule) const {
  if (rule.id.empty() || rule.id.size() > kLongestId) {
    return fmt::format("a rule's id has 1 to {} bytes, this one {}", kLongestId, rule.id.size());
  }
  std::vector<Address> named = rule.match.src;
  named.insert(named.end(), rule.match.dst.begin(), rule.match.dst.end());
  if (const auto* partition = std::get_if<Partition>(&rule.fault)) {
    for (const Link& link : partition->cut)
      named.insert(named.end(), {link.src, link.dst});
  }
  for (const Address node : named) {
    if (!exists(node)) return fmt::format("no node {} among {}", node_name(node), nodes_);
  }
  return std::visit([](const auto& fault) { return problem_with_fault(fault); }, rule.fault);
}

bool RuleSet::exists(Address node) const {
  return node != Address{} && node <= Address{nodes_};
}

std::size_t RuleSet::link_index(Link link) const {
  const auto row = static_cast<std::size_t>(link.src) - 1;
  const auto column = static_cast<std::size_t>(link.dst) - 1;
  return row * nodes_ + column;
}

std::vector<bool> RuleSet::links_of(const Rule& rule) const {
  std::vector<bool> links(std::size_t{nodes_} * nodes_);
  const auto* partition = std::get_if<Partition>(&rule.fault);
  const auto mark = [&](Link link) {
    if (lists(rule.match.src, link.src) && lists(rule.match.dst, link.dst)) {
      links[link_index(link)] = true;
    }
  };
  if (partition != nullptr) {
    for (const Link& link : partition->cut)
      mark(link);
    return links;
  }
  for (std::uint32_t src = 1; src <= nodes_; ++src) {
    for (std::uint32_t dst = 1; dst <= nodes_; ++dst)
      mark({Address{src}, Address{dst}});
  }
  return links;
}

bool RuleSet::matches(const Record& record, std::size_t link, MessageType type) const {
  return record.links[link] && (record.types >> static_cast<unsigned>(type) & 1) != 0;
}

}  // namespace proxy
