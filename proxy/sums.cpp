// SPDX-License-Identifier: Apache-2.0
#include "proxy/sums.h"

#include <algorithm>
#include <stdexcept>

namespace proxy {
namespace {

constexpr std::array<std::string_view, kDropReasons> kReasonNames = {
    "loss",         "partition", "peer_down",  "stale_incarnation",
    "backpressure", "malformed", "queue_full", "shutdown",
};

void append_count(JsonLine& line, std::string_view name, const Count& count) {
  line.begin_object(name)
      .field("messages", count.messages)
      .field("bytes", count.bytes)
      .end_object();
}

}  // namespace

std::string_view drop_reason_name(DropReason reason) {
  return kReasonNames.at(static_cast<std::size_t>(reason));
}

std::optional<DropReason> drop_reason_from(std::string_view name) {
  for (std::size_t i = 0; i < kReasonNames.size(); ++i) {
    if (kReasonNames[i] == name) return static_cast<DropReason>(i);
  }
  return std::nullopt;
}

void Count::add(std::uint64_t size) {
  ++messages;
  bytes += size;
}

void Count::remove(std::uint64_t size) {
  if (messages == 0 || bytes < size)
    throw std::logic_error("a message's outcome was counted twice");
  --messages;
  bytes -= size;
}

void Count::operator+=(const Count& other) {
  messages += other.messages;
  bytes += other.bytes;
}

Count Outcomes::dropped_in_all() const {
  Count sum;
  for (const Count& count : dropped)
    sum += count;
  return sum;
}

bool Outcomes::balanced() const {
  Count accounted = dropped_in_all();
  accounted += delivered;
  accounted += in_flight;
  return accounted == sent;
}

void Outcomes::operator+=(const Outcomes& other) {
  sent += other.sent;
  delivered += other.delivered;
  in_flight += other.in_flight;
  for (std::size_t i = 0; i < kDropReasons; ++i)
    dropped[i] += other.dropped[i];
}

Outcomes Sums::total() const {
  Outcomes total;
  for (const LinkSum& link : links)
    total += link.outcomes;
  total.sent += malformed;
  total.dropped[static_cast<std::size_t>(DropReason::malformed)] += malformed;
  return total;
}

bool Sums::balanced() const {
  const auto balances = [](const auto& sum) { return sum.outcomes.balanced(); };
  Outcomes by_link;
  for (const LinkSum& link : links)
    by_link += link.outcomes;
  Outcomes by_type;
  for (const TypeSum& type : types)
    by_type += type.outcomes;
  return std::all_of(links.begin(), links.end(), balances) &&
         std::all_of(types.begin(), types.end(), balances) && by_link == by_type;
}

void append_outcomes(JsonLine& line, const Outcomes& outcomes) {
  append_count(line, "sent", outcomes.sent);
  append_count(line, "delivered", outcomes.delivered);
  append_count(line, "in_flight", outcomes.in_flight);
  line.begin_object("dropped");
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (outcomes.dropped[i].messages != 0) append_count(line, kReasonNames[i], outcomes.dropped[i]);
  }
  line.end_object();
}

}  // namespace proxy
