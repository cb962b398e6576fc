// SPDX-License-Identifier: Apache-2.0
#include "proxy/network_log.h"

namespace proxy {
namespace {

constexpr std::uint64_t kMalformedCap = std::uint64_t{1} << 20;  // bytes

}  // namespace

NetworkLog::NetworkLog(const Settings& settings)
    : settings_(settings), forwarded_{settings.cap_bytes}, malformed_{kMalformedCap} {}

void NetworkLog::dropped(const Envelope& envelope, std::uint64_t bytes, DropReason reason,
                         std::string_view rule, Time now) {
  JsonLine line = begin("dropped", envelope, bytes, now);
  line.field("reason", drop_reason_name(reason));
  if (!rule.empty()) line.field("rule", rule);
  line.end_line();
}

void NetworkLog::malformed(std::string_view peer, std::string_view what, std::uint64_t bytes,
                           Time now) {
  if (malformed_.spent) return;
  const std::size_t start = lines_.size();
  begin("dropped", now)
      .field("reason", drop_reason_name(DropReason::malformed))
      .field("peer", peer)
      .field("what", what)
      .field("bytes", bytes)
      .end_line();
  charge(malformed_, start, "malformed", now);
}

void NetworkLog::delayed(const Envelope& envelope, std::uint64_t bytes, Duration latency,
                         std::string_view rule, Time now) {
  begin("delayed", envelope, bytes, now)
      .field("latency_us", latency.count())
      .field("rule", rule)
      .end_line();
}

void NetworkLog::forwarded(const Envelope& envelope, std::uint64_t bytes, Time now) {
  if (forwarded_.spent) return;
  const std::size_t start = lines_.size();
  begin("forwarded", envelope, bytes, now).end_line();
  charge(forwarded_, start, "forwarded", now);
}

void NetworkLog::node_up(Address node, Incarnation incarnation, Time now) {
  begin("node_up", now)
      .field("node", node_name(node))
      .field("inc", static_cast<std::uint32_t>(incarnation))
      .end_line();
}

void NetworkLog::node_down(Address node, Incarnation incarnation, Time now) {
  begin("node_down", now)
      .field("node", node_name(node))
      .field("inc", static_cast<std::uint32_t>(incarnation))
      .end_line();
}

void NetworkLog::rule_added(std::string_view rule, Time now) {
  begin("rule_added", now).field("rule", rule).end_line();
}

void NetworkLog::rule_removed(std::string_view rule, Time now) {
  begin("rule_removed", now).field("rule", rule).end_line();
}

void NetworkLog::healed(Time now) {
  begin("healed", now).end_line();
}

void NetworkLog::stalled(Duration late, Time now) {
  begin("stalled", now).field("late_us", late.count()).end_line();
}

void NetworkLog::totals(const Sums& sums, Time now) {
  for (const LinkSum& link : sums.links) {
    JsonLine line = begin("link_total", now);
    line.field("src", node_name(link.src)).field("dst", node_name(link.dst));
    append_outcomes(line, link.outcomes);
    line.end_line();
  }
  for (const TypeSum& type : sums.types) {
    JsonLine line = begin("type_total", now);
    line.field("type", message_type_name(type.type)).field("kind", message_kind_name(type.kind));
    append_outcomes(line, type.outcomes);
    line.end_line();
  }
  for (const RuleSum& rule : sums.rules) {
    begin("rule_total", now)
        .field("rule", rule.rule)
        .field("matched", rule.matched)
        .field("affected", rule.affected)
        .end_line();
  }
  JsonLine line = begin("network_total", now);
  append_outcomes(line, sums.total());
  line.field("balanced", sums.balanced()).end_line();
}

void NetworkLog::charge(Budget& budget, std::size_t start, std::string_view what, Time now) {
  budget.used += lines_.size() - start;
  if (budget.used <= budget.cap) return;
  budget.spent = true;
  lines_.resize(start);
  begin("capped", now).field("lines", what).field("cap_bytes", budget.cap).end_line();
}

JsonLine NetworkLog::begin(std::string_view event, Time now) {
  JsonLine line(lines_);
  line.utc("time", now + settings_.wall_offset).field("mono_us", now.count()).field("event", event);
  return line;
}

JsonLine NetworkLog::begin(std::string_view event, const Envelope& envelope, std::uint64_t bytes,
                           Time now) {
  JsonLine line = begin(event, now);
  line.field("src", node_name(envelope.src))
      .field("src_inc", static_cast<std::uint32_t>(envelope.src_incarnation))
      .field("msg_id", envelope.id)
      .field("dst", node_name(envelope.dst))
      .field("type", message_type_name(envelope.type))
      .field("kind", message_kind_name(envelope.kind))
      .field("bytes", bytes);
  return line;
}

}  // namespace proxy
