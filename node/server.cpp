// SPDX-License-Identifier: Apache-2.0
#include "node/server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "node/command.h"
#include "raft/assert.h"

namespace node {
namespace {

using raft::Index;
using raft::NodeId;

// Raft hands a request's identity back with the reply to it. It has room for one number, which
// holds the sender's incarnation too, so that a reply goes to the incarnation that asked and to no
// later one.
constexpr unsigned kIdBits = 40;

raft::MessageId pack(std::uint32_t incarnation, proxy::MessageId id) {
  return {std::uint64_t{incarnation} << kIdBits | id};
}

proxy::MessageType type_of(const raft::Message& message) {
  const bool vote = std::holds_alternative<raft::RequestVote>(message) ||
                    std::holds_alternative<raft::RequestVoteReply>(message);
  return vote ? proxy::MessageType::request_vote : proxy::MessageType::append_entries;
}

std::size_t entries_in(const raft::Message& message) {
  const auto* append = std::get_if<raft::AppendEntries>(&message);
  return append ? append->entries.size() : 0;
}

const char* name_of(Effect effect) {
  switch (effect) {
    case Effect::effective:
      return "effective";
    case Effect::duplicate:
      return "duplicate";
    case Effect::stale:
      return "stale";
  }
  return "";
}

}  // namespace

Server::Server(const ServerSettings& settings, raft::Restored restored, RecoveryNotes notes)
    : settings_(settings),
      notes_(notes),
      raft_(settings.raft, std::move(restored), settings.seed),
      evidence_(settings.raft.self, settings.incarnation) {
  for (Index i{1}; i <= raft_.log().last_index(); ++i)
    chain_.append(raft_.log().at(i));
}

Output Server::start(Instant now) {
  now_ = now;
  evidence_.at(now);
  auto started = evidence_.line("started", fmt::format("incarnation {}", settings_.incarnation),
                                raft_.term(), raft_.role());
  started.field("pid", settings_.pid).field("seed", settings_.seed).begin_array("members");
  for (NodeId member : settings_.raft.members)
    started.element(node_name(member));
  started.end_array()
      .begin_object("settings")
      .field("election_timeout_min_us", settings_.raft.election_timeout_min.count())
      .field("election_timeout_max_us", settings_.raft.election_timeout_max.count())
      .field("heartbeat_interval_us", settings_.raft.heartbeat_interval.count())
      .field("noop_on_election", settings_.raft.noop_on_election)
      .end_object()
      .end_line();
  auto recovered =
      evidence_.line("recovered", fmt::format("log up to {}", raft_.log().last_index().value),
                     raft_.term(), raft_.role());
  add_node(recovered, "voted_for", raft_.hard_state().voted_for);
  recovered.field("log_index", raft_.log().last_index().value)
      .field("log_term", raft_.log().last_term().value)
      .field("digest", digest_text(chain_.at(chain_.last_index())))
      .field("wal_bytes", notes_.wal_bytes)
      .field("torn_bytes", notes_.torn_bytes)
      .end_line();
  out_.replies.push_back(Ready{settings_.raft.self, settings_.incarnation, settings_.pid});
  return finish_step();
}

Output Server::step(Instant now, Input input) {
  now_ = now;
  evidence_.at(now);
  note_lateness();
  std::visit([this](auto& i) { handle(i); }, input);
  report_status();
  return finish_step();
}

void Server::handle(PeerMessage& input) {
  const proxy::Envelope& envelope = input.envelope;
  const NodeId src{static_cast<std::uint64_t>(envelope.src)};
  const auto incarnation = static_cast<std::uint32_t>(envelope.src_incarnation);
  raft::Receive receive{src, pack(incarnation, envelope.id), std::move(input.message)};
  // Raft takes the message; the evidence needs its fields, and of its entries only their number.
  const std::size_t entries = entries_in(receive.message);
  raft::Message fields = receive.message;
  if (auto* append = std::get_if<raft::AppendEntries>(&fields)) append->entries.clear();
  run_raft(std::move(receive), MessageCause{src, incarnation, envelope.id, &fields, entries});
}

void Server::handle(Requests& input) {
  std::vector<ClientRequest> good;
  std::vector<raft::Command> commands;
  for (ClientRequest& request : input.requests) {
    if (why_malformed(request)) {
      reply_error(request, ClientError::malformed);
      continue;
    }
    commands.push_back(std::make_shared<const std::string>(encode_command(request)));
    good.push_back(std::move(request));
  }
  if (good.empty()) return;
  const raft::HardState before = raft_.hard_state();
  raft::Output output = raft_.step(now_.mono, raft::Propose{std::move(commands)});
  RAFT_ASSERT(output.proposal.has_value());
  const raft::Proposal proposal = *output.proposal;
  Index index = proposal.first_index;
  for (ClientRequest& request : good) {
    if (!proposal.accepted) {
      reply_error(request, ClientError::not_leader);
      continue;
    }
    out_.replies.push_back(Accepted{request.client, request.request, index, proposal.term});
    waiting_[index] = Waiting{proposal.term, std::move(request.client), request.request};
    ++index;
  }
  take_output(std::move(output), RequestCause{}, before);
}

void Server::handle(const Control& input) {
  if (std::holds_alternative<Go>(input.message)) return run_raft(raft::Begin{}, BeginCause{});
  if (const auto* request = std::get_if<StatusRequest>(&input.message)) {
    out_.replies.push_back(status(request->id));
    return;
  }
  const Status end = status(1);
  evidence_.line("stopped", "asked to", raft_.term(), raft_.role())
      .field("log_index", end.log_index.value)
      .field("commit_index", end.commit_index.value)
      .field("applied_index", end.applied_index.value)
      .field("digest", digest_text(end.digest))
      .field("state_digest", digest_text(end.state_digest))
      .end_line();
  out_.stop = true;
}

void Server::handle(const Written& input) {
  // The newest of the writes that this completes says what is durable now.
  auto done = std::find_if(writes_.begin(), writes_.end(),
                           [&](const InFlightWrite& w) { return w.id > input.up_to; });
  if (done != writes_.begin()) {
    const InFlightWrite& newest = *std::prev(done);
    // A slow disk makes a server as late as a busy processor does.
    const auto took = now_.mono - newest.handed_out;
    if (took > settings_.stall_limit) stalled("a write became durable late", took);
    auto line = evidence_.line("persisted", fmt::format("durable up to {}", newest.log_index.value),
                               newest.hard_state.current_term, raft_.role(), "debug");
    line.field("write", newest.id.value);
    add_node(line, "voted_for", newest.hard_state.voted_for);
    line.field("log_index", newest.log_index.value)
        .field("digest", digest_text(newest.digest))
        .end_line();
    writes_.erase(writes_.begin(), done);
  }
  run_raft(raft::Persisted{input.up_to}, WriteCause{input.up_to});
}

void Server::handle(const Wake&) {
  run_raft(raft::Tick{}, TimerCause{});
}

void Server::run_raft(raft::Input input, const Cause& cause) {
  const raft::HardState before = raft_.hard_state();
  take_output(raft_.step(now_.mono, std::move(input)), cause, before);
}

void Server::take_output(raft::Output output, const Cause& cause, const raft::HardState& before) {
  for (const raft::Transition& transition : output.transitions) {
    std::visit([&](const auto& t) { take(t, cause, before); }, transition);
  }
  if (output.refused) {
    auto line = evidence_.line("refused", output.refused, raft_.term(), raft_.role(), "warn");
    line.field("reason", output.refused);
    add_cause(line, cause, before);
    line.end_line();
  }
  if (output.write) {
    writes_.push_back({output.write->id, raft_.hard_state(), raft_.log().last_index(),
                       chain_.at(chain_.last_index()), now_.mono});
    out_.write = std::move(output.write);
  }
  send(std::move(output.messages));
  apply(output.apply);
  raft_wake_at_ = output.wake_at;
}

template <class Transition>
void Server::take(const Transition& transition, const Cause& cause, const raft::HardState& before) {
  write_line({evidence_, raft_, cause, before, chain_.at(chain_.last_index())}, transition);
}

void Server::take(const raft::CommitAdvanced& transition, const Cause& cause,
                  const raft::HardState& before) {
  write_line({evidence_, raft_, cause, before, chain_.at(transition.after)}, transition);
}

void Server::take(const raft::EntriesAppended& transition, const Cause& cause,
                  const raft::HardState& before) {
  auto line =
      evidence_.line("entries_appended",
                     fmt::format("entries {} to {}", transition.first.value, transition.last.value),
                     raft_.term(), raft_.role(), "debug");
  line.begin_array("entries");
  for (Index i = transition.first; i <= transition.last; ++i) {
    const raft::Entry& entry = raft_.log().at(i);
    chain_.append(entry);
    line.begin_array()
        .element(i.value)
        .element(entry.term.value)
        .element(digest_text(chain_.at(i)))
        .end_array();
  }
  line.end_array();
  add_cause(line, cause, before);
  line.end_line();
}

void Server::take(const raft::LogTruncated& transition, const Cause& cause,
                  const raft::HardState& before) {
  auto line = evidence_.line(
      "log_truncated",
      fmt::format("entries {} to {} removed", transition.first.value, transition.last.value),
      raft_.term(), raft_.role());
  line.field("first_log_index", transition.first.value)
      .field("last_log_index", transition.last.value);
  add_cause(line, cause, before);
  line.end_line();
  chain_.truncate_from(transition.first);
  // Clients get an error and not silence, although the entry may live on elsewhere.
  for (auto w = waiting_.lower_bound(transition.first); w != waiting_.end();) {
    reply_error(w->second, ClientError::truncated);
    w = waiting_.erase(w);
  }
}

void Server::send(std::vector<raft::Outgoing> messages) {
  for (raft::Outgoing& outgoing : messages) {
    proxy::Envelope envelope{
        .type = type_of(outgoing.message),
        .kind = raft::is_reply(outgoing.message) ? proxy::MessageKind::reply
                                                 : proxy::MessageKind::request,
        .src = static_cast<proxy::Address>(settings_.raft.self.value),
        .src_incarnation = static_cast<proxy::Incarnation>(settings_.incarnation),
        .dst = static_cast<proxy::Address>(outgoing.to.value),
        .dst_incarnation = proxy::Incarnation::unknown,
        .id = ++last_message_id_,
        .in_reply_to = outgoing.reply_to.value & ((std::uint64_t{1} << kIdBits) - 1)};
    if (outgoing.reply_to != raft::MessageId{}) {
      envelope.dst_incarnation =
          static_cast<proxy::Incarnation>(outgoing.reply_to.value >> kIdBits);
    }
    out_.sends.push_back({envelope, std::move(outgoing.message)});
  }
}

// "apply log[lastApplied] to state machine": the one place where the state changes, in the log's
// order.
void Server::apply(raft::IndexRange range) {
  if (range.empty()) return;
  auto line = evidence_.line("applied", fmt::format("applied up to {}", range.last.value),
                             raft_.term(), raft_.role(), "debug");
  line.field("commit_index", raft_.commit_index().value).begin_array("entries");
  std::optional<std::uint64_t> state_digest;
  for (Index i = range.first; i <= range.last; ++i) {
    const raft::Entry& entry = raft_.log().at(i);
    line.begin_array()
        .element(i.value)
        .element(entry.term.value)
        .element(digest_text(chain_.at(i)));
    if (entry.kind == raft::EntryKind::command) {
      apply_command(i, entry, line);
    } else {
      line.element(raft::name_of(entry.kind));
    }
    line.end_array();
    if (i.value % kStateDigestEvery == 0) state_digest = store_.state_digest();
  }
  line.end_array();
  if (state_digest) line.field("state_digest", digest_text(*state_digest));
  line.end_line();
}

// An entry that is no command of a client has no effect, on every node alike.
void Server::apply_command(Index index, const raft::Entry& entry, proxy::JsonLine& line) {
  const std::optional<ClientRequest> request = decode_command(*entry.command);
  if (!request) {
    line.element("malformed");
    return;
  }
  const Applied applied = store_.apply(*request);
  line.element(request->client).element(request->request);
  if (applied.effect != Effect::effective) line.element(name_of(applied.effect));
  const auto waiting = waiting_.find(index);
  if (waiting == waiting_.end()) return;
  // "the operation that came up for that index is in fact the one you put there" (students' guide):
  // whoever waited for another one was told when that was truncated.
  RAFT_ASSERT(waiting->second.term == entry.term);
  if (applied.effect == Effect::stale) {
    reply_error(waiting->second, ClientError::stale);
  } else {
    out_.replies.push_back(ClientReply{.client = request->client,
                                       .request = request->request,
                                       .outcome = applied.result,
                                       .log_index = index,
                                       .term = entry.term,
                                       .leader = {}});
  }
  waiting_.erase(waiting);
}

void Server::reply_error(const Waiting& waiting, ClientError error) {
  out_.replies.push_back(ClientReply{.client = waiting.client,
                                     .request = waiting.request,
                                     .outcome = error,
                                     .log_index = {},
                                     .term = raft_.term(),
                                     .leader = raft_.leader()});
}

void Server::reply_error(const ClientRequest& request, ClientError error) {
  reply_error(Waiting{raft_.term(), request.client, request.request}, error);
}

Status Server::status(std::uint64_t id) const {
  return Status{.id = id,
                .node = settings_.raft.self,
                .incarnation = settings_.incarnation,
                .role = raft_.role(),
                .term = raft_.term(),
                .leader = raft_.leader(),
                .log_index = raft_.log().last_index(),
                .commit_index = raft_.commit_index(),
                .applied_index = raft_.last_applied(),
                .digest = chain_.at(raft_.last_applied()),
                .state_digest = id == 0 ? 0 : store_.state_digest()};
}

// Says unasked what changed: role, term and leader at once, progress at an interval.
void Server::report_status() {
  const bool role_changed = raft_.role() != reported_.role || raft_.term() != reported_.term ||
                            raft_.leader() != reported_.leader;
  const bool progressed = raft_.last_applied() != reported_.applied_index;
  if (!role_changed && !(progressed && now_.mono >= status_due_)) return;
  reported_ = status(0);
  status_due_ = now_.mono + settings_.status_interval;
  out_.replies.push_back(reported_);
}

void Server::note_lateness() {
  if (!wake_at_ || now_.mono <= *wake_at_ + settings_.stall_limit) return;
  stalled("woken too late", now_.mono - *wake_at_);
}

void Server::stalled(std::string_view what, raft::Duration late) {
  evidence_
      .line("stalled", fmt::format("{}: {} ms", what, late.count() / 1000), raft_.term(),
            raft_.role(), "warn")
      .field("late_us", late.count())
      .end_line();
}

Output Server::finish_step() {
  wake_at_ = raft_wake_at_;
  const bool report_pending = raft_.last_applied() != reported_.applied_index;
  if (report_pending && (!wake_at_ || status_due_ < *wake_at_)) wake_at_ = status_due_;
  out_.evidence = evidence_.take();
  out_.wake_at = wake_at_;
  return std::exchange(out_, {});
}

}  // namespace node
