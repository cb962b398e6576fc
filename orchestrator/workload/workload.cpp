// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/workload/workload.h"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace workload {
namespace {

constexpr std::size_t kMaxKeyBytes = 4096;

std::string padded(std::string id, std::size_t size) {
  if (id.size() < size) id.append(size - id.size(), '_');
  return id;
}

}  // namespace

Workload::Workload(const scenario::WorkloadSpec& spec, unsigned nodes, std::uint64_t seed)
    : spec_(spec), random_(seed), slots_(spec.keys) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].key = fmt::format("k{}", i + 1);
    keys_.push_back(slots_[i].key);
  }
  members_.reserve(spec.clients);
  for (unsigned i = 1; i <= spec.clients; ++i) {
    members_.emplace_back(
        ClientSettings{.name = fmt::format("c{}", i),
                       .nodes = nodes,
                       .reads_from_any = spec.reads_from == scenario::WorkloadSpec::ReadsFrom::any,
                       .request_timeout = spec.request_timeout,
                       .give_up_after = spec.give_up_after,
                       .seed = random_.next()},
        spec.keys);
  }
}

void Workload::run(raft::Time now) {
  if (running_) return;
  running_ = true;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    members_[i].next_start = std::max(members_[i].next_start, now + draw_gap());
    schedule(i);
  }
}

void Workload::pause() {
  running_ = false;
}

void Workload::give_up(raft::Time now, Output& out) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    step(i, out, [&](Client& client) { client.give_up(now, out); });
  }
}

void Workload::on_reply(raft::NodeId from, const node::ClientReply& reply, raft::Time now,
                        Output& out) {
  Member* member = member_of(reply.client);
  if (!member) return;
  step(static_cast<std::size_t>(member - members_.data()), out,
       [&](Client& client) { client.on_reply(from, reply, now, out); });
}

void Workload::on_wake(raft::Time now, Output& out) {
  while (!wakes_.empty() && wakes_.top().at <= now) {
    const Wake wake = wakes_.top();
    wakes_.pop();
    Member& member = members_[wake.member];
    if (member.scheduled != wake.at) continue;  // another one took its place
    member.scheduled.reset();
    const std::optional<raft::Time> at = due(member);
    if (!at || *at > now) {
      schedule(wake.member);
      continue;
    }
    step(wake.member, out, [&](Client& client) {
      if (client.idle()) {
        begin(member, now, out);
      } else {
        client.on_wake(now, out);
      }
    });
  }
}

std::optional<raft::Time> Workload::wake_at() const {
  if (wakes_.empty()) return std::nullopt;
  return wakes_.top().at;
}

// Lets a client take a step, and sees to what follows from its end.
template <class Step>
void Workload::step(std::size_t index, Output& out, Step&& take) {
  Member& member = members_[index];
  const bool was_idle = member.client.idle();
  take(member.client);
  if (was_idle && !member.client.idle()) ++open_;
  if (!was_idle && member.client.idle()) {
    --open_;
    ended(member, out.history.back());
  }
  schedule(index);
}

void Workload::begin(Member& member, raft::Time now, Output& out) {
  member.next_start = now + draw_gap();
  member.slot = random_.below(slots_.size());
  node::Operation operation{.kind = draw_kind(), .key = {}, .value = {}, .expected = {}};
  const std::string id = fmt::format("{}.{}", member.client.name(), member.client.request() + 1);
  Slot& slot = slots_[member.slot];
  if (operation.kind == node::OpKind::append) {
    operation.value = padded(id, spec_.value_bytes > 0 ? spec_.value_bytes - 1 : 0) + ' ';
    if (slot.bytes > 0 && slot.bytes + operation.value.size() > kMaxKeyBytes) use_fresh_key(slot);
    slot.bytes += operation.value.size();
  } else if (operation.kind != node::OpKind::get) {
    operation.value = padded(id, spec_.value_bytes);
  }
  operation.key = slot.key;
  member.generation = slot.generation;
  if (operation.kind == node::OpKind::cas) {
    const Seen& seen = member.seen[member.slot];
    if (seen.generation == slot.generation) operation.expected = seen.value;
  }
  member.client.invoke(std::move(operation), now, out);
}

void Workload::ended(Member& member, const Event& end) {
  switch (end.kind) {
    case EventKind::ok:
      ++counts_.ok;
      break;
    case EventKind::fail:
      ++counts_.fail;
      return;
    default:
      ++counts_.info;
      return;
  }
  const node::Operation& operation = end.operation;
  if (operation.kind == node::OpKind::append) return;  // what it was appended to is not known
  const bool stored = operation.kind == node::OpKind::put ||
                      (operation.kind == node::OpKind::cas && end.result.swapped);
  member.seen[member.slot] = {member.generation, stored ? operation.value : end.result.value};
}

void Workload::schedule(std::size_t index) {
  Member& member = members_[index];
  const std::optional<raft::Time> at = due(member);
  if (!at || (member.scheduled && *member.scheduled <= *at)) return;
  member.scheduled = at;
  wakes_.push({*at, index});
}

std::optional<raft::Time> Workload::due(const Member& member) const {
  if (!member.client.idle()) return member.client.wake_at();
  if (!running_) return std::nullopt;
  return member.next_start;
}

Workload::Member* Workload::member_of(std::string_view client) {
  std::size_t number = 0;
  if (client.size() < 2 || client[0] != 'c') return nullptr;
  const auto [end, error] =
      std::from_chars(client.data() + 1, client.data() + client.size(), number);
  if (error != std::errc() || end != client.data() + client.size()) return nullptr;
  return number >= 1 && number <= members_.size() ? &members_[number - 1] : nullptr;
}

node::OpKind Workload::draw_kind() {
  const scenario::Mix& mix = spec_.mix;
  std::uint64_t draw = random_.below(mix.read + mix.put + mix.append + mix.cas);
  if (draw < mix.read) return node::OpKind::get;
  draw -= mix.read;
  if (draw < mix.put) return node::OpKind::put;
  return draw - mix.put < mix.append ? node::OpKind::append : node::OpKind::cas;
}

// From one start of a client to its next: exponential, so that all starts together are a Poisson
// process.
raft::Duration Workload::draw_gap() {
  if (spec_.rate == 0) return raft::Duration(0);
  const double uniform = static_cast<double>(random_.next() >> 11) * 0x1p-53;  // in [0, 1)
  const double mean_us = 1e6 * spec_.clients / spec_.rate;
  return raft::Duration(static_cast<std::int64_t>(-std::log1p(-uniform) * mean_us));
}

void Workload::use_fresh_key(Slot& slot) {
  ++slot.generation;
  slot.bytes = 0;
  const auto number = static_cast<std::size_t>(&slot - slots_.data()) + 1;
  slot.key = fmt::format("k{}.{}", number, slot.generation + 1);
  keys_.push_back(slot.key);
}

}  // namespace workload
