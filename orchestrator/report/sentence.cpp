// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/sentence.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "orchestrator/verify/describe.h"

namespace report {
namespace {

using verify::names_of_nodes;
using verify::NodeEvent;

std::string range(raft::Index first, raft::Index last) {
  return first == last ? fmt::format("{}", first.value)
                       : fmt::format("{} to {}", first.value, last.value);
}

std::string words(std::string reason) {
  std::replace(reason.begin(), reason.end(), '_', ' ');
  return reason;
}

std::string vote(raft::NodeId node) {
  return node == raft::NodeId{} ? "no vote" : fmt::format("vote for {}", node::node_name(node));
}

struct Teller {
  const NodeEvent& event;

  std::string operator()(const verify::Started& e) const {
    return fmt::format("starts, incarnation {}, pid {}", event.incarnation, e.pid);
  }
  std::string operator()(const verify::Recovered& e) const {
    std::string text = fmt::format("finds term {}, {}, log up to {}", event.term.value,
                                   vote(e.voted_for), e.last.index.value);
    if (e.snapshot.index != raft::Index{}) {
      text += fmt::format(", snapshot up to {}", e.snapshot.index.value);
    }
    if (e.torn_bytes > 0) text += fmt::format(", {} torn bytes", e.torn_bytes);
    return text;
  }
  std::string operator()(const verify::Persisted& e) const {
    return fmt::format("has on disk term {}, {}, log up to {}", event.term.value, vote(e.voted_for),
                       e.log_index.value);
  }
  std::string operator()(const verify::TimedOut&) const { return "election timeout"; }
  std::string operator()(const verify::TermAdvanced& e) const {
    return fmt::format("enters term {} after {}", event.term.value, e.from_term.value);
  }
  std::string operator()(const verify::RoleChanged& e) const {
    switch (event.role) {
      case raft::Role::leader:
        return fmt::format("leads term {} (votes {}), log up to {}", event.term.value,
                           names_of_nodes(e.votes), e.log_index.value);
      case raft::Role::candidate:
        return fmt::format("stands for term {}{}, log up to {}", event.term.value,
                           e.reason == "transfer" ? ", as the leader asked"
                           : e.votes.empty()
                               ? ""
                               : fmt::format(" (pre-votes {})", names_of_nodes(e.votes)),
                           e.log_index.value);
      case raft::Role::pre_candidate:
        return fmt::format("asks who would elect it in term {}, log up to {}",
                           event.term.next().value, e.log_index.value);
      case raft::Role::follower:
        break;
    }
    return fmt::format(
        "follows in term {}, no {} any more: {}", event.term.value,
        e.from_role == raft::Role::pre_candidate ? "pre-candidate" : raft::name_of(e.from_role),
        words(e.reason));
  }
  std::string operator()(const verify::VoteGranted& e) const {
    return fmt::format("{} for {} in term {}", e.pre_vote ? "would vote" : "votes",
                       e.candidate == event.node ? "itself" : node::node_name(e.candidate),
                       e.candidate_term.value);
  }
  std::string operator()(const verify::VoteDenied& e) const {
    return fmt::format("{} {} its vote for term {}: {}", e.pre_vote ? "would deny" : "denies",
                       node::node_name(e.candidate), e.candidate_term.value, words(e.reason));
  }
  std::string operator()(const verify::EntriesAppended& e) const {
    return fmt::format("appends {}, term {}",
                       range(e.entries.front().index, e.entries.back().index),
                       e.entries.back().term.value);
  }
  std::string operator()(const verify::LogTruncated& e) const {
    return fmt::format("deletes {}", range(e.first, e.last));
  }
  std::string operator()(const verify::AppendRejected& e) const {
    return fmt::format("refuses entries after {} from {}: {}", e.prev_log_index.value,
                       node::node_name(e.leader), words(e.reason));
  }
  std::string operator()(const verify::ProgressChanged& e) const {
    return fmt::format("sends {} from {} on: {}", node::node_name(e.peer), e.next_index.value,
                       e.replication);
  }
  std::string operator()(const verify::ConfigChanged& e) const {
    std::string text = fmt::format("members {}", names_of_nodes(e.configuration.voters));
    if (e.configuration.joint()) {
      text += fmt::format(", jointly with the old {}", names_of_nodes(e.configuration.old_voters));
    }
    if (!e.configuration.learners.empty()) {
      text += fmt::format(", learners {}", names_of_nodes(e.configuration.learners));
    }
    return text + fmt::format(" (entry {})", e.log_index.value);
  }
  std::string operator()(const verify::Transfer& e) const {
    const std::string target = node::node_name(e.target);
    switch (e.phase) {
      case verify::Transfer::Phase::started:
        return fmt::format("hands over to {}: takes no proposals until then", target);
      case verify::Transfer::Phase::sent_timeout_now:
        return fmt::format("tells {} to stand at once", target);
      case verify::Transfer::Phase::deadline_passed:
        break;
    }
    return fmt::format("leads on: {} did not take over in time", target);
  }
  std::string operator()(const verify::CommitAdvanced& e) const {
    return fmt::format("commits {}", range(e.from_commit_index.next(), e.commit_index));
  }
  std::string operator()(const verify::Applied& e) const {
    const verify::AppliedEntry& first = e.entries.front();
    std::string text =
        fmt::format("applies {}", range(first.entry.index, e.entries.back().entry.index));
    if (e.entries.size() > 1) return text;
    return text + (first.is_command()
                       ? fmt::format(": {}", verify::request_name(first.client, first.request))
                       : fmt::format(": {}", first.kind));
  }
  std::string operator()(const verify::ReadServed& e) const {
    return fmt::format("answers {}: {} as of {}", verify::request_name(e.client, e.request), e.key,
                       e.log_index.value);
  }
  std::string operator()(const verify::SnapshotTaken& e) const {
    return fmt::format("has a snapshot up to {}, {} bytes", e.last.index.value,
                       verify::grouped(e.bytes));
  }
  std::string operator()(const verify::SnapshotInstalled& e) const {
    return fmt::format("gives its log for {}'s snapshot up to {}", node::node_name(e.leader),
                       e.last.index.value);
  }
  std::string operator()(const verify::Restored& e) const {
    return fmt::format("has the state of the snapshot up to {}", e.log_index.value);
  }
  std::string operator()(const verify::Refused& e) const {
    return fmt::format("refuses {}", e.reason);
  }
  std::string operator()(const verify::Stalled& e) const {
    return fmt::format("was woken {} ms late", e.late_us / 1000);
  }
  std::string operator()(const verify::Stopped& e) const {
    return fmt::format("stops, applied up to {}", e.applied_index.value);
  }
};

struct FaultTeller {
  std::string operator()(const verify::RunStarted& e) const {
    return fmt::format("{} begins: {} nodes ({}), seed {}", e.scenario, e.nodes, e.cluster, e.seed);
  }
  std::string operator()(const verify::NodeStarted& e) const {
    return fmt::format("{} started, incarnation {}", node::node_name(e.node), e.incarnation);
  }
  std::string operator()(const verify::NodeReady& e) const {
    return fmt::format("{} ready", node::node_name(e.node));
  }
  std::string operator()(const verify::NodeKilled& e) const {
    return fmt::format("{} killed", node::node_name(e.node));
  }
  std::string operator()(const verify::NodeExited& e) const {
    std::string how = e.signal != 0 ? fmt::format("signal {}", e.signal)
                                    : fmt::format("exit code {}", e.exit_code);
    if (!e.reason.empty()) how += ": " + e.reason;
    return fmt::format("{} ended{}, {}", node::node_name(e.node), e.expected ? "" : " by itself",
                       how);
  }
  std::string operator()(const verify::StepFired& e) const {
    return fmt::format("step {}: {}", e.number, e.text);
  }
  std::string operator()(const verify::FaultStarted& e) const {
    return fmt::format("{}: {} {}", e.id, e.fault, fmt::join(e.targets, " "));
  }
  std::string operator()(const verify::FaultEnded& e) const {
    return fmt::format("{} healed", e.id);
  }
  std::string operator()(const verify::TargetResolved& e) const {
    return fmt::format("{} is {}", e.word, fmt::join(e.nodes, " "));
  }
  std::string operator()(const verify::Expectation& e) const {
    return fmt::format("{}: {}; {}", e.met ? "as expected" : "NOT as expected", e.text, e.observed);
  }
  std::string operator()(const verify::Probe& e) const {
    return fmt::format("probe committed at {}", e.log_index.value);
  }
  std::string operator()(const verify::Finishing& e) const {
    return e.converge ? "the steps are over: heal, restart, converge" : "the steps are over";
  }
  std::string operator()(const verify::Converged& e) const {
    return fmt::format("all have applied {}", e.log_index.value);
  }
  std::string operator()(const verify::NotConverged& e) const {
    return fmt::format("NOT converged: {}", e.observed);
  }
  std::string operator()(const verify::Stalled& e) const {
    return fmt::format("the orchestrator was {} ms late", e.late_us / 1000);
  }
  std::string operator()(const verify::RunEnded& e) const {
    return fmt::format("the run ends: {}", words(e.reason));
  }
};

struct TopicOf {
  const NodeEvent& event;

