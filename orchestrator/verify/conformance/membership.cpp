// SPDX-License-Identifier: Apache-2.0
// Joint consensus with learners (section 6; dissertation, 4.2), and the transfer of leadership
// (3.10).
#include <algorithm>

#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kLatest =
    "Membership (section 6): \"a server always uses the latest configuration in its log, "
    "regardless of whether the entry is committed\".";
constexpr const char* kJoint =
    "Joint consensus (as section 6 reads here): the voters change only by C_old,new and, "
    "once that is committed, C_new.";
constexpr const char* kOneByOne =
    "Membership (as the dissertation, 4.1, reads here, with the erratum of raft-dev, "
    "2015-07-10): a change begins when the one before is committed and an entry of the "
    "leader's own term is too.";
constexpr const char* kTransfer =
    "Leadership transfer (as the dissertation, 3.10, reads here): the leader brings the "
    "target, a voter, up to date, and then has it start an election; it gives up after "
    "about an election timeout.";

using Placed = NodeConfiguration::Placed;

void guard_installed(Judge& judge, const State& s, const NodeEvent& event, const ConfigChanged& e) {
  const auto* chunk = message_of<InstallSnapshot>(event.cause);
  judge.require(e.log_index == s.snapshot && chunk && e.configuration == chunk->configuration,
                kLatest, "the snapshot came with another configuration");
}

void guard_rolled_back(Judge& judge, const State& s, const ConfigChanged& e) {
  judge.require(e.log_index < s.conflict->index, kLatest, "its entry is deleted");
  const Placed* left = s.configuration.in_force_at(s.conflict->index.previous());
  judge.require(left == nullptr || left->configuration == e.configuration, kLatest,
                "its log has another configuration before the deleted entries");
}

void guard_leaders_change(Judge& judge, const State& s, const NodeEvent& event,
                          const ConfigChanged& e, const Placed& latest) {
  judge.require(latest.index <= s.commit, kOneByOne, "the configuration before is not committed");
  const bool in_own_term = s.commit >= s.log.base_index() && s.log.term_at(s.commit) == s.term;
  judge.require(in_own_term, kOneByOne, "nothing of its own term is committed");
  const bool c_new =
      latest.configuration.joint() && e.configuration.learners == latest.configuration.learners;
  judge.require(c_new || is<RequestCause>(event.cause), kJoint, "nobody asked for this change");
}

void guard_appended(Judge& judge, const State& s, const NodeEvent& event, const ConfigChanged& e) {
  const bool appended =
      std::any_of(s.last_appended.begin(), s.last_appended.end(),
                  [&](const LogEntry& entry) { return entry.index == e.log_index; });
  judge.require(appended, kLatest, "no entry was appended there");
  const Placed* latest = s.configuration.latest();
  if (latest == nullptr) return;
  judge.require(e.log_index > latest->index, kLatest, "its log has a later one");
  judge.require(why_not_after(latest->configuration, e.configuration).empty(), kJoint,
                "it can't follow the configuration before");
  if (s.role == Role::leader) guard_leaders_change(judge, s, event, e, *latest);
}

}  // namespace

void guard(Judge& judge, const State& s, const NodeEvent& event, const ConfigChanged& e) {
  if (follows<SnapshotInstalled>(s, event)) return guard_installed(judge, s, event, e);
  if (s.conflict && s.same_step(event)) return guard_rolled_back(judge, s, e);
  judge.require(s.same_step(event), kLatest, "no entry was appended in this step");
  guard_appended(judge, s, event, e);
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const Transfer& e) {
  judge.require(s.leading.has_value(), kTransfer, "it leads nobody");
  if (!s.leading) return;
  const auto& transfer = s.leading->transfer;
  if (e.phase == Transfer::Phase::started) {
    judge.require(!transfer, kTransfer, "another transfer is under way");
    judge.require(is<RequestCause>(event.cause) && e.target != s.self, kTransfer,
                  "nobody asked for it");
    const Configuration* members = s.members();
    const auto votes = [&](const std::vector<NodeId>& nodes) {
      return std::find(nodes.begin(), nodes.end(), e.target) != nodes.end();
    };
    judge.require(members == nullptr || votes(members->voters) || votes(members->old_voters),
                  kTransfer, "the target is no voter");
    return;
  }
  judge.require(transfer && transfer->target == e.target, kTransfer, "no such transfer began");
  if (!transfer) return;
  if (e.phase == Transfer::Phase::deadline_passed) {
    judge.require(is<TimerCause>(event.cause), kTransfer, "no time passed in this step");
    return;
  }
  judge.require(!transfer->sent, kTransfer, "it has told the target before");
  // A target that is up to date as the transfer begins is told in that step.
  if (follows<Transfer>(s, event)) return;
  const auto* received = std::get_if<MessageCause>(&event.cause);
  const std::optional<Index> has = acknowledged(event.cause);
  judge.require(has && received->src == e.target, kTransfer,
                "the target has not acknowledged anything");
  judge.require(!has || *has == s.log.last_index(), kTransfer, "the target's log is behind");
}

}  // namespace verify::spec
