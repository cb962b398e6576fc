// SPDX-License-Identifier: Apache-2.0
// The lines of nodes/n1.jsonl.
#include <algorithm>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "node/evidence.h"
#include "orchestrator/verify/decode.h"
#include "orchestrator/verify/fields.h"

namespace verify {
namespace {

Role role_from(std::string_view name, Fields& f) {
  for (const Role role : {Role::follower, Role::pre_candidate, Role::candidate, Role::leader}) {
    if (name == raft::name_of(role)) return role;
  }
  f.note(fmt::format("'{}' is no role", name));
  return Role::follower;
}

LogEntry log_entry(JsonValue at, Fields& f) {
  LogEntry entry;
  entry.index = {f.number_of(at, "an entry's log_index")};
  at = at.next();
  entry.term = {f.number_of(at, "an entry's term")};
  at = at.next();
  entry.digest = f.digest_of(at, "an entry's digest");
  return entry;
}

Effect effect_from(JsonValue value, Fields& f) {
  if (!value) return Effect::effective;
  const auto name = value.text().value_or("");
  if (name == "duplicate") return Effect::duplicate;
  if (name == "stale") return Effect::stale;
  if (name == "expired") return Effect::expired;
  f.note("an entry's sixth element is none of duplicate, stale and expired");
  return Effect::effective;
}

AppliedEntry applied_entry(JsonValue list, Fields& f) {
  AppliedEntry applied;
  const JsonValue first = list.first();
  applied.entry = log_entry(first, f);
  const JsonValue who = first.next().next().next();
  const JsonValue request = who.next();
  if (!request) {
    applied.kind = f.text_of(who, "an entry's kind");
    return applied;
  }
  applied.client = f.text_of(who, "an entry's client");
  if (applied.client.empty()) f.note("an entry's client has no name");
  applied.request = f.number_of(request, "an entry's request");
  applied.effect = effect_from(request.next(), f);
  return applied;
}

std::optional<Protocol> protocol(Fields& f) {
  if (!f.has("pre_vote")) return std::nullopt;
  Protocol p;
  p.election_timeout_min = f.time("election_timeout_min_us");
  p.noop_on_election = f.flag("noop_on_election");
  p.pre_vote = f.flag("pre_vote");
  p.check_quorum = f.flag("check_quorum");
  p.leader_stickiness = f.flag("leader_stickiness");
  if (f.has("trailing_entries")) p.trailing_entries = f.number("trailing_entries");
  const std::string_view reads = f.view("reads");
  if (reads == "read_index") {
    p.reads = Protocol::Reads::read_index;
  } else if (reads == "lease") {
    p.reads = Protocol::Reads::lease;
  } else if (reads != "log") {
    f.note("reads is none of log, read_index and lease");
  }
  return p;
}

std::optional<Compaction> compaction(Fields& f) {
  if (!f.has("snapshot_threshold")) return std::nullopt;
  return Compaction{f.number("snapshot_threshold"), f.number("snapshot_chunk_bytes"),
                    f.number("max_snapshot_bytes")};
}

Started started(Fields& f) {
  Started e;
  e.pid = f.integer("pid");
  Fields settings(f.object("settings"));
  e.first_configuration = read_configuration(settings);
  e.protocol = protocol(settings);
  e.compaction = compaction(settings);
  e.max_sessions = settings.number("max_sessions");
  e.election_timeout_min = settings.time("election_timeout_min_us");
  e.election_timeout_max = settings.time("election_timeout_max_us");
  e.heartbeat_interval = settings.time("heartbeat_interval_us");
  f.note(settings.problem());
  return e;
}
Recovered recovered(Fields& f) {
  Recovered e;
  e.voted_for = f.node_or_nobody("voted_for");
  e.last = {f.index("log_index"), f.term("log_term"), f.digest("digest")};
  e.snapshot = {f.index("snapshot_index"), f.term("snapshot_term"), f.digest("snapshot_digest")};
  e.state_digest = f.digest("state_digest");
  e.torn_bytes = f.number("torn_bytes");
  return e;
}
Persisted persisted(Fields& f) {
  return {f.node_or_nobody("voted_for"), f.index("log_index"), f.digest("digest"),
          f.index("snapshot_index")};
}
TimedOut timed_out(Fields&) {
  return {};
}
TermAdvanced term_advanced(Fields& f) {
  return {f.term("from_term")};
}
RoleChanged role_changed(Fields& f) {
  RoleChanged e;
  e.from_role = role_from(f.text("from_role"), f);
  e.reason = f.text("reason");
  if (f.has("votes")) e.votes = f.nodes("votes");
  e.log_index = f.index("log_index");
  e.log_term = f.term("log_term");
  e.digest = f.digest("digest");
  return e;
}
VoteGranted vote_granted(Fields& f) {
  return {f.node("candidate"), f.term("candidate_term"), f.flag("pre_vote")};
}
VoteDenied vote_denied(Fields& f) {
  return {f.node("candidate"), f.term("candidate_term"), f.flag("pre_vote"), f.text("reason")};
}
EntriesAppended entries_appended(Fields& f) {
  EntriesAppended e;
  for (JsonValue v = f.array("entries").first(); v; v = v.next())
    e.entries.push_back(log_entry(v.first(), f));
  if (e.entries.empty()) f.note("entries is empty");
  return e;
}
LogTruncated log_truncated(Fields& f) {
  return {f.index("first_log_index"), f.index("last_log_index")};
}
AppendRejected append_rejected(Fields& f) {
  return {f.node("leader"), f.term("leader_term"), f.index("prev_log_index"), f.text("reason")};
}
std::string replication(Fields& f, std::string_view name) {
  std::string word = f.text(name);
  if (word != "probe" && word != "replicate" && word != "snapshot") {
    f.note(fmt::format("{} is none of probe, replicate and snapshot", name));
  }
  return word;
}
ProgressChanged progress_changed(Fields& f) {
  return {f.node("peer"), replication(f, "from_replication"), replication(f, "replication"),
          f.index("match_index"), f.index("next_index")};
}
ConfigChanged config_changed(Fields& f) {
  return {f.index("log_index"), read_configuration(f)};
}

Transfer transfer(Fields& f) {
  Transfer e;
  const std::string phase = f.text("phase");
  if (phase == "sent_timeout_now") {
    e.phase = Transfer::Phase::sent_timeout_now;
  } else if (phase == "deadline_passed") {
    e.phase = Transfer::Phase::deadline_passed;
  } else if (phase != "started") {
    f.note("phase is none of started, sent_timeout_now and deadline_passed");
  }
  e.target = f.node("target");
  return e;
}

std::vector<CommitAdvanced::Match> matches(JsonValue object, Fields& f) {
  std::vector<CommitAdvanced::Match> all;
  for (JsonValue v = object.first(); v; v = v.next()) {
    const NodeId node = node::node_from_name(v.name()).value_or(NodeId{});
    if (node == NodeId{}) f.note("match names what is no node");
    all.push_back({node, {f.number_of(v, "a match")}});
  }
  return all;
}

// "set commitIndex = min(leaderCommit, index of last new entry)" (Figure 2); a snapshot stands for
// committed entries only (section 7).
std::optional<Index> told_by_leader(const Cause& cause) {
  if (const auto* m = message_of<AppendEntries>(cause)) {
    return std::min(m->leader_commit, m->last_new());
  }
  if (const auto* m = message_of<InstallSnapshot>(cause)) return m->last_included_index;
  return std::nullopt;
}

CommitAdvanced commit_advanced(Fields& f) {
  CommitAdvanced e;
  e.from_commit_index = f.index("from_commit_index");
  e.commit_index = f.index("commit_index");
  e.log_term = f.term("log_term");
  e.digest = f.digest("digest");
  if (f.has("match")) e.match = matches(f.object("match"), f);
  return e;
}
Applied applied(Fields& f) {
  Applied e;
  e.commit_index = f.index("commit_index");
  Index checkpoint;
  for (JsonValue v = f.array("entries").first(); v; v = v.next()) {
    e.entries.push_back(applied_entry(v, f));
    const Index index = e.entries.back().entry.index;
    if (index.value % node::kStateDigestEvery == 0) checkpoint = index;
  }
  if (e.entries.empty()) f.note("entries is empty");
  if (f.has("state_digest")) {
    if (checkpoint == Index{}) f.note("a state_digest, and no entry that it belongs to");
    e.state = StateDigest{checkpoint, f.digest("state_digest")};
  }
  return e;
}
ReadServed read_served(Fields& f) {
  return {f.text("client"),      f.number("request"),  f.text("key"),
          f.index("read_index"), f.index("log_index"), f.digest("digest")};
}
SnapshotTaken snapshot_taken(Fields& f) {
  return {{f.index("log_index"), f.term("log_term"), f.digest("digest")},
          f.digest("state_digest"),
          f.number("bytes")};
}
SnapshotInstalled snapshot_installed(Fields& f) {
  return {f.node("leader"), {f.index("log_index"), f.term("log_term"), f.digest("digest")}};
}
Restored restored(Fields& f) {
  return {f.index("log_index"), f.digest("digest"), f.digest("state_digest")};
}
Refused refused(Fields& f) {
  return {f.text("reason")};
}
Stalled stalled(Fields& f) {
  return {f.integer("late_us")};
}
Stopped stopped(Fields& f) {
  return {f.index("log_index"), f.index("commit_index"), f.index("applied_index"),
          f.digest("digest"), f.digest("state_digest")};
}

// The step that the line belongs to, where it names one.
void read_step(Fields& f, NodeEvent& event) {
  event.cause = UnknownCause{};
  event.before.reset();
  if (f.has("cause")) {
    Fields cause(f.object("cause"));
    event.cause = read_cause(cause);
    f.note(cause.problem());
  }
  if (f.has("before")) {
    Fields before(f.object("before"));
    event.before = Before{before.term("term"), before.node_or_nobody("voted_for")};
    f.note(before.problem());
  }
  auto* advanced = std::get_if<CommitAdvanced>(&event.what);
  const bool caused = advanced || std::holds_alternative<ReadServed>(event.what);
  if (caused && is<UnknownCause>(event.cause)) f.note("cause is no object");
  if (advanced) advanced->told = told_by_leader(event.cause);
}

template <auto read>
void take(Fields& f, NodeEvent& event) {
  event.what = read(f);
}

using Take = void (*)(Fields&, NodeEvent&);

const std::unordered_map<std::string_view, Take>& events() {
  static const std::unordered_map<std::string_view, Take> all = {
      {"started", take<started>},
      {"recovered", take<recovered>},
      {"persisted", take<persisted>},
      {"timed_out", take<timed_out>},
      {"term_advanced", take<term_advanced>},
      {"role_changed", take<role_changed>},
      {"vote_granted", take<vote_granted>},
      {"vote_denied", take<vote_denied>},
      {"entries_appended", take<entries_appended>},
      {"log_truncated", take<log_truncated>},
      {"append_rejected", take<append_rejected>},
      {"progress_changed", take<progress_changed>},
      {"config_changed", take<config_changed>},
      {"transfer", take<transfer>},
      {"commit_advanced", take<commit_advanced>},
      {"applied", take<applied>},
      {"read_served", take<read_served>},
      {"snapshot_taken", take<snapshot_taken>},
      {"snapshot_installed", take<snapshot_installed>},
      {"restored", take<restored>},
      {"refused", take<refused>},
      {"stalled", take<stalled>},
      {"stopped", take<stopped>},
  };
  return all;
}

}  // namespace

Configuration read_configuration(Fields& f) {
  Configuration c{f.nodes("voters"), {}, {}};
  if (f.has("old_voters")) c.old_voters = f.nodes("old_voters");
  c.learners = f.nodes("learners");
  if (c.voters.empty()) f.note("voters is empty");
  return c;
}

std::vector<std::string_view> names_of_node_events() {
  std::vector<std::string_view> names;
  for (const auto& [name, take_event] : events())
    names.push_back(name);
  return names;
}

std::string decode(const JsonRecord& line, NodeEvent& event) {
  Fields f(line.root());
  event.node = f.node("node");
  event.incarnation = f.small("inc");
  event.seq = f.number("seq");
  event.at = f.time("mono_us");
  event.clock = f.has("clock_us") ? f.time("clock_us") : event.at;
  event.name = f.text("event");
  event.term = f.term("term");
  event.role = role_from(f.text("role"), f);
  const auto take_event = events().find(event.name);
  if (take_event == events().end()) return fmt::format("no such event: '{}'", event.name);
  take_event->second(f, event);
  read_step(f, event);
  return f.problem();
}

}  // namespace verify
