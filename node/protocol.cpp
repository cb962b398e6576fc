// SPDX-License-Identifier: Apache-2.0
#include "node/protocol.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "node/command.h"
#include "node/digest.h"
#include "node/json_nodes.h"
#include "proxy/wire/json.h"

namespace node {
namespace {

constexpr std::array kOpKinds{"get", "put", "append", "cas"};
constexpr std::array kClientErrors{"not_leader", "transferring", "overloaded", "unconfirmed",
                                   "stale",      "expired",      "malformed",  "truncated"};

// The enumerator up to `last` that name_of() gives this name.
template <class Enum>
std::optional<Enum> named(std::string_view name, Enum last) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(last); ++i) {
    if (name == name_of(static_cast<Enum>(i))) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// One message as JSON; without the line's end, for the socket keeps messages apart.
class Writer {
 public:
  explicit Writer(const char* type) : line_(json_) { line_.field("type", type); }

  template <class Value>
  Writer& field(std::string_view name, const Value& value) {
    line_.field(name, value);
    return *this;
  }
  template <class Tag>
  Writer& field(std::string_view name, raft::Number<Tag> number) {
    line_.field(name, number.value);
    return *this;
  }
  Writer& field(std::string_view name, raft::NodeId node) {
    if (node == raft::NodeId{}) {
      line_.raw(name, "null");
    } else {
      line_.field(name, node_name(node));
    }
    return *this;
  }
  Writer& field(std::string_view name, const std::vector<raft::NodeId>& nodes) {
    add_nodes(line_, name, nodes);
    return *this;
  }
  std::string finish() {
    line_.end_line();
    json_.pop_back();
    return std::move(json_);
  }

 private:
  std::string json_;
  proxy::JsonLine line_;
};

std::string encode_one(const Go& /*go*/) {
  return Writer("go").finish();
}

std::string encode_one(const Stop& /*stop*/) {
  return Writer("stop").finish();
}

std::string encode_one(const StatusRequest& request) {
  return Writer("status_request").field("id", request.id).finish();
}

std::string encode_one(const ClientRequest& request) {
  const Operation& operation = request.operation;
  Writer writer("request");
  writer.field("client", request.client).field("request", request.request);
  if (request.since != raft::Index{}) writer.field("since", request.since);
  writer.field("op", name_of(operation.kind)).field("key", operation.key);
  if (operation.kind != OpKind::get) writer.field("value", operation.value);
  if (operation.kind == OpKind::cas) writer.field("expected", operation.expected);
  return writer.finish();
}

std::string encode_one(const ChangeMembers& change) {
  Writer writer("change_members");
  writer.field("id", change.id).field("voters", change.voters);
  writer.field("learners", change.learners).field("remove", change.remove);
  return writer.finish();
}

std::string encode_one(const TransferLeadership& transfer) {
  Writer writer("transfer_leadership");
  writer.field("id", transfer.id).field("target", transfer.target);
  return writer.finish();
}

std::string encode_one(const SetClock& clock) {
  const auto jump = clock.jump.count();
  Writer writer("clock");
  writer.field("rate_ppm", clock.rate_ppm).field("ahead_us", jump > 0 ? jump : 0);
  return writer.field("behind_us", jump < 0 ? -jump : 0).finish();
}

std::string encode_one(const SlowDown& slow) {
  return Writer("slow").field("per_event_us", slow.per_event.count()).finish();
}

std::string encode_one(const Answer& answer) {
  Writer writer("answer");
  writer.field("id", answer.id);
  if (answer.refusal == raft::Proposal::Refusal::none)
    return writer.field("outcome", "ok").finish();
  writer.field("outcome", "refused").field("reason", raft::name_of(answer.refusal));
  if (answer.refusal == raft::Proposal::Refusal::not_leader) writer.field("leader", answer.leader);
  return writer.finish();
}

std::string encode_one(const Ready& ready) {
  Writer writer("ready");
  writer.field("node", ready.node).field("inc", ready.incarnation).field("pid", ready.pid);
  return writer.finish();
}

std::string encode_one(const Accepted& accepted) {
  Writer writer("accepted");
  writer.field("client", accepted.client).field("request", accepted.request);
  writer.field("log_index", accepted.log_index).field("term", accepted.term);
  return writer.finish();
}

std::string encode_one(const ClientReply& reply) {
  Writer writer("reply");
  writer.field("client", reply.client).field("request", reply.request);
  if (const auto* error = std::get_if<ClientError>(&reply.outcome)) {
    writer.field("outcome", "error").field("error", name_of(*error));
    if (*error == ClientError::not_leader || reply.leader != raft::NodeId{}) {
      writer.field("leader", reply.leader);
    }
    if (*error == ClientError::expired) writer.field("log_index", reply.log_index);
    return writer.finish();
  }
  const auto& result = std::get<OpResult>(reply.outcome);
  writer.field("outcome", "ok").field("log_index", reply.log_index).field("term", reply.term);
  writer.field("value", result.value).field("swapped", result.swapped);
  return writer.finish();
}

std::string encode_one(const Status& status) {
  Writer writer("status");
  writer.field("id", status.id).field("node", status.node).field("inc", status.incarnation);
  writer.field("role", raft::name_of(status.role)).field("term", status.term);
  writer.field("leader", status.leader).field("log_index", status.log_index);
  writer.field("commit_index", status.commit_index).field("applied_index", status.applied_index);
  writer.field("digest", digest_text(status.digest));
  if (status.state_digest != 0) writer.field("state_digest", digest_text(status.state_digest));
  writer.field("snapshot_index", status.snapshot_index);
  writer.field("configuration_index", status.configuration_index);
  writer.field("voters", status.configuration.voters);
  if (status.configuration.joint()) writer.field("old_voters", status.configuration.old_voters);
  writer.field("learners", status.configuration.learners);
  return writer.finish();
}

// The fields of protocol.h's types, on top of JSON's own.
class Reader : public JsonFields {
 public:
  using JsonFields::JsonFields;

  raft::Index index(std::string_view name) { return raft::Index{number(name)}; }
  raft::Term term() { return raft::Term{number("term")}; }
  std::uint32_t incarnation() { return static_cast<std::uint32_t>(number("inc", UINT32_MAX)); }
  raft::NodeId node(std::string_view name) {
    const auto node = node_from_name(text(name));
    if (!node) fail(fmt::format("{} is no node's name", name));
    return node.value_or(raft::NodeId{});
  }
  raft::NodeId node_or_nobody(std::string_view name) {
    return has(name) ? node(name) : raft::NodeId{};
  }
  std::uint64_t digest(std::string_view name) {
    const auto digest = digest_from_text(text(name));
    if (!digest) fail(fmt::format("{} is not 16 hexadecimal digits", name));
    return digest.value_or(0);
  }
  std::vector<raft::NodeId> nodes(std::string_view name) { return read_nodes(*this, name); }
  template <class Enum>
  Enum one_of(std::string_view name, Enum last) {
    const auto value = named(text(name), last);
    if (!value) fail(fmt::format("there is no such {}", name));
    return value.value_or(last);
  }
};

ClientRequest read_request(Reader& in) {
  ClientRequest request;
  request.client = in.text("client");
  request.request = in.number("request");
  if (in.has("since")) request.since = in.index("since");
  Operation& operation = request.operation;
  operation.kind = in.one_of("op", OpKind::cas);
  operation.key = in.text("key");
  if (operation.kind != OpKind::get) operation.value = in.text("value");
  if (operation.kind == OpKind::cas) operation.expected = in.text("expected");
  if (const char* why = why_malformed(request)) in.fail(why);
  return request;
}

ChangeMembers read_change_members(Reader& in) {
  ChangeMembers change;
  change.id = in.number("id");
  change.voters = in.nodes("voters");
  change.learners = in.nodes("learners");
  change.remove = in.nodes("remove");
  return change;
}

TransferLeadership read_transfer_leadership(Reader& in) {
  TransferLeadership transfer;
  transfer.id = in.number("id");
  transfer.target = in.node("target");
  return transfer;
}

raft::Duration read_duration(Reader& in, std::string_view name, raft::Duration most) {
  return raft::Duration(
      static_cast<std::int64_t>(in.number(name, static_cast<std::uint64_t>(most.count()))));
}

SetClock read_clock(Reader& in) {
  SetClock clock;
  clock.rate_ppm = in.number("rate_ppm", kMaxRate);
  if (clock.rate_ppm < kMinRate) in.fail("rate_ppm is too small");
  clock.jump = read_duration(in, "ahead_us", kMaxJump) - read_duration(in, "behind_us", kMaxJump);
  return clock;
}

Answer read_answer(Reader& in) {
  Answer answer;
  answer.id = in.number("id");
  const std::string outcome = in.text("outcome");
  if (outcome == "refused") {
    answer.refusal = in.one_of("reason", raft::Proposal::Refusal::invalid);
    answer.leader = in.node_or_nobody("leader");
  } else if (outcome != "ok") {
    in.fail("outcome is neither ok nor refused");
  }
  return answer;
}

ToNode read_to_node(Reader& in) {
  const std::string type = in.text("type");
  if (type == "go") return Go{};
  if (type == "stop") return Stop{};
  if (type == "status_request") return StatusRequest{in.number("id")};
  if (type == "request") return read_request(in);
  if (type == "change_members") return read_change_members(in);
  if (type == "transfer_leadership") return read_transfer_leadership(in);
  if (type == "clock") return read_clock(in);
  if (type == "slow") return SlowDown{read_duration(in, "per_event_us", kMaxPerEvent)};
  in.fail("there is no such type");
  return {};
}

Ready read_ready(Reader& in) {
  Ready ready;
  ready.node = in.node("node");
  ready.incarnation = in.incarnation();
  ready.pid = static_cast<std::int64_t>(in.number("pid", INT64_MAX));
  return ready;
}

Accepted read_accepted(Reader& in) {
  Accepted accepted;
  accepted.client = in.text("client");
  accepted.request = in.number("request");
  accepted.log_index = in.index("log_index");
  accepted.term = in.term();
  return accepted;
}

ClientReply read_reply(Reader& in) {
  ClientReply reply;
  reply.client = in.text("client");
  reply.request = in.number("request");
  const std::string outcome = in.text("outcome");
  if (outcome == "ok") {
    reply.log_index = in.index("log_index");
    reply.term = in.term();
    OpResult result;
    if (in.has("value")) result.value = in.text("value");
    if (in.has("swapped")) result.swapped = in.flag("swapped");
    reply.outcome = std::move(result);
  } else if (outcome == "error") {
    reply.outcome = in.one_of("error", ClientError::truncated);
    reply.leader = in.node_or_nobody("leader");
    if (in.has("log_index")) reply.log_index = in.index("log_index");
  } else {
    in.fail("outcome is neither ok nor error");
  }
  return reply;
}

Status read_status(Reader& in) {
  Status status;
  status.id = in.number("id");
  status.node = in.node("node");
  status.incarnation = in.incarnation();
  status.role = in.one_of("role", raft::Role::leader);
  status.term = in.term();
  status.leader = in.node_or_nobody("leader");
  status.log_index = in.index("log_index");
  status.commit_index = in.index("commit_index");
  status.applied_index = in.index("applied_index");
  status.digest = in.digest("digest");
  if (in.has("state_digest")) status.state_digest = in.digest("state_digest");
  status.snapshot_index = in.index("snapshot_index");
  status.configuration_index = in.index("configuration_index");
  status.configuration.voters = in.nodes("voters");
  if (in.has("old_voters")) status.configuration.old_voters = in.nodes("old_voters");
  status.configuration.learners = in.nodes("learners");
  return status;
}

FromNode read_from_node(Reader& in) {
  const std::string type = in.text("type");
  if (type == "ready") return read_ready(in);
  if (type == "accepted") return read_accepted(in);
  if (type == "reply") return read_reply(in);
  if (type == "status") return read_status(in);
  if (type == "answer") return read_answer(in);
  in.fail("there is no such type");
  return {};
}

template <class Message>
std::optional<Message> decode(std::string_view json, Message (*read)(Reader&), std::string* why) {
  if (json.size() > kMaxControlMessage) {
    if (why != nullptr) *why = fmt::format("longer than {} bytes", kMaxControlMessage);
    return std::nullopt;
  }
  Reader in(json);
  std::optional<Message> message = read(in);
  if (in.error().empty()) return message;
  if (why != nullptr) *why = in.error();
  return std::nullopt;
}

}  // namespace

std::string encode(const ToNode& message) {
  return std::visit([](const auto& m) { return encode_one(m); }, message);
}

std::string encode(const FromNode& message) {
  return std::visit([](const auto& m) { return encode_one(m); }, message);
}

std::optional<ToNode> decode_to_node(std::string_view json, std::string* why) {
  return decode<ToNode>(json, read_to_node, why);
}

std::optional<FromNode> decode_from_node(std::string_view json, std::string* why) {
  return decode<FromNode>(json, read_from_node, why);
}

bool is_certain(ClientError error) {
  return error != ClientError::truncated;
}

const char* name_of(OpKind kind) {
  return kOpKinds.at(static_cast<std::size_t>(kind));
}

const char* name_of(ClientError error) {
  return kClientErrors.at(static_cast<std::size_t>(error));
}

std::optional<OpKind> op_kind_from(std::string_view name) {
  return named(name, OpKind::cas);
}

std::string node_name(raft::NodeId node) {
  if (node == raft::NodeId{}) return {};
  std::array<char, 21> text{'n'};
  const char* const end = std::to_chars(text.data() + 1, text.data() + text.size(), node.value).ptr;
  return std::string(text.data(), static_cast<std::size_t>(end - text.data()));
}

std::optional<raft::NodeId> node_from_name(std::string_view name) {
  if (name.empty()) return raft::NodeId{};
  std::uint32_t number = 0;  // as many as an address on the wire has room for
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + 1, end, number);
  if (error != std::errc() || rest != end || node_name(raft::NodeId{number}) != name) {
    return std::nullopt;
  }
  return raft::NodeId{number};
}

}  // namespace node
