// SPDX-License-Identifier: Apache-2.0
// The `cause` of a transition's line.
#include <algorithm>
#include <charconv>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "orchestrator/verify/decode.h"
#include "orchestrator/verify/fields.h"

namespace verify {
namespace {

RequestVote request_vote(Fields& f) {
  return {f.term("term"), f.index("last_log_index"), f.term("last_log_term"), f.flag("transfer"),
          false};
}
RequestVote pre_vote(Fields& f) {
  RequestVote m = request_vote(f);
  m.pre_vote = true;
  return m;
}
RequestVoteReply request_vote_reply(Fields& f) {
  return {f.term("term"), f.term("asked_in"), f.flag("vote_granted"), false};
}
RequestVoteReply pre_vote_reply(Fields& f) {
  RequestVoteReply m = request_vote_reply(f);
  m.pre_vote = true;
  return m;
}
AppendEntries append_entries(Fields& f) {
  return {f.term("term"), f.index("prev_log_index"), f.term("prev_log_term"), f.number("entries"),
          f.index("leader_commit")};
}
AppendEntriesReply append_entries_reply(Fields& f) {
  return {f.term("term"),         f.term("asked_in"),     f.index("prev_log_index"),
          f.flag("success"),      f.index("match_index"), f.index("conflict_index"),
          f.term("conflict_term")};
}
InstallSnapshot install_snapshot(Fields& f) {
  InstallSnapshot m;
  m.term = f.term("term");
  m.last_included_index = f.index("last_included_index");
  m.last_included_term = f.term("last_included_term");
  m.configuration = read_configuration(f);
  m.size = f.number("size");
  m.offset = f.number("offset");
  m.bytes = f.number("bytes");
  return m;
}
InstallSnapshotReply install_snapshot_reply(Fields& f) {
  return {f.term("term"), f.term("asked_in"), f.index("last_included_index"), f.flag("installed")};
}
TimeoutNow timeout_now(Fields& f) {
  return {f.term("term")};
}
ReadIndex read_index(Fields& f) {
  return {f.term("term")};
}
ReadIndexReply read_index_reply(Fields& f) {
  return {f.term("term"), f.term("asked_in"), f.flag("granted"), f.index("log_index")};
}

template <auto read>
void take(Fields& f, MessageCause& cause) {
  cause.message = read(f);
}

using Take = void (*)(Fields&, MessageCause&);

const std::unordered_map<std::string_view, Take>& messages() {
  static const std::unordered_map<std::string_view, Take> all = {
      {"request_vote", take<request_vote>},
      {"pre_vote", take<pre_vote>},
      {"request_vote_reply", take<request_vote_reply>},
      {"pre_vote_reply", take<pre_vote_reply>},
      {"append_entries", take<append_entries>},
      {"append_entries_reply", take<append_entries_reply>},
      {"install_snapshot", take<install_snapshot>},
      {"install_snapshot_reply", take<install_snapshot_reply>},
      {"timeout_now", take<timeout_now>},
      {"read_index", take<read_index>},
      {"read_index_reply", take<read_index_reply>},
  };
  return all;
}

// Takes ".17" off the front.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  if (text.empty() || text.front() != '.') return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

// "n2.1.17": the sender, its incarnation, and the number that it gave the message.
void read_msg_id(std::string_view text, MessageCause& cause, Fields& f) {
  const std::string_view sender = text.substr(0, text.find('.'));
  text.remove_prefix(sender.size());
  const bool whole = node::node_from_name(sender) == cause.src &&
                     take_number(text, cause.incarnation) && take_number(text, cause.number) &&
                     text.empty();
  if (!whole) f.note("msg_id is none of src");
}

Cause received(Fields& f) {
  MessageCause cause;
  cause.src = f.node("src");
  read_msg_id(f.view("msg_id"), cause, f);
  const std::string_view type = f.view("type");
  const auto message = messages().find(type);
  if (message == messages().end()) {
    f.note(fmt::format("no such message: '{}'", type));
  } else {
    message->second(f, cause);
  }
  return cause;
}

}  // namespace

Cause read_cause(Fields& f) {
  const std::string_view kind = f.view("kind");
  if (kind == "message") return received(f);
  if (kind == "timer") return TimerCause{};
  if (kind == "request") return RequestCause{};
  if (kind == "write") return WriteCause{f.number("write")};
  if (kind == "begin") return BeginCause{};
  f.note(fmt::format("'{}' is no kind of cause", kind));
  return UnknownCause{};
}

std::optional<Term> term_of(const Cause& cause) {
  const auto* received = std::get_if<MessageCause>(&cause);
  if (received == nullptr) return std::nullopt;
  return std::visit([](const auto& message) { return message.term; }, received->message);
}

bool same_input(const Cause& a, const Cause& b) {
  if (a.index() != b.index()) return false;
  if (const auto* write = std::get_if<WriteCause>(&a)) {
    return write->write == std::get<WriteCause>(b).write;
  }
  const auto* message = std::get_if<MessageCause>(&a);
  if (!message) return true;
  const auto& other = std::get<MessageCause>(b);
  return message->src == other.src && message->incarnation == other.incarnation &&
         message->number == other.number && message->message.index() == other.message.index();
}

}  // namespace verify
