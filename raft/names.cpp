// SPDX-License-Identifier: Apache-2.0
// Names as they stand in logs and scenarios.
#include <array>

#include "raft/messages.h"
#include "raft/raft.h"

namespace raft {
namespace {

template <std::size_t size, class Enum>
const char* pick(const std::array<const char*, size>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace

const char* name_of(Role role) {
  return pick(std::array{"follower", "pre_candidate", "candidate", "leader"}, role);
}

const char* name_of(EntryKind kind) {
  return pick(std::array{"command", "noop", "configuration"}, kind);
}

const char* name_of(Reads reads) {
  return pick(std::array{"log", "read_index", "lease"}, reads);
}

bool is_reply(const Message& message) {
  return std::holds_alternative<RequestVoteReply>(message) ||
         std::holds_alternative<AppendEntriesReply>(message) ||
         std::holds_alternative<InstallSnapshotReply>(message) ||
         std::holds_alternative<ReadIndexReply>(message);
}

Term term_of(const Message& message) {
  return std::visit([](const auto& m) { return m.term; }, message);
}

const char* name_of(const Message& message) {
  if (const auto* request = std::get_if<RequestVote>(&message); request && request->pre_vote)
    return "pre_vote";
  if (const auto* reply = std::get_if<RequestVoteReply>(&message); reply && reply->pre_vote) {
    return "pre_vote_reply";
  }
  return std::array{"request_vote",         "request_vote_reply", "append_entries",
                    "append_entries_reply", "install_snapshot",   "install_snapshot_reply",
                    "timeout_now",          "read_index",         "read_index_reply"}
      .at(message.index());
}

const char* name_of(RoleChanged::Reason reason) {
  return pick(std::array{"election_timeout", "votes", "newer_term", "current_leader",
                         "quorum_silent", "removed", "transfer"},
              reason);
}

const char* name_of(VoteDenied::Reason reason) {
  return pick(std::array{"old_term", "voted_for_other", "log_behind", "leader_alive"}, reason);
}

const char* name_of(AppendRejected::Reason reason) {
  return pick(std::array{"old_term", "log_too_short", "term_mismatch"}, reason);
}

const char* name_of(Replication replication) {
  return pick(std::array{"probe", "replicate", "snapshot"}, replication);
}

const char* name_of(TransferChanged::Phase phase) {
  return pick(std::array{"started", "sent_timeout_now", "deadline_passed"}, phase);
}

const char* name_of(Proposal::Refusal refusal) {
  return pick(std::array{"none", "not_leader", "transferring", "overloaded", "change_under_way",
                         "term_too_young", "no_change", "invalid"},
              refusal);
}

}  // namespace raft