  Topic operator()(const verify::Started&) const { return Topic::life; }
  Topic operator()(const verify::Recovered&) const { return Topic::life; }
  Topic operator()(const verify::Stopped&) const { return Topic::life; }
  Topic operator()(const verify::Persisted&) const { return Topic::disk; }
  Topic operator()(const verify::TimedOut&) const { return Topic::timer; }
  Topic operator()(const verify::TermAdvanced&) const { return Topic::term; }
  Topic operator()(const verify::RoleChanged&) const {
    return event.role == raft::Role::leader ? Topic::lead : Topic::term;
  }
  Topic operator()(const verify::VoteGranted&) const { return Topic::vote; }
  Topic operator()(const verify::VoteDenied&) const { return Topic::vote; }
  Topic operator()(const verify::EntriesAppended&) const { return Topic::log; }
  Topic operator()(const verify::AppendRejected&) const { return Topic::log; }
  Topic operator()(const verify::ProgressChanged&) const { return Topic::log; }
  Topic operator()(const verify::SnapshotInstalled&) const { return Topic::log; }
  Topic operator()(const verify::ConfigChanged&) const { return Topic::lead; }
  Topic operator()(const verify::Transfer&) const { return Topic::lead; }
  Topic operator()(const verify::CommitAdvanced&) const { return Topic::commit; }
  Topic operator()(const verify::Applied&) const { return Topic::commit; }
  Topic operator()(const verify::ReadServed&) const { return Topic::commit; }
  Topic operator()(const verify::Restored&) const { return Topic::commit; }
  Topic operator()(const verify::SnapshotTaken&) const { return Topic::disk; }
  Topic operator()(const verify::LogTruncated&) const { return Topic::trouble; }
  Topic operator()(const verify::Refused&) const { return Topic::trouble; }
  Topic operator()(const verify::Stalled&) const { return Topic::trouble; }
};

}  // namespace

const char* colour_of(Topic topic) {
  switch (topic) {
    case Topic::life:
      return "\x1b[1m";
    case Topic::timer:
      return "\x1b[90m";
    case Topic::term:
      return "\x1b[32m";
    case Topic::vote:
      return "\x1b[36m";
    case Topic::lead:
      return "\x1b[1;33m";
    case Topic::log:
      return "\x1b[34m";
    case Topic::commit:
      return "\x1b[35m";
    case Topic::disk:
      return "\x1b[37m";
    case Topic::trouble:
      return "\x1b[31m";
    case Topic::fault:
      return "\x1b[91m";
  }
  return kPlain;
}

Topic topic_of(const NodeEvent& event) {
  return std::visit(TopicOf{event}, event.what);
}

std::string sentence(const NodeEvent& event) {
  return std::visit(Teller{event}, event.what);
}

std::string sentence(const verify::FaultEvent& event) {
  return std::visit(FaultTeller{}, event.what);
}

std::string sentence(const verify::Operation& event) {
  using Phase = verify::Operation::Phase;
  const char* phase = event.phase == Phase::invoke ? "invokes"
                      : event.phase == Phase::ok   ? "is told: ok,"
                      : event.phase == Phase::fail ? "is told: failed,"
                                                   : "is told nothing certain,";
  std::string text =
      fmt::format("{} {} {} of {}", event.client, phase, node::name_of(event.op), event.key);
  if (event.log_index) text += fmt::format(" at {}", event.log_index->value);
  if (!event.value.empty()) text += fmt::format(", {}", verify::in_quotes(event.value));
  return text;
}

}  // namespace report
