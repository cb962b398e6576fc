// SPDX-License-Identifier: Apache-2.0
#include "node/evidence.h"

#include <array>

#include <fmt/compile.h>

#include "node/digest.h"
#include "node/json_nodes.h"

namespace node {
namespace {

using proxy::JsonLine;
using raft::NodeId;

void add_configuration(JsonLine& line, const raft::Configuration& configuration) {
  add_nodes(line, "voters", configuration.voters);
  if (configuration.joint()) add_nodes(line, "old_voters", configuration.old_voters);
  add_nodes(line, "learners", configuration.learners);
}

void add_message(JsonLine& line, const raft::RequestVote& m, std::size_t) {
  line.field("term", m.term.value)
      .field("last_log_index", m.last_log_index.value)
      .field("last_log_term", m.last_log_term.value)
      .field("transfer", m.transfer);
}

void add_message(JsonLine& line, const raft::RequestVoteReply& m, std::size_t) {
  line.field("term", m.term.value)
      .field("asked_in", m.asked_in.value)
      .field("vote_granted", m.vote_granted);
}

void add_message(JsonLine& line, const raft::AppendEntries& m, std::size_t entries) {
  line.field("term", m.term.value)
      .field("prev_log_index", m.prev_log_index.value)
      .field("prev_log_term", m.prev_log_term.value)
      .field("entries", entries)
      .field("leader_commit", m.leader_commit.value)
      .field("round", m.round.value);
}

void add_message(JsonLine& line, const raft::AppendEntriesReply& m, std::size_t) {
  line.field("term", m.term.value)
      .field("asked_in", m.asked_in.value)
      .field("prev_log_index", m.prev_log_index.value)
      .field("success", m.success)
      .field("match_index", m.match_index.value)
      .field("conflict_index", m.conflict_index.value)
      .field("conflict_term", m.conflict_term.value)
      .field("round", m.round.value);
}

void add_message(JsonLine& line, const raft::InstallSnapshot& m, std::size_t) {
  line.field("term", m.term.value)
      .field("last_included_index", m.last_included_index.value)
      .field("last_included_term", m.last_included_term.value);
  add_configuration(line, m.configuration);
  line.field("size", m.size)
      .field("offset", m.offset)
      .field("bytes", m.data ? m.data->size() : 0)
      .field("round", m.round.value);
}

void add_message(JsonLine& line, const raft::InstallSnapshotReply& m, std::size_t) {
  line.field("term", m.term.value)
      .field("asked_in", m.asked_in.value)
      .field("last_included_index", m.last_included_index.value)
      .field("next_offset", m.next_offset)
      .field("installed", m.installed)
      .field("round", m.round.value);
}

void add_message(JsonLine& line, const raft::TimeoutNow& m, std::size_t) {
  line.field("term", m.term.value);
}

void add_message(JsonLine& line, const raft::ReadIndex& m, std::size_t) {
  line.field("term", m.term.value).field("read", m.read.value);
}

void add_message(JsonLine& line, const raft::ReadIndexReply& m, std::size_t) {
  line.field("term", m.term.value)
      .field("asked_in", m.asked_in.value)
      .field("read", m.read.value)
      .field("granted", m.granted)
      .field("log_index", m.index.value);
}

void add(JsonLine& line, const MessageCause& cause) {
  const std::string src = node_name(cause.src);
  std::array<char, 64> msg_id;
  const auto end =
      fmt::format_to(msg_id.begin(), FMT_COMPILE("{}.{}.{}"), src, cause.incarnation, cause.id);
  line.field("kind", "message")
      .field("msg_id",
             std::string_view(msg_id.begin(), static_cast<std::size_t>(end - msg_id.begin())))
      .field("src", src)
      .field("type", raft::name_of(*cause.message));
  std::visit([&](const auto& m) { add_message(line, m, cause.entries); }, *cause.message);
}
void add(JsonLine& line, const TimerCause&) {
  line.field("kind", "timer");
}
void add(JsonLine& line, const RequestCause&) {
  line.field("kind", "request");
}
void add(JsonLine& line, const BeginCause&) {
  line.field("kind", "begin");
}
void add(JsonLine& line, const WriteCause& cause) {
  line.field("kind", "write").field("write", cause.up_to.value);
}

JsonLine open(const TransitionContext& c, std::string_view event, std::string_view message) {
  return c.evidence.line(event, message, c.term, c.role);
}

void close(const TransitionContext& c, JsonLine& line) {
  add_cause(line, c.cause, c.before);
  line.end_line();
}

}  // namespace

Evidence::Evidence(NodeId node, std::uint32_t incarnation)
    : identity_(fmt::format("\"{}\",\"inc\":{}", node_name(node), incarnation)) {}

void Evidence::at(Instant now) {
  has_time_ = has_time_ && now.wall == now_.wall;
  now_ = now;
}

void Evidence::add(std::uint64_t number) {
  const fmt::format_int digits(number);
  words_.append(digits.data(), digits.size());
}

JsonLine Evidence::line(std::string_view event, std::string_view message, raft::Term term,
                        raft::Role role, std::string_view level) {
  if (!has_time_) time_ = proxy::utc_json(now_.wall);
  has_time_ = true;
  JsonLine line(lines_);
  line.raw("time", {time_.data(), time_.size()})
      .field("level", level)
      .field("msg", message)
      .raw("node", identity_)
      .field("seq", ++seq_)
      .field("mono_us", (now_.mono - now_.error).count());
  if (now_.error != raft::Duration::zero()) line.field("clock_us", now_.mono.count());
  line.field("event", event).field("term", term.value).field("role", raft::name_of(role));
  return line;
}

void add_node(JsonLine& line, std::string_view name, NodeId node) {
  if (node == NodeId{}) {
    line.raw(name, "null");
  } else {
    line.field(name, node_name(node));
  }
}

void add_cause(JsonLine& line, const Cause& cause) {
  line.begin_object("cause");
  std::visit([&](const auto& c) { add(line, c); }, cause);
  line.end_object();
}

void add_cause(JsonLine& line, const Cause& cause, const raft::HardState& before) {
  add_cause(line, cause);
  line.begin_object("before").field("term", before.current_term.value);
  add_node(line, "voted_for", before.voted_for);
  line.end_object();
}

void write_line(const TransitionContext& c, const raft::TimedOut& t) {
  auto line = open(c, "timed_out", c.evidence.words("election timeout as ", raft::name_of(t.role)));
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::TermAdvanced& t) {
  auto line =
      open(c, "term_advanced", c.evidence.words("term ", t.after.value, " after ", t.before.value));
  line.field("from_term", t.before.value);
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::RoleChanged& t) {
  auto line =
      open(c, "role_changed", c.evidence.words(raft::name_of(t.after), " of term ", t.term.value));
  line.field("from_role", raft::name_of(t.before)).field("reason", raft::name_of(t.reason));
  if (!t.votes.empty()) add_nodes(line, "votes", t.votes);
  line.field("log_index", t.last_log_index.value)
      .field("log_term", t.last_log_term.value)
      .field("digest", DigestText(c.digest));
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::VoteGranted& t) {
  auto line = open(c, "vote_granted",
                   c.evidence.words(t.pre_vote ? "pre-vote" : "vote", " for ",
                                    node_name(t.candidate), " in term ", t.term.value));
  line.field("candidate", node_name(t.candidate))
      .field("candidate_term", t.term.value)
      .field("pre_vote", t.pre_vote);
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::VoteDenied& t) {
  auto line = open(c, "vote_denied",
                   c.evidence.words("no ", t.pre_vote ? "pre-vote" : "vote", " for ",
                                    node_name(t.candidate), " in term ", t.term.value));
  line.field("candidate", node_name(t.candidate))
      .field("candidate_term", t.term.value)
      .field("pre_vote", t.pre_vote)
      .field("reason", raft::name_of(t.reason));
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::AppendRejected& t) {
  auto line = open(c, "append_rejected",
                   c.evidence.words("refused entries after ", t.prev_log_index.value, " from ",
                                    node_name(t.leader)));
  line.field("leader", node_name(t.leader))
      .field("leader_term", t.term.value)
      .field("prev_log_index", t.prev_log_index.value)
      .field("reason", raft::name_of(t.reason));
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::ProgressChanged& t) {
  auto line = open(c, "progress_changed",
                   c.evidence.words(raft::name_of(t.after), " to ", node_name(t.peer), " from ",
                                    t.next_index.value));
  line.field("peer", node_name(t.peer))
      .field("from_replication", raft::name_of(t.before))
      .field("replication", raft::name_of(t.after))
      .field("match_index", t.match_index.value)
      .field("next_index", t.next_index.value);
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::CommitAdvanced& t) {
  auto line = open(c, "commit_advanced", c.evidence.words("committed up to ", t.after.value));
  line.field("from_commit_index", t.before.value)
      .field("commit_index", t.after.value)
      .field("log_term", c.raft.log().term_at(t.after)->value)
      .field("digest", DigestText(c.digest));
  if (!t.match.empty()) {
    line.begin_object("match");
    for (const raft::Match& m : t.match)
      line.field(node_name(m.node), m.index.value);
    line.end_object();
  }
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::ConfigurationChanged& t) {
  auto line =
      open(c, "config_changed", c.evidence.words("configuration ", raft::encode(t.configuration)));
  line.field("log_index", t.index.value);
  add_configuration(line, t.configuration);
  close(c, line);
}

void write_line(const TransitionContext& c, const raft::TransferChanged& t) {
  auto line =
      open(c, "transfer",
           c.evidence.words("transfer to ", node_name(t.target), ": ", raft::name_of(t.phase)));
  line.field("phase", raft::name_of(t.phase)).field("target", node_name(t.target));
  close(c, line);
}

}  // namespace node
