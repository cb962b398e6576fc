// SPDX-License-Identifier: Apache-2.0
// Names as they stand in logs and scenarios.
#include <array>

#include "raft/messages.h"
#include "raft/transitions.h"

namespace raft {
namespace {

template <std::size_t size, class Enum>
const char* pick(const std::array<const char*, size>& names, Enum value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace

const char* name_of(Role role) {
  return pick(std::array{"follower", "candidate", "leader"}, role);
}

const char* name_of(EntryKind kind) {
  return pick(std::array{"command", "noop", "configuration"}, kind);
}

const char* name_of(const Message& message) {
  return std::array{"request_vote", "request_vote_reply", "append_entries", "append_entries_reply"}
      .at(message.index());
}

const char* name_of(VoteDenied::Reason reason) {
  return pick(std::array{"old_term", "voted_for_other", "log_behind"}, reason);
}

const char* name_of(AppendRejected::Reason reason) {
  return pick(std::array{"old_term", "log_too_short", "term_mismatch"}, reason);
}

const char* name_of(Replication replication) {
  return pick(std::array{"probe", "replicate"}, replication);
}

}  // namespace raft
