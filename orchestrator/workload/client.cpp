// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/workload/client.h"

#include <algorithm>
#include <utility>

#include "raft/assert.h"

namespace workload {
namespace {

constexpr raft::Duration kFirstBackOff{5'000};
constexpr raft::Duration kLongestBackOff{80'000};

}  // namespace

Client::Client(const ClientSettings& settings)
    : settings_(settings), random_(settings.seed), leader_(draw_node()) {}

std::optional<raft::Time> Client::wake_at() const {
  if (idle()) return std::nullopt;
  return std::min(deadline_, give_up_at_);
}

void Client::invoke(node::Operation operation, raft::Time now, Output& out) {
  RAFT_ASSERT(idle());
  ++request_;
  operation_ = std::move(operation);
  aim(spreads() ? draw_node() : leader_);
  in_turn_ = target_;
  since_ = known_;
  renewed_ = false;
  unresolved_ = 0;
  hops_ = 0;
  back_off_ = kFirstBackOff;
  last_error_.reset();
  give_up_at_ = now + settings_.give_up_after;
  out.history.push_back(event(EventKind::invoke, now));
  attempt(now, out);
}

void Client::attempt(raft::Time now, Output& out) {
  state_ = State::waiting;
  deadline_ = now + settings_.request_timeout;
  ++unresolved_;
  out.requests.push_back({target_, {settings_.name, request_, operation_, since_}});
}

void Client::attempt_later(raft::Time now) {
  state_ = State::backing_off;
  hops_ = 0;
  const auto half = static_cast<std::uint64_t>(back_off_.count() / 2);
  deadline_ = now + raft::Duration(static_cast<std::int64_t>(half + random_.below(half)));
  back_off_ = std::min(2 * back_off_, kLongestBackOff);
}

void Client::on_reply(raft::NodeId from, const node::ClientReply& reply, raft::Time now,
                      Output& out) {
  known_ = std::max(known_, reply.log_index);
  if (idle() || reply.request != request_) return;
  const auto* result = std::get_if<node::OpResult>(&reply.outcome);
  if (!result) {
    on_error(from, reply, now, out);
    return;
  }
  Event end = event(EventKind::ok, now);
  end.result = *result;
  end.log_index = reply.log_index;
  end.term = reply.term;
  end.node = from;
  out.history.push_back(std::move(end));
  aim(from);
  state_ = State::idle;
}

void Client::on_error(raft::NodeId from, const node::ClientReply& reply, raft::Time now,
                      Output& out) {
  using Error = node::ClientError;
  const Error error = std::get<node::ClientError>(reply.outcome);
  last_error_ = error;
  // Each attempt gets one answer at the most, so it does not matter which of several it is for.
  if (node::is_certain(error) && unresolved_ > 0) --unresolved_;
  switch (error) {
    case Error::malformed:
    case Error::stale:
      give_up(now, out);  // no other node will say otherwise
      return;
    case Error::expired:
      // Nothing of this request can be in the log up to what is known now, if no attempt of it is.
      if (unresolved_ > 0) return give_up(now, out);
      since_ = known_;
      renewed_ = true;
      return attempt(now, out);
    default:
      break;
  }
  if (state_ != State::waiting || from != target_) return;
  const bool hint = !spreads() && reply.leader != raft::NodeId{} && reply.leader != from;
  const bool busy = error == Error::transferring || error == Error::overloaded;
  if (hint && ++hops_ <= settings_.nodes) {
    aim(reply.leader);
    return attempt(now, out);
  }
  if (!busy) aim_at_another();
  attempt_later(now);
}

void Client::on_wake(raft::Time now, Output& out) {
  if (idle() || now < *wake_at()) return;
  if (now >= give_up_at_) {
    give_up(now, out);
    return;
  }
  if (state_ == State::waiting) {
    aim_at_another();
    hops_ = 0;
  }
  attempt(now, out);
}

void Client::give_up(raft::Time now, Output& out) {
  if (idle()) return;
  Event end = event(unresolved_ == 0 ? EventKind::fail : EventKind::info, now);
  end.error = last_error_;
  out.history.push_back(std::move(end));
  state_ = State::idle;
}

Event Client::event(EventKind kind, raft::Time now) const {
  Event event;
  event.at = now;
  event.kind = kind;
  event.client = settings_.name;
  event.request = request_;
  event.operation = operation_;
  if (kind == EventKind::invoke || renewed_) event.since = since_;
  return event;
}

// All in turn, wherever hints have led: nodes that are no members any more may know of no leader
// but one another.
void Client::aim_at_another() {
  in_turn_ = raft::NodeId{in_turn_.value % settings_.nodes + 1};
  aim(spreads() ? draw_node() : in_turn_);
}

bool Client::spreads() const {
  return settings_.reads_from_any && operation_.kind == node::OpKind::get;
}

void Client::aim(raft::NodeId node) {
  target_ = node;
  if (!spreads()) leader_ = node;
}

}  // namespace workload
