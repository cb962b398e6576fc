// SPDX-License-Identifier: Apache-2.0
// The words of the algorithm: term, index, server, entry. Each is a type of its own, so that a term
// can't be passed where an index is meant.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace raft {

// A span of time, and a time: microseconds since the origin of whichever monotonic clock the caller
// uses. Raft never reads a clock; it is told the time with every input.
using Duration = std::chrono::microseconds;
using Time = std::chrono::microseconds;

// A number with a meaning. Two numbers of different meaning neither compare nor add.
template <class Tag>
struct Number {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(Number, Number) = default;
  constexpr Number next() const { return Number{value + 1}; }
  constexpr Number previous() const { return Number{value - 1}; }
  constexpr Number& operator++() {
    ++value;
    return *this;
  }
  friend constexpr Number operator+(Number a, std::uint64_t b) { return Number{a.value + b}; }
  friend constexpr Number operator-(Number a, std::uint64_t b) { return Number{a.value - b}; }
  // How many steps lie from `b` to `a`; `a` must not be smaller.
  friend constexpr std::uint64_t operator-(Number a, Number b) { return a.value - b.value; }
};

// "Terms are numbered with consecutive integers" (section 5.1); 0 comes before the first election.
using Term = Number<struct TermTag>;

// A place in the log; "first index is 1" (Figure 2), 0 is the place before it.
using Index = Number<struct IndexTag>;

// A server of the cluster, 1 to n; 0 is nobody.
using NodeId = Number<struct NodeTag>;

// One write that the caller was asked to make durable. Writes are numbered from 1 without a gap, in
// their order.
using WriteId = Number<struct WriteTag>;

// A message's identity as its sender gave it; 0 where there is none. Raft only hands it back: it
// never decides by it.
using MessageId = Number<struct MessageTag>;

// A read that waits to be served; unique among all reads of all incarnations of a server.
using ReadId = Number<struct ReadTag>;

// A leader's messages are sent in rounds, and each answer names the round it answers: once a quorum
// has answered a round, the leader was still the leader when that round began.
using Round = Number<struct RoundTag>;

// What a client asked for, opaque to Raft. Shared and immutable, so that an entry in the log, in a
// message and in a write is one piece of memory.
using Command = std::shared_ptr<const std::string>;

// What an entry is. A log index holds one of these and nothing else.
enum class EntryKind : std::uint8_t {
  command,        // a client's command
  noop,           // a leader's entry of its own term at its start (section 8)
  configuration,  // a change of the members (section 6); `command` is encode(Configuration)
};

// "each entry contains command for state machine, and term when entry was received by leader"
// (Figure 2).
struct Entry {
  Term term;
  EntryKind kind = EntryKind::command;
  Command command;  // null for a no-op, for nothing else
};

// The persistent state on all servers apart from the log (Figure 2): always written together, as
// one record.
struct HardState {
  Term current_term;  // latest term server has seen
  NodeId voted_for;   // candidateId that received vote in current term, or nobody
  friend bool operator==(const HardState&, const HardState&) = default;
};

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };

const char* name_of(Role role);
const char* name_of(EntryKind kind);

}  // namespace raft
