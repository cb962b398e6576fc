// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter_calls.h"

#include <fmt/format.h>

namespace scenario {

std::string Calls::put(const std::string& prefix, raft::NodeId to, raft::Time now,
                       workload::Output& out) {
  std::string client = fmt::format("{}.{}", prefix, ++last_);
  Call call;
  call.to = to;
  call.asked.at = now;
  call.asked.client = client;
  call.asked.request = 1;
  call.asked.since = known_;
  call.asked.operation = {
      .kind = node::OpKind::put, .key = prefix, .value = client, .expected = {}};
  out.history.push_back(call.asked);
  out.requests.push_back({to, {client, call.asked.request, call.asked.operation, known_}});
  calls_.emplace(client, std::move(call));
  return client;
}

void Calls::on_accepted(const node::Accepted& accepted) {
  const auto call = calls_.find(accepted.client);
  if (call != calls_.end()) call->second.accepted = accepted;
}

void Calls::on_reply(raft::NodeId from, const node::ClientReply& reply, raft::Time now,
                     workload::Output& out) {
  const auto found = calls_.find(reply.client);
  if (found == calls_.end()) return;
  known_ = std::max(known_, reply.log_index);
  if (!found->second.open()) return;
  Call& call = found->second;
  workload::Event end = call.asked;
  end.since = {};
  end.at = now;
  if (const auto* error = std::get_if<node::ClientError>(&reply.outcome)) {
    call.error = *error;
    end.kind = node::is_certain(*error) ? workload::EventKind::fail : workload::EventKind::info;
    end.error = *error;
  } else {
    call.ok = reply.log_index;
    end.kind = workload::EventKind::ok;
    end.result = std::get<node::OpResult>(reply.outcome);
    end.log_index = reply.log_index;
    end.term = reply.term;
    end.node = from;
  }
  out.history.push_back(std::move(end));
}

void Calls::give_up(raft::Time now, workload::Output& out) {
  for (auto& [client, call] : calls_) {
    if (!call.open()) continue;
    workload::Event end = call.asked;
    end.since = {};
    end.at = now;
    end.kind = workload::EventKind::info;
    out.history.push_back(std::move(end));
  }
  calls_.clear();
}

}  // namespace scenario
