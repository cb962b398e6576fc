// SPDX-License-Identifier: Apache-2.0
#include "node/server.h"

#include <algorithm>
#include <utility>

#include "node/settings_text.h"
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

struct TypeOf {
  using Type = proxy::MessageType;
  Type operator()(const raft::RequestVote& m) const {
    return m.pre_vote ? Type::pre_vote : Type::request_vote;
  }
  Type operator()(const raft::RequestVoteReply& m) const {
    return m.pre_vote ? Type::pre_vote : Type::request_vote;
  }
  Type operator()(const raft::AppendEntries&) const { return Type::append_entries; }
  Type operator()(const raft::AppendEntriesReply&) const { return Type::append_entries; }
  Type operator()(const raft::InstallSnapshot&) const { return Type::install_snapshot; }
  Type operator()(const raft::InstallSnapshotReply&) const { return Type::install_snapshot; }
  Type operator()(const raft::TimeoutNow&) const { return Type::timeout_now; }
  Type operator()(const raft::ReadIndex&) const { return Type::read_index; }
  Type operator()(const raft::ReadIndexReply&) const { return Type::read_index; }
};

// The message's fields without an AppendEntries' entries, which stay with the message.
raft::Message fields_of(raft::Message& message, std::size_t& entries) {
  auto* append = std::get_if<raft::AppendEntries>(&message);
  if (append == nullptr) return message;
  entries = append->entries.size();
  std::vector<raft::Entry> kept = std::exchange(append->entries, {});
  raft::Message fields = message;
  append->entries = std::move(kept);
  return fields;
}

}  // namespace

void Output::clear() {
  evidence.clear();
  writes.clear();
  sends.clear();
  replies.clear();
  wake_at.reset();
  stop = false;
}

Server::Server(const ServerSettings& settings, raft::Restored restored, RecoveryNotes notes)
    : settings_(settings),
      notes_(notes),
      raft_(settings.raft, std::move(restored), settings.seed),
      store_(settings.max_sessions),
      evidence_(settings.raft.self, settings.incarnation),
      told_term_(raft_.term()),
      told_role_(raft_.role()) {
  if (raft_.snapshot()) chain_.reset(raft_.snapshot()->index, load(*raft_.snapshot()));
  for (Index i = chain_.last_index().next(); i <= raft_.log().last_index(); ++i)
    chain_.append(raft_.log().at(i));
}

Output& Server::start(Instant now) {
  begin_step(now);
  status_due_ = now.mono;
  auto started = evidence_.line("started", evidence_.words("incarnation ", settings_.incarnation),
                                raft_.term(), raft_.role());
  started.field("pid", settings_.pid)
      .field("seed", settings_.seed)
      .raw("settings", settings_text(settings_))
      .end_line();
  auto recovered =
      evidence_.line("recovered", evidence_.words("log up to ", raft_.log().last_index().value),
                     raft_.term(), raft_.role());
  add_node(recovered, "voted_for", raft_.hard_state().voted_for);
  const auto& snapshot = raft_.snapshot();
  recovered.field("log_index", raft_.log().last_index().value)
      .field("log_term", raft_.log().last_term().value)
      .field("digest", DigestText(chain_.at(chain_.last_index())))
      .field("snapshot_index", snapshot ? snapshot->index.value : 0)
      .field("snapshot_term", snapshot ? snapshot->term.value : 0)
      .field("snapshot_digest", DigestText(applied_digest_))
      .field("state_digest", DigestText(store_.state_digest()))
      .field("wal_bytes", notes_.wal_bytes)
      .field("torn_bytes", notes_.torn_bytes)
      .end_line();
  out_.replies.push_back(Ready{settings_.raft.self, settings_.incarnation, settings_.pid});
  return finish_step();
}

Output& Server::step(Instant now, Input&& input) {
  begin_step(now);
  note_lateness();
  std::visit([this](auto& i) { handle(i); }, input);
  compact_if_due();
  report_status();
  return finish_step();
}

void Server::handle(PeerMessage& input) {
  const proxy::Envelope& envelope = input.envelope;
  const NodeId src{static_cast<std::uint64_t>(envelope.src)};
  const auto incarnation = static_cast<std::uint32_t>(envelope.src_incarnation);
  raft::Receive receive{src, pack(incarnation, envelope.id), std::move(input.message)};
  // Raft takes the message; the evidence needs its fields, and of its entries only their number.
  std::size_t entries = 0;
  const raft::Message fields = fields_of(receive.message, entries);
  run_raft(std::move(receive), MessageCause{src, incarnation, envelope.id, &fields, entries});
}

