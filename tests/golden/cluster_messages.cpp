// SPDX-License-Identifier: Apache-2.0
// What becomes of the messages that are in flight.
#include <fmt/format.h>

#include "tests/golden/cluster.h"

namespace raft::golden {

std::list<InFlight> Cluster::take(const Which& which) {
  std::list<InFlight> taken;
  for (auto next = in_flight_.begin(); next != in_flight_.end();) {
    const auto message = next++;
    if (!message->held && which(*message)) taken.splice(taken.end(), in_flight_, message);
  }
  return taken;
}

std::size_t Cluster::deliver(const Which& which) {
  std::list<InFlight> taken = take(which);
  for (InFlight& message : taken)
    hand_over(std::move(message));
  return taken.size();
}

std::size_t Cluster::drop(const Which& which) {
  const std::size_t count = take(which).size();
  coverage_.lost_messages += count;
  return count;
}

std::size_t Cluster::duplicate(const Which& which) {
  std::list<InFlight> copies;
  for (const InFlight& message : in_flight_) {
    if (!message.held && which(message)) copies.push_back(message);
  }
  const std::size_t count = copies.size();
  coverage_.duplicated_messages += count;
  in_flight_.splice(in_flight_.end(), copies);
  return count;
}

std::size_t Cluster::hold(const Which& which) {
  std::list<InFlight> taken = take(which);
  for (InFlight& message : taken)
    message.held = true;
  const std::size_t count = taken.size();
  in_flight_.splice(in_flight_.end(), taken);
  return count;
}

std::size_t Cluster::release(const Which& which) {
  std::size_t count = 0;
  for (InFlight& message : in_flight_) {
    if (!message.held || !which(message)) continue;
    message.held = false;
    ++count;
  }
  return count;
}

void Cluster::hand_over(InFlight message) {
  if (!is_up(message.to)) {
    account_.detail([&] {
      return fmt::format("{} is down: {} from {} is lost", name(message.to),
                         name_of(message.message), name(message.from));
    });
    return;
  }
  account_.detail([&] {
    return fmt::format("{} <- {} {} t{}", name(message.to), name(message.from),
                       name_of(message.message), term_of(message.message).value);
  });
  const Output out = step(message.to, Receive{message.from, {}, std::move(message.message)});
  if (!message.forged) invariants_.received(message.to, out);
}

void Cluster::post(NodeId node, const Outgoing& outgoing) {
  const bool lost = cut_.count({node, outgoing.to}) > 0;
  account_.detail([&] {
    return fmt::format("{} -> {} {}{}", name(node), name(outgoing.to), text_of(outgoing.message),
                       lost ? "  (lost)" : "");
  });
  if (lost) {
    ++coverage_.lost_messages;
    return;
  }
  in_flight_.push_back({node, outgoing.to, outgoing.message});
  tamper(flaw_, in_flight_.back().message);
}

void Cluster::forge(NodeId from, NodeId to, Message message) {
  account_.detail(
      [&] { return fmt::format("{} -> {} {}  (forged)", name(from), name(to), text_of(message)); });
  in_flight_.push_back({from, to, std::move(message), false, true});
}

void Cluster::append(NodeId from, NodeId to, Index next, std::size_t max_entries) {
  const Raft& raft = *up(from).raft;
  const Index prev = next.previous();
  const std::optional<Term> prev_term = raft.log().term_at(prev);
  if (raft.role() != Role::leader || !prev_term) {
    throw std::invalid_argument(name(from) + " could not send that");
  }
  post(from, {to,
              AppendEntries{.term = raft.term(),
                            .prev_log_index = prev,
                            .prev_log_term = *prev_term,
                            .entries = raft.log().slice(next, max_entries, 1 << 20),
                            .leader_commit = raft.commit_index(),
                            .round = {}},
              {}});
}

}  // namespace raft::golden
