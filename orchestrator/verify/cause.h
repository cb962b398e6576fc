// SPDX-License-Identifier: Apache-2.0
// What a step of a node was taken for, as the lines of its transitions name it: a message with all
// its fields, the passing of time, a request, a write that became durable.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "orchestrator/verify/configuration.h"
#include "raft/types.h"

namespace verify {

// The messages of Figure 2 and of section 7, and those of the extensions.
struct RequestVote {
  raft::Term term;  // of a pre-vote: the one that would be started
  raft::Index last_log_index;
  raft::Term last_log_term;
  bool transfer = false;  // its leader asked for this election
  bool pre_vote = false;
};
struct RequestVoteReply {
  raft::Term term;
  raft::Term asked_in;
  bool vote_granted = false;
  bool pre_vote = false;
};
struct AppendEntries {
  raft::Term term;
  raft::Index prev_log_index;
  raft::Term prev_log_term;
  std::uint64_t entries = 0;  // how many
  raft::Index leader_commit;
  raft::Index last_new() const { return prev_log_index + entries; }
};
struct AppendEntriesReply {
  raft::Term term;
  raft::Term asked_in;
  raft::Index prev_log_index;
  bool success = false;
  raft::Index match_index;
  raft::Index conflict_index{};  // of a refusal: from where on the logs may part
  raft::Term conflict_term{};    // and the term found there, or 0
};
struct InstallSnapshot {
  raft::Term term;
  raft::Index last_included_index;
  raft::Term last_included_term;
  Configuration configuration;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // of this chunk
};
struct InstallSnapshotReply {
  raft::Term term;
  raft::Term asked_in;
  raft::Index last_included_index;
  bool installed = false;
};
struct TimeoutNow {
  raft::Term term;
};
struct ReadIndex {
  raft::Term term;
};
struct ReadIndexReply {
  raft::Term term;
  raft::Term asked_in;
  bool granted = false;
  raft::Index log_index;
};

// Causes.
struct UnknownCause {};  // the line names none
struct TimerCause {};
struct RequestCause {};
struct WriteCause {
  std::uint64_t write = 0;  // durable up to this one
};
struct BeginCause {};
struct MessageCause {
  raft::NodeId src;
  std::uint32_t incarnation = 0;
  std::uint64_t number = 0;
  std::variant<RequestVote, RequestVoteReply, AppendEntries, AppendEntriesReply, InstallSnapshot,
               InstallSnapshotReply, TimeoutNow, ReadIndex, ReadIndexReply>
      message;
};
using Cause =
    std::variant<UnknownCause, TimerCause, RequestCause, WriteCause, BeginCause, MessageCause>;

template <class Kind>
bool is(const Cause& cause) {
  return std::holds_alternative<Kind>(cause);
}
// The message, where the cause is one of this type.
template <class Message>
const Message* message_of(const Cause& cause) {
  const auto* received = std::get_if<MessageCause>(&cause);
  return received ? std::get_if<Message>(&received->message) : nullptr;
}

// The message's term; nothing where the cause is none.
std::optional<raft::Term> term_of(const Cause& cause);
// Both are the same input, as far as their lines tell.
bool same_input(const Cause& a, const Cause& b);

}  // namespace verify
