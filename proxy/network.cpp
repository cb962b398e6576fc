// SPDX-License-Identifier: Apache-2.0
#include "proxy/network.h"

#include <fmt/format.h>

namespace proxy {

Network::Network(const Settings& settings, NetworkLog& log)
    : settings_(settings),
      log_(log),
      rules_(settings.seed, settings.nodes),
      nodes_(settings.nodes),
      links_(std::size_t{settings.nodes} * settings.nodes),
      types_(kMessageTypes * kMessageKinds) {}

Decision Network::on_message(const Envelope& envelope, std::uint64_t bytes, Time now) {
  Decision decision{
      .dropped = {}, .flight = {envelope, bytes, envelope.dst_incarnation}, .due = now};
  if (!exists(envelope.src) || !exists(envelope.dst) || envelope.src == envelope.dst) {
    malformed(node_name(envelope.src), "no_such_link", bytes, now);
    decision.dropped = DropReason::malformed;
    return decision;
  }
  if (envelope.dst_incarnation == Incarnation::unknown) {
    decision.flight.bound_for = node_at(envelope.dst).incarnation;
  }
  for (Outcomes* outcomes : {&link_of(envelope), &type_of(envelope)}) {
    outcomes->sent.add(bytes);
    outcomes->in_flight.add(bytes);
  }
  ++in_flight_;

  RuleSet::Effect effect;
  decision.dropped = unreachable(envelope, decision.flight.bound_for);
  if (!decision.dropped) {
    effect = rules_.judge({envelope.src, envelope.dst}, envelope.type);
    decision.dropped = effect.dropped;
  }
  if (decision.dropped) {
    count_drop(decision.flight, *decision.dropped);
    log_.dropped(envelope, bytes, *decision.dropped, effect.rule, now);
  } else if (effect.delay > Duration::zero()) {
    decision.due = now + effect.delay;
    log_.delayed(envelope, bytes, effect.delay, effect.rule, now);
  } else {
    log_.forwarded(envelope, bytes, now);
  }
  return decision;
}

std::optional<DropReason> Network::may_deliver(const Flight& flight, Time now) {
  const Envelope& envelope = flight.envelope;
  std::string_view rule;
  std::optional<DropReason> reason = unreachable(envelope, flight.bound_for);
  if (!reason) {
    rule = rules_.cut({envelope.src, envelope.dst}, envelope.type);
    if (!rule.empty()) reason = DropReason::partition;
  }
  if (reason) {
    count_drop(flight, *reason);
    log_.dropped(envelope, flight.bytes, *reason, rule, now);
  } else {
    log_.forwarded(envelope, flight.bytes, now);
  }
  return reason;
}

void Network::delivered(const Flight& flight) {
  for (Outcomes* outcomes : {&link_of(flight.envelope), &type_of(flight.envelope)}) {
    outcomes->in_flight.remove(flight.bytes);
    outcomes->delivered.add(flight.bytes);
  }
  --in_flight_;
}

void Network::dropped(const Flight& flight, DropReason reason, Time now) {
  count_drop(flight, reason);
  log_.dropped(flight.envelope, flight.bytes, reason, {}, now);
}

void Network::malformed(std::string_view peer, std::string_view what, std::uint64_t bytes,
                        Time now) {
  malformed_.add(bytes);
  log_.malformed(peer, what, bytes, now);
}

std::optional<std::string> Network::apply(const Change& change, Time now) {
  return std::visit([&](const auto& one) { return this->change(one, now); }, change);
}

std::optional<std::string> Network::change(const NodeUp& change, Time now) {
  if (!exists(change.node)) return fmt::format("no node {}", node_name(change.node));
  Node& node = node_at(change.node);
  if (change.incarnation <= node.incarnation) {
    return fmt::format("{} was incarnation {} already", node_name(change.node),
                       static_cast<std::uint32_t>(node.incarnation));
  }
  node = {change.incarnation, true};
  log_.node_up(change.node, change.incarnation, now);
  return std::nullopt;
}

std::optional<std::string> Network::change(const NodeDown& change, Time now) {
  if (!exists(change.node)) return fmt::format("no node {}", node_name(change.node));
  Node& node = node_at(change.node);
  if (!node.up) return fmt::format("{} is down already", node_name(change.node));
  node.up = false;
  log_.node_down(change.node, node.incarnation, now);
  return std::nullopt;
}

std::optional<std::string> Network::change(const AddRule& change, Time now) {
  auto problem = rules_.add(change.rule);
  if (!problem) log_.rule_added(change.rule.id, now);
  return problem;
}

std::optional<std::string> Network::change(const RemoveRule& change, Time now) {
  auto problem = rules_.remove(change.id);
  if (!problem) log_.rule_removed(change.id, now);
  return problem;
}

std::optional<std::string> Network::change(const HealAll&, Time now) {
  rules_.clear();
  log_.healed(now);
  return std::nullopt;
}

Sums Network::sums() const {
  Sums sums{.links = {}, .types = {}, .rules = rules_.sums(), .malformed = malformed_};
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].sent.messages == 0) continue;
    const auto src = static_cast<std::uint32_t>(i / settings_.nodes) + 1;
    const auto dst = static_cast<std::uint32_t>(i % settings_.nodes) + 1;
    sums.links.push_back({Address{src}, Address{dst}, links_[i]});
  }
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (types_[i].sent.messages == 0) continue;
    sums.types.push_back({static_cast<MessageType>(i / kMessageKinds),
                          static_cast<MessageKind>(i % kMessageKinds), types_[i]});
  }
  return sums;
}

bool Network::exists(Address node) const {
  return node != Address{} && node <= Address{settings_.nodes};
}

bool Network::is_current(Address node, Incarnation incarnation) {
  return node_at(node).up && node_at(node).incarnation == incarnation;
}

std::optional<DropReason> Network::unreachable(const Envelope& envelope, Incarnation bound_for) {
  const bool stale = !is_current(envelope.src, envelope.src_incarnation) ||
                     node_at(envelope.dst).incarnation != bound_for;
  if (stale && !settings_.deliver_stale) return DropReason::stale_incarnation;
  if (!node_at(envelope.dst).up) return DropReason::peer_down;
  return std::nullopt;
}

Outcomes& Network::link_of(const Envelope& envelope) {
  const auto row = static_cast<std::size_t>(envelope.src) - 1;
  const auto column = static_cast<std::size_t>(envelope.dst) - 1;
  return links_[row * settings_.nodes + column];
}

Outcomes& Network::type_of(const Envelope& envelope) {
  return types_[static_cast<std::size_t>(envelope.type) * kMessageKinds +
                static_cast<std::size_t>(envelope.kind)];
}

void Network::count_drop(const Flight& flight, DropReason reason) {
  for (Outcomes* outcomes : {&link_of(flight.envelope), &type_of(flight.envelope)}) {
    outcomes->in_flight.remove(flight.bytes);
    outcomes->dropped[static_cast<std::size_t>(reason)].add(flight.bytes);
  }
  --in_flight_;
}

}  // namespace proxy
