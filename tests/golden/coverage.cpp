// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/coverage.h"

namespace raft::golden {
namespace {

struct Counter {
  const char* name;
  std::uint64_t Coverage::*count;
};

constexpr Counter kCounters[] = {
    {"steps", &Coverage::steps},
    {"elections", &Coverage::elections},
    {"truncations", &Coverage::truncations},
    {"commits", &Coverage::commits},
    {"snapshots_taken", &Coverage::snapshots_taken},
    {"snapshots_installed", &Coverage::snapshots_installed},
    {"joint_changes", &Coverage::joint_changes},
    {"rolled_back_changes", &Coverage::rolled_back_changes},
    {"removed_leaders", &Coverage::removed_leaders},
    {"silent_quorums", &Coverage::silent_quorums},
    {"pre_votes", &Coverage::pre_votes},
    {"sticky_denials", &Coverage::sticky_denials},
    {"transfers", &Coverage::transfers},
    {"expired_transfers", &Coverage::expired_transfers},
    {"reads_served", &Coverage::reads_served},
    {"reads_forwarded", &Coverage::reads_forwarded},
    {"lease_reads", &Coverage::lease_reads},
    {"overloads", &Coverage::overloads},
    {"crashes", &Coverage::crashes},
    {"torn_crashes", &Coverage::torn_crashes},
    {"lost_writes", &Coverage::lost_writes},
    {"lost_messages", &Coverage::lost_messages},
    {"duplicated_messages", &Coverage::duplicated_messages},
};

void count(Coverage& c, const RoleChanged& t, const Configuration&) {
  using Reason = RoleChanged::Reason;
  if (t.after == Role::leader) ++c.elections;
  if (t.reason == Reason::removed) ++c.removed_leaders;
  if (t.reason == Reason::quorum_silent) ++c.silent_quorums;
  if (t.reason == Reason::transfer) ++c.transfers;
}

void count(Coverage& c, const VoteGranted& t, const Configuration&) {
  if (t.pre_vote) ++c.pre_votes;
}

void count(Coverage& c, const VoteDenied& t, const Configuration&) {
  if (t.reason == VoteDenied::Reason::leader_alive) ++c.sticky_denials;
}

void count(Coverage& c, const LogTruncated&, const Configuration&) {
  ++c.truncations;
}

void count(Coverage& c, const CommitAdvanced& t, const Configuration&) {
  if (!t.match.empty()) ++c.commits;
}

// Truncated, a configuration gives way to an earlier one: that is no C_new of a joint one.
void count(Coverage& c, const ConfigurationChanged& t, const Configuration& before) {
  if (before.joint() && t.configuration.voters == before.voters && !t.configuration.joint()) {
    ++c.joint_changes;
  } else if (before.joint()) {
    ++c.rolled_back_changes;
  }
}

void count(Coverage& c, const TransferChanged& t, const Configuration&) {
  if (t.phase == TransferChanged::Phase::deadline_passed) ++c.expired_transfers;
}

void count(Coverage& c, const SnapshotTaken&, const Configuration&) {
  ++c.snapshots_taken;
}

void count(Coverage& c, const SnapshotInstalled&, const Configuration&) {
  ++c.snapshots_installed;
}

template <class Other>
void count(Coverage&, const Other&, const Configuration&) {}

}  // namespace

void Coverage::saw(const Configuration& before, const Output& out) {
  ++steps;
  for (const Transition& transition : out.transitions)
    std::visit([&](const auto& t) { count(*this, t, before); }, transition);
  if (out.proposal && out.proposal->refusal == Proposal::Refusal::overloaded) ++overloads;
}

void Coverage::add(const Coverage& more) {
  for (const Counter& counter : kCounters)
    this->*counter.count += more.*counter.count;
}

std::vector<std::pair<const char*, std::uint64_t>> Coverage::all() const {
  std::vector<std::pair<const char*, std::uint64_t>> named;
  for (const Counter& counter : kCounters)
    named.emplace_back(counter.name, this->*counter.count);
  return named;
}

}  // namespace raft::golden
