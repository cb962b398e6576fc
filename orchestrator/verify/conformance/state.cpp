// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/conformance/state.h"

#include <algorithm>
#include <utility>

namespace verify::spec {
namespace {

bool has(const std::vector<NodeId>& nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

bool votes(const Configuration& configuration, NodeId node) {
  return has(configuration.voters, node) || has(configuration.old_voters, node);
}

// Moves a State on, event by event.
struct Mover {
  State& s;
  const NodeEvent& event;
  Due was;  // due before the line
  std::optional<std::string> problem{};

  void operator()(const Started& e) {
    s.protocol = e.protocol;
    s.role = Role::follower;
    s.timer_since = event.clock;
    s.contact.reset();
    s.leading.reset();
    s.restoring.reset();
  }
  // A snapshot is durable before the hard state of the same write, and brings its term.
  void operator()(const Recovered& e) {
    s.term = event.term;
    s.voted_for = e.voted_for;
    const Before durable = s.hard_state.last_durable();
    const bool brought = s.hard() == Before{e.snapshot.term, NodeId{}} && durable.term < s.term &&
                         s.term <= s.hard_state.last_decided().term;
    if (!s.hard_state.recovered(s.hard()) && !brought)
      problem = "no such hard state was on its disk";
    s.commit = s.applied = s.snapshot = s.durable_snapshot = e.snapshot.index;
    // A snapshot that the log does not go on after takes its place.
    s.compacted = e.last.index <= s.snapshot ? s.snapshot : std::min(s.compacted, s.snapshot);
    s.durable.begins({e.last.index, e.last.digest});
  }
  void operator()(const Persisted& e) {
    if (!s.hard_state.persisted({event.term, e.voted_for})) {
      problem = "it had not decided on this hard state";
    }
    s.durable.persisted({e.log_index, e.digest});
    s.durable_snapshot = e.snapshot_index;
  }
  void operator()(const TimedOut&) { s.due = Due::campaign; }
  void operator()(const TermAdvanced&) {
    const bool of_message = term_of(s.cause) == event.term;
    s.term = event.term;
    s.voted_for = {};
    s.hard_state.decided(s.hard());
    if (!of_message) {
      s.due = Due::candidacy;
    } else if (s.role != Role::follower) {
      s.due = Due::follow;
    }
  }
  void operator()(const RoleChanged&) {
    s.role = event.role;
    s.leading.reset();
    if (s.role == Role::candidate || s.role == Role::pre_candidate) s.timer_since = event.clock;
    if (s.role == Role::candidate) {
      s.due = Due::own_vote;
    } else if (s.role == Role::pre_candidate && s.is_quorum_alone()) {
      s.due = Due::new_term;
    } else if (s.role == Role::leader) {
      lead();
    }
  }
  void operator()(const VoteGranted& e) {
    if (e.pre_vote) return;
    s.voted_for = e.candidate;
    s.hard_state.decided(s.hard());
    s.timer_since = event.clock;
  }
  void operator()(const EntriesAppended& e) {
    s.last_appended = e.entries;
    if (was == Due::c_new) s.due = Due::configuration;
    if (s.leading) appended_at(e.entries.back().index);
    s.conflict.reset();
    s.durable.changed({e.entries.back().index, e.entries.back().digest});
  }
  void operator()(const LogTruncated& e) {
    s.durable.truncated(e.first);
    s.last_appended.clear();
    const auto* latest = s.configuration.latest();
    s.due = latest && latest->index >= e.first ? Due::configuration : Due::replacement;
  }
  void operator()(const ConfigChanged& e) {
    if (s.conflict) s.due = Due::replacement;
    if (!s.leading) return;
    s.leading->reconfigured = true;
    const auto* latest = s.configuration.latest();
    const bool known = latest && latest->before;
    const auto before = known ? latest->before->configuration.members() : std::vector<NodeId>{};
    for (const NodeId member : e.configuration.members()) {
      const auto [place, is_new] = s.leading->peers.try_emplace(member);
      if (is_new || has(before, member)) continue;
      // Who comes back may have lost all.
      place->second.match = {};
      place->second.anew = true;
    }
  }
  void operator()(const ProgressChanged& e) {
    if (was == Due::step_down) s.due = was;
    if (!s.leading) return;
    Peer& peer = s.leading->peers[e.peer];
    peer.replication = e.replication;
    peer.match = e.match_index;
    peer.anew = false;
  }
  void operator()(const Transfer& e) {
    if (!s.leading) return;
    if (e.phase == Transfer::Phase::started) {
      s.leading->transfer = Handover{e.target, false};
    } else if (e.phase == Transfer::Phase::deadline_passed) {
      s.leading->transfer.reset();
    } else if (s.leading->transfer) {
      s.leading->transfer->sent = true;
    }
  }
  void operator()(const CommitAdvanced& e) {
    s.commit = e.commit_index;
    if (!s.leading) return;
    s.leading->reconfigured = false;
    for (const CommitAdvanced::Match& match : e.match)
      s.leading->peers[match.node].match = match.index;
    const auto* latest = s.configuration.latest();
    if (latest == nullptr || latest->index > s.commit) return;
    if (latest->configuration.joint()) {
      s.due = Due::c_new;
    } else if (latest->index > e.from_commit_index && !votes(latest->configuration, s.self)) {
      s.due = Due::step_down;
    }
  }
  void operator()(const Applied& e) { goes_on(e.entries.back().entry.index); }
  void operator()(const SnapshotTaken& e) {
    s.snapshot = e.last.index;
    const std::uint64_t kept = std::min(s.protocol->trailing_entries, s.snapshot.value);
    s.compacted = std::max(s.compacted, s.snapshot - kept);
  }
  void operator()(const SnapshotInstalled& e) {
    s.snapshot = s.commit = s.compacted = e.last.index;
    s.restoring = e.last;
    s.durable.truncated(Index{1});
    s.durable.changed({e.last.index, e.last.digest});
    s.due = Due::configuration;
  }
  void operator()(const Restored& e) {
    goes_on(e.log_index);
    s.restoring.reset();
  }
  template <class Other>
  void operator()(const Other&) {}

 private:
  void goes_on(Index applied) {
    if (!s.going_on) s.going_on = GoingOn{s.applied, event.at};
    s.applied = applied;
  }
  void appended_at(Index last) {
    auto& appended = s.leading->appended;
    appended.push_back({last, event.clock});
    while (appended.front().at + s.protocol->election_timeout_min < event.clock)
      appended.pop_front();
  }
  void lead() {
    s.leading.emplace();
    s.leading->since = event.clock;
    const Configuration* members = s.members();
    if (members == nullptr) return;
    s.leading->knows_peers = true;
    for (const NodeId member : members->members())
      s.leading->peers.try_emplace(member);
    if (s.protocol->noop_on_election || members->joint()) s.due = Due::first_entry;
  }
};

}  // namespace

void DurableLog::begins(Tip tip) {
  written_.assign(1, {tip, tip.index});
  up_to_ = tip.index;
}

void DurableLog::changed(Tip tip) {
  written_.push_back({tip, tip.index});
}

void DurableLog::truncated(Index first) {
  for (Written& written : written_)
    written.last = std::min(written.last, first.previous());
  up_to_ = std::min(up_to_, first.previous());
}

void DurableLog::persisted(Tip tip) {
  const auto is_it = [&](const Written& w) { return w.tip == tip; };
  const auto first = std::find_if(written_.begin(), written_.end(), is_it);
  const auto last = std::find_if(written_.rbegin(), written_.rend(), is_it);
  if (last == written_.rend()) return;
  up_to_ = std::max(up_to_, last->last);
  written_.erase(written_.begin(), first);
}

const Configuration* State::members() const {
  const auto* latest = configuration.latest();
  return latest ? &latest->configuration : nullptr;
}

const Peer* State::peer(NodeId node) const {
  if (!leading) return nullptr;
  const auto found = leading->peers.find(node);
  return found == leading->peers.end() ? nullptr : &found->second;
}

// "a server that is not part of its own latest configuration should still start new elections, as
// it might still be needed until the C_new entry is committed" (dissertation, 4.2.2).
bool State::may_campaign() const {
  const auto* latest = configuration.latest();
  if (latest == nullptr || votes(latest->configuration, self)) return true;
  return latest->index > commit && !latest->by_snapshot &&
         (!latest->before || votes(latest->before->configuration, self));
}

bool State::is_quorum_alone() const {
  const Configuration* now = members();
  return now != nullptr && is_quorum(*now, {self});
}

bool State::same_step(const NodeEvent& event) const {
  return event.before && *event.before == before && same_input(event.cause, cause);
}

std::optional<std::string> State::take(const NodeEvent& event) {
  if (!same_step(event)) {
    cause = event.before ? event.cause : UnknownCause{};
    before = event.before.value_or(Before{});
    last_appended.clear();
    conflict.reset();
  }
  const auto* truncated = std::get_if<LogTruncated>(&event.what);
  if (truncated && truncated->first > log.base_index() && truncated->first <= log.last_index()) {
    conflict = LogEntry{truncated->first, log.term_at(truncated->first), 0};
  }
  if (auto problem = log.take(event)) return problem;
  configuration.take(event);
  if (event.before && !std::holds_alternative<Refused>(event.what)) hear(event);
  const bool state_goes_on = std::holds_alternative<Applied>(event.what) ||
                             std::holds_alternative<Restored>(event.what) ||
                             std::holds_alternative<ReadServed>(event.what);
  if (!state_goes_on || (going_on && going_on->at != event.at)) going_on.reset();
  last_event = event.what.index();
  Mover move{*this, event, std::exchange(due, Due::nothing)};
  std::visit(move, event.what);
  return move.problem;
}

// Who sent the message was there when it came.
void State::hear(const NodeEvent& event) {
  const auto* received = std::get_if<MessageCause>(&event.cause);
  if (received == nullptr) return;
  const auto* append = message_of<AppendEntries>(event.cause);
  const auto* chunk = message_of<InstallSnapshot>(event.cause);
  if ((append && append->term == event.term) || (chunk && chunk->term == event.term)) {
    contact = Contact{received->src, event.term, event.clock};
    timer_since = event.clock;
  }
  hear_answer(event);
}

// When what it answers was sent, not when the answer came, is when a leader certainly led it.
void State::hear_answer(const NodeEvent& event) {
  const auto* appended = message_of<AppendEntriesReply>(event.cause);
  const auto* installed = message_of<InstallSnapshotReply>(event.cause);
  const bool answers =
      (appended && appended->asked_in == term) || (installed && installed->asked_in == term);
  if (!leading || !answers) return;
  const auto known = leading->peers.find(std::get<MessageCause>(event.cause).src);
  if (known == leading->peers.end()) return;
  Peer& peer = known->second;
  peer.contact = std::max(peer.contact, leading->since);
  if (!appended || !appended->success) return;
  peer.match = std::max(peer.match, appended->match_index);
  const auto& times = leading->appended;
  const auto sent = std::find_if(times.begin(), times.end(), [&](const AppendedAt& entries) {
    return entries.last >= appended->match_index;
  });
  const bool in_time = sent != times.begin() && sent != times.end();
  if (in_time) peer.contact = std::max(peer.contact, sent->at);
}

}  // namespace verify::spec