void Server::handle(const Control& input) {
  if (std::holds_alternative<Go>(input.message)) return run_raft(raft::Begin{}, BeginCause{});
  if (const auto* request = std::get_if<StatusRequest>(&input.message)) {
    out_.replies.push_back(status(request->id));
    return;
  }
  if (const auto* change = std::get_if<ChangeMembers>(&input.message)) {
    return change_members(*change);
  }
  if (const auto* transfer = std::get_if<TransferLeadership>(&input.message)) {
    return transfer_leadership(*transfer);
  }
  const Status end = status(1);
  evidence_.line("stopped", "asked to", raft_.term(), raft_.role())
      .field("log_index", end.log_index.value)
      .field("commit_index", end.commit_index.value)
      .field("applied_index", end.applied_index.value)
      .field("digest", DigestText(end.digest))
      .field("state_digest", DigestText(end.state_digest))
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
    auto line =
        evidence_.line("persisted", evidence_.words("durable up to ", newest.log_index.value),
                       newest.hard_state.current_term, raft_.role(), "debug");
    line.field("write", newest.id.value);
    add_node(line, "voted_for", newest.hard_state.voted_for);
    line.field("log_index", newest.log_index.value)
        .field("digest", DigestText(newest.digest))
        .field("snapshot_index", newest.snapshot_index.value)
        .end_line();
    writes_.erase(writes_.begin(), done);
  }
  run_raft(raft::Persisted{input.up_to}, WriteCause{input.up_to});
}

void Server::handle(const Wake&) {
  run_raft(raft::Tick{}, TimerCause{});
}

void Server::run_raft(raft::Input&& input, const Cause& cause) {
  const raft::HardState before = raft_.hard_state();
  take_output(raft_.step(now_.mono, std::move(input)), cause, before);
}

void Server::take_output(raft::Output&& output, const Cause& cause, const raft::HardState& before) {
  take_transitions(output.transitions, cause, before);
  if (output.refused) {
    auto line = evidence_.line("refused", output.refused, raft_.term(), raft_.role(), "warn");
    line.field("reason", output.refused);
    add_cause(line, cause, before);
    line.end_line();
  }
  if (output.write) {
    writes_.push_back({output.write->id, raft_.hard_state(), raft_.log().last_index(),
                       chain_.at(chain_.last_index()),
                       raft_.snapshot() ? raft_.snapshot()->index : Index{}, now_.mono});
    out_.writes.push_back(std::move(*output.write));
  }
  send(output.messages);
  if (output.restore) restore(*output.restore);
  apply(output.apply);
  for (const raft::ReadAnswer& answer : output.reads)
    take(answer);
  serve_reads(cause);
  raft_wake_at_ = output.wake_at;
}

void Server::send(std::vector<raft::Outgoing>& messages) {
  for (raft::Outgoing& outgoing : messages) {
    proxy::Envelope envelope{
        .type = std::visit(TypeOf{}, outgoing.message),
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
                .digest = applied_digest_,
                .state_digest = id == 0 ? 0 : store_.state_digest(),
                .snapshot_index = raft_.snapshot() ? raft_.snapshot()->index : Index{},
                .configuration = raft_.configuration(),
                .configuration_index = raft_.configuration_index()};
}

// Says unasked what changed: role, term and leader at once, progress at an interval.
void Server::report_status() {
  const bool role_changed = raft_.role() != reported_.role || raft_.term() != reported_.term ||
                            raft_.leader() != reported_.leader;
  const bool progressed = progressed_since_report();
  if (!role_changed && !(progressed && now_.mono >= status_due_)) return;
  reported_ = status(0);
  status_due_ = now_.mono + settings_.status_interval;
  out_.replies.push_back(reported_);
}

bool Server::progressed_since_report() const {
  return raft_.last_applied() != reported_.applied_index ||
         raft_.configuration_index() != reported_.configuration_index;
}

void Server::note_lateness() {
  if (!wake_at_ || now_.mono <= *wake_at_ + settings_.stall_limit) return;
  stalled("woken too late", now_.mono - *wake_at_);
}

void Server::stalled(std::string_view what, raft::Duration late) {
  evidence_
      .line("stalled",
            evidence_.words(what, ": ", static_cast<std::uint64_t>(late.count() / 1000), " ms"),
            raft_.term(), raft_.role(), "warn")
      .field("late_us", late.count())
      .end_line();
}

void Server::begin_step(Instant now) {
  now_ = now;
  evidence_.at(now);
  out_.clear();
}

Output& Server::finish_step() {
  wake_at_ = raft_wake_at_;
  if (progressed_since_report() && (!wake_at_ || status_due_ < *wake_at_)) wake_at_ = status_due_;
  evidence_.take(out_.evidence);
  out_.wake_at = wake_at_;
  return out_;
}

}  // namespace node
