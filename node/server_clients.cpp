// SPDX-License-Identifier: Apache-2.0
// Those who ask a Server for something: clients with requests, and whoever runs the cluster.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "node/command.h"
#include "node/server.h"
#include "raft/assert.h"

namespace node {
namespace {

using raft::Index;
using raft::NodeId;
using Refusal = raft::Proposal::Refusal;

ClientError error_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::transferring:
      return ClientError::transferring;
    case Refusal::overloaded:
      return ClientError::overloaded;
    default:
      return ClientError::not_leader;
  }
}

bool has(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

// What `now` becomes where these are added and those are taken away; ascending.
std::vector<NodeId> changed(std::vector<NodeId> now, const std::vector<NodeId>& added,
                            const std::vector<NodeId>& left, const std::vector<NodeId>& removed) {
  now.erase(std::remove_if(now.begin(), now.end(),
                           [&](NodeId node) { return has(left, node) || has(removed, node); }),
            now.end());
  for (const NodeId node : added) {
    if (!has(now, node)) now.push_back(node);
  }
  std::sort(now.begin(), now.end());
  return now;
}

struct InputOf {
  Input operator()(ClientRequest& request) const { return Requests{{std::move(request)}}; }
  Input operator()(SetClock& /*clock*/) const { return of_the_machine(); }
  Input operator()(SlowDown& /*slow*/) const { return of_the_machine(); }
  template <class Message>
  Input operator()(Message& message) const {
    return Control{std::move(message)};
  }

 private:
  static Input of_the_machine() { throw std::logic_error("a fault of the machine is no input"); }
};

}  // namespace

Input input_of(ToNode message) {
  return std::visit(InputOf{}, message);
}

void Server::handle(Requests& input) {
  std::vector<ClientRequest> commands;
  std::vector<ClientRequest> reads;
  for (ClientRequest& request : input.requests) {
    if (why_malformed(request)) {
      reply_error(request, ClientError::malformed);
    } else if (request.operation.kind == OpKind::get && settings_.raft.reads != raft::Reads::log) {
      reads.push_back(std::move(request));
    } else {
      commands.push_back(std::move(request));
    }
  }
  if (!commands.empty()) propose(std::move(commands));
  if (!reads.empty()) read(std::move(reads));
}

void Server::propose(std::vector<ClientRequest> requests) {
  std::vector<raft::Command> commands;
  commands.reserve(requests.size());
  for (const ClientRequest& request : requests)
    commands.push_back(std::make_shared<const std::string>(encode_command(request)));
  const raft::HardState before = raft_.hard_state();
  raft::Output output = raft_.step(now_.mono, raft::Propose{std::move(commands)});
  RAFT_ASSERT(output.proposal.has_value());
  const raft::Proposal proposal = *output.proposal;
  Index index = proposal.first_index;
  for (ClientRequest& request : requests) {
    if (!proposal.accepted()) {
      reply_error(request, error_of(proposal.refusal));
      continue;
    }
    out_.replies.push_back(Accepted{request.client, request.request, index, proposal.term});
    waiting_[index] = Waiting{proposal.term, std::move(request.client), request.request};
    ++index;
  }
  take_output(std::move(output), RequestCause{}, before);
}

// Those of one burst ask Raft as one.
void Server::read(std::vector<ClientRequest> requests) {
  const raft::ReadId id = raft_.next_read_id();
  asked_reads_.emplace(id, std::move(requests));
  run_raft(raft::Read{id}, RequestCause{});
}

void Server::take(const raft::ReadAnswer& answer) {
  auto asked = asked_reads_.extract(answer.id);
  RAFT_ASSERT(!asked.empty());
  if (answer.granted) {
    granted_reads_.push_back({answer.index, std::move(asked.mapped())});
    return;
  }
  for (const ClientRequest& request : asked.mapped())
    reply_error(request,
                raft_.leader() == NodeId{} ? ClientError::not_leader : ClientError::unconfirmed);
}

// "it waits for its state machine to advance at least as far as the readIndex" (dissertation, 6.4).
void Server::serve_reads(const Cause& cause) {
  const Index applied = raft_.last_applied();
  const auto ready = std::stable_partition(
      granted_reads_.begin(), granted_reads_.end(),
      [applied](const GrantedReads& reads) { return reads.read_index > applied; });
  for (auto reads = ready; reads != granted_reads_.end(); ++reads) {
    for (const ClientRequest& request : reads->requests) {
      auto line =
          evidence_.line("read_served", evidence_.words("read at ", reads->read_index.value),
                         raft_.term(), raft_.role(), "debug");
      line.field("client", request.client)
          .field("request", request.request)
          .field("key", request.operation.key)
          .field("read_index", reads->read_index.value)
          .field("log_index", applied.value)
          .field("digest", DigestText(applied_digest_));
      add_cause(line, cause);
      line.end_line();
      out_.replies.push_back(ClientReply{.client = request.client,
                                         .request = request.request,
                                         .outcome = store_.get(request.operation.key),
                                         .log_index = applied,
                                         .term = raft_.term(),
                                         .leader = {}});
    }
  }
  granted_reads_.erase(ready, granted_reads_.end());
}

void Server::change_members(const ChangeMembers& change) {
  const raft::Configuration& now = raft_.configuration();
  run_and_answer(
      change.id,
      raft::ChangeMembers{changed(now.voters, change.voters, change.learners, change.remove),
                          changed(now.learners, change.learners, change.voters, change.remove)});
}

void Server::transfer_leadership(const TransferLeadership& transfer) {
  run_and_answer(transfer.id, raft::TransferLeadership{transfer.target});
}

void Server::run_and_answer(std::uint64_t id, raft::Input input) {
  const raft::HardState before = raft_.hard_state();
  raft::Output output = raft_.step(now_.mono, std::move(input));
  RAFT_ASSERT(output.proposal.has_value());
  out_.replies.push_back(Answer{id, output.proposal->refusal, output.proposal->leader});
  take_output(std::move(output), RequestCause{}, before);
}

// Entries from `first` on are in this log no more. Clients get an error and not silence, although
// the entry may live on elsewhere.
void Server::forget_waiting(Index first) {
  for (auto w = waiting_.lower_bound(first); w != waiting_.end();) {
    reply_error(w->second, ClientError::truncated);
    w = waiting_.erase(w);
  }
}

void Server::reply_error(const Waiting& waiting, ClientError error, raft::Index log_index) {
  out_.replies.push_back(ClientReply{.client = waiting.client,
                                     .request = waiting.request,
                                     .outcome = error,
                                     .log_index = log_index,
                                     .term = {},
                                     .leader = raft_.leader()});
}

void Server::reply_error(const ClientRequest& request, ClientError error) {
  reply_error(Waiting{raft_.term(), request.client, request.request}, error);
}

}  // namespace node
