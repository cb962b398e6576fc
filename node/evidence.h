// SPDX-License-Identifier: Apache-2.0
// The lines of a node's log, as docs/evidence.md fixes them.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/protocol.h"
#include "proxy/wire/json.h"
#include "raft/raft.h"

namespace node {

// A moment on both of the node's clocks, microseconds: monotonic, and wall time since 1970.
struct Instant {
  raft::Time mono{};
  raft::Time wall{};
  raft::Duration error{};  // by which a fault has put `mono` ahead of the machine's own clock
};

// What a step was caused by.
struct MessageCause {
  raft::NodeId src;
  std::uint32_t incarnation = 0;
  std::uint64_t id = 0;
  const raft::Message* message = nullptr;  // alive during the step
  std::size_t entries = 0;                 // of an AppendEntries; Raft takes the entries themselves
};
struct TimerCause {};
struct RequestCause {};
struct WriteCause {
  raft::WriteId up_to;
};
struct BeginCause {};
using Cause = std::variant<MessageCause, TimerCause, RequestCause, WriteCause, BeginCause>;

// The state's digest comes with every index that is a multiple of this.
inline constexpr std::uint64_t kStateDigestEvery = 1000;

// Collects the lines of one step. `line()` opens a line with the fields that all lines have; the
// caller adds the event's own and ends it. What is the same in many lines is made once, and nothing
// here allocates once it has run for a while.
class Evidence {
 public:
  Evidence(raft::NodeId node, std::uint32_t incarnation);

  // The time of the lines from here on.
  void at(Instant now);
  proxy::JsonLine line(std::string_view event, std::string_view message, raft::Term term,
                       raft::Role role, std::string_view level = "info");
  // Words and numbers in a row, for a line's `msg`. They last until the next call.
  template <class... Parts>
  std::string_view words(const Parts&... parts) {
    words_.clear();
    (add(parts), ...);
    return words_;
  }
  // Gives the lines so far for the memory of others, and begins anew.
  void take(std::string& lines) {
    lines_.swap(lines);
    lines_.clear();
  }

 private:
  void add(std::string_view word) { words_ += word; }
  void add(std::uint64_t number);

  std::string identity_;  // node and inc, as they stand in every line
  std::uint64_t seq_ = 0;
  Instant now_;
  proxy::UtcJson time_{};  // now_.wall, as it stands in a line
  bool has_time_ = false;
  std::string words_;
  std::string lines_;
};

void add_cause(proxy::JsonLine& line, const Cause& cause);
void add_cause(proxy::JsonLine& line, const Cause& cause, const raft::HardState& before);
void add_node(proxy::JsonLine& line, std::string_view name, raft::NodeId node);

// The events that a transition alone describes; those of entries and of snapshots need digests
// besides.
struct TransitionContext {
  Evidence& evidence;
  const raft::Raft& raft;
  const Cause& cause;
  const raft::HardState& before;
  raft::Term term;  // of the node after the transition, as is `role`
  raft::Role role;
  std::uint64_t digest = 0;  // of the log up to the index that the event speaks of
};
void write_line(const TransitionContext& context, const raft::TimedOut& transition);
void write_line(const TransitionContext& context, const raft::TermAdvanced& transition);
void write_line(const TransitionContext& context, const raft::RoleChanged& transition);
void write_line(const TransitionContext& context, const raft::VoteGranted& transition);
void write_line(const TransitionContext& context, const raft::VoteDenied& transition);
void write_line(const TransitionContext& context, const raft::AppendRejected& transition);
void write_line(const TransitionContext& context, const raft::ProgressChanged& transition);
void write_line(const TransitionContext& context, const raft::CommitAdvanced& transition);
void write_line(const TransitionContext& context, const raft::ConfigurationChanged& transition);
void write_line(const TransitionContext& context, const raft::TransferChanged& transition);

}  // namespace node
