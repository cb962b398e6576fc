// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/conformance/trace.h"

#include <chrono>

namespace verify::spec {
namespace {

std::vector<NodeId> nodes(const std::vector<unsigned>& numbers) {
  std::vector<NodeId> all;
  for (const unsigned number : numbers)
    all.push_back({number});
  return all;
}

}  // namespace

Protocol figure2() {
  Protocol protocol;
  protocol.election_timeout_min = std::chrono::milliseconds(150);
  return protocol;
}

Protocol extended() {
  Protocol protocol = figure2();
  protocol.noop_on_election = protocol.pre_vote = protocol.check_quorum = true;
  protocol.leader_stickiness = true;
  protocol.reads = Protocol::Reads::read_index;
  return protocol;
}

Configuration voters(const std::vector<unsigned>& now, const std::vector<unsigned>& old) {
  return {nodes(now), nodes(old), {}};
}

Trace::Trace(Protocol protocol, Configuration first)
    : protocol_(protocol), first_(std::move(first)) {
  start();
}

Trace& Trace::start() {
  cause_ = UnknownCause{};
  before_.reset();
  role_ = Role::follower;
  commit_ = applied_ = snapshot_;
  Started started;
  started.first_configuration = first_;
  started.protocol = protocol_;
  tell(started);
  Recovered recovered;
  recovered.voted_for = voted_for_;
  recovered.last = entry(last_index());
  recovered.snapshot = entry(static_cast<unsigned>(snapshot_.value));
  return tell(recovered);
}

Trace& Trace::restarts() {
  return start();
}

Trace& Trace::on(Cause cause) {
  cause_ = std::move(cause);
  before_ = Before{term_, voted_for_};
  return *this;
}

Trace& Trace::after(unsigned milliseconds) {
  now_ += std::chrono::milliseconds(milliseconds);
  return *this;
}

Trace& Trace::take(NodeEvent event) {
  event.node = {1};
  event.at = event.clock = now_;
  event.term = term_;
  event.role = role_;
  event.cause = cause_;
  if (!std::holds_alternative<ReadServed>(event.what)) event.before = before_;
  const auto breach = specification_.take(event);
  if (breach && breach_.empty()) breach_ = breach->rule + " | " + breach->what;
  return *this;
}

LogEntry Trace::entry(unsigned index) const {
  return index == 0 ? LogEntry{} : log_.at(index - 1);
}

Trace& Trace::enters(unsigned term) {
  const TermAdvanced advanced{term_};
  term_ = {term};
  voted_for_ = {};
  return tell(advanced);
}

Trace& Trace::becomes(Role role, const std::string& reason, const std::vector<unsigned>& votes) {
  const LogEntry last = entry(last_index());
  const RoleChanged changed{role_, reason, nodes(votes), last.index, last.term, last.digest};
  role_ = role;
  return tell(changed);
}

Trace& Trace::votes(unsigned candidate, unsigned term, bool pre_vote) {
  if (!pre_vote) voted_for_ = {candidate};
  return tell(VoteGranted{{candidate}, {term}, pre_vote});
}

Trace& Trace::denies(unsigned candidate, unsigned term, const std::string& reason) {
  return tell(VoteDenied{{candidate}, {term}, false, reason});
}

Trace& Trace::appends(const std::vector<unsigned>& terms) {
  EntriesAppended appended;
  for (const unsigned term : terms) {
    const std::uint64_t before = log_.empty() ? 0 : log_.back().digest;
    log_.push_back({{last_index() + 1}, {term}, before * 31 + term});
    appended.entries.push_back(log_.back());
  }
  return tell(appended);
}

Trace& Trace::truncates(unsigned first) {
  const LogTruncated truncated{{first}, {last_index()}};
  log_.resize(first - 1);
  return tell(truncated);
}

Trace& Trace::commits(unsigned index, const std::vector<unsigned>& match, unsigned first) {
  CommitAdvanced advanced;
  advanced.from_commit_index = commit_;
  advanced.commit_index = commit_ = {index};
  advanced.log_term = entry(index).term;
  advanced.digest = entry(index).digest;
  for (unsigned i = 0; i < match.size(); ++i)
    advanced.match.push_back({{first + i}, {match[i]}});
  return tell(advanced);
}

Trace& Trace::counts(unsigned node, unsigned match) {
  return from(node, appended(static_cast<unsigned>(term_.value), match))
      .tell(ProgressChanged{{node}, "probe", "replicate", {match}, {match + 1}});
}

Trace& Trace::applies(unsigned up_to, const std::string& kind) {
  Applied applied;
  applied.commit_index = commit_;
  for (; applied_.value < up_to;) {
    ++applied_;
    applied.entries.push_back({entry(static_cast<unsigned>(applied_.value)), {}, 0, {}, kind});
  }
  cause_ = UnknownCause{};
  before_.reset();
  return tell(applied);
}

Trace& Trace::uses(unsigned index, const Configuration& configuration) {
  return tell(ConfigChanged{{index}, configuration});
}

Trace& Trace::persists() {
  cause_ = UnknownCause{};
  before_.reset();
  const LogEntry last = entry(last_index());
  tell(Persisted{voted_for_, last.index, last.digest, snapshot_});
  return written();
}

Trace& Trace::leads(unsigned term) {
  timer().tell(TimedOut{});
  if (protocol_.pre_vote) {
    becomes(kPreCandidate, "election_timeout");
    from(2, pre_vote(term - 1, term)).enters(term).becomes(kCandidate, "votes", {1, 2});
  } else {
    enters(term).becomes(kCandidate, "election_timeout");
  }
  votes(1, term).persists();
  from(2, vote(term)).becomes(kLeader, "votes", {1, 2});
  return protocol_.noop_on_election ? appends({term}) : *this;
}

Trace& Trace::follows(unsigned term, unsigned leader) {
  AppendEntries heartbeat = append_entries(0);
  heartbeat.term = {term};
  from(leader, heartbeat).enters(term);
  return role_ == Role::follower ? *this : becomes(kFollower, "newer_term");
}

Trace& Trace::gets(const std::vector<unsigned>& entries_terms, unsigned leader_commit) {
  from(2, append_entries(static_cast<unsigned>(entries_terms.size()), leader_commit));
  appends(entries_terms);
  return leader_commit > 0 ? commits(leader_commit) : *this;
}

AppendEntries Trace::append_entries(unsigned entries, unsigned leader_commit) const {
  const LogEntry last = entry(last_index());
  return {term_, last.index, last.term, entries, {leader_commit}};
}

}  // namespace verify::spec
