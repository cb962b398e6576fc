// SPDX-License-Identifier: Apache-2.0
// What an orchestrator (or any client) and a node say to each other: as values here, as JSON on the
// socket, so that a node in any language can take part. One JSON object a message; unknown fields
// are ignored.
//
// To a node:
//   {"type":"go"}                         take part: arm the timers
//   {"type":"request","client":"c1","request":7,"op":"append","key":"k1","value":"c1.7 "}
//   {"type":"change_members","id":4,"voters":["n4"],"learners":[],"remove":["n1"]}
//                                         the others stay what they are in the latest configuration
//   {"type":"transfer_leadership","id":5,"target":"n2"}
//   {"type":"status_request","id":3}
//   {"type":"clock","rate_ppm":1100000,"ahead_us":0,"behind_us":0}
//   {"type":"slow","per_event_us":2000}   faults of the node's machine, each until the next of it
//   {"type":"stop"}                       end in order
// From a node:
//   {"type":"ready","node":"n1","inc":2,"pid":4711}
//   {"type":"accepted","client":"c1","request":7,"log_index":12,"term":3}
//                                         it stands in the leader's log, no more
//   {"type":"reply","client":"c1","request":7,"outcome":"ok","log_index":12,"term":3, RESULT}
//   {"type":"reply","client":"c1","request":7,"outcome":"error","error":"not_leader",
//    "leader":"n2"}                       who leads, where known, comes with every error
//   {"type":"answer","id":4,"outcome":"ok"}
//                                         begun: the configuration stands in the leader's log, the
//                                         transfer is under way; how it ends, status tells
//   {"type":"answer","id":4,"outcome":"refused","reason":"not_leader","leader":"n2"}
//   {"type":"status", ...}                when role, term or leader change; when more was applied,
//                                         every 10 ms at most; as the answer to a status_request
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "raft/raft.h"

namespace node {

// The key-value store's operations. All that change something go through the log; a get does where
// reads are set to (raft::Reads).
enum class OpKind : std::uint8_t {
  get,
  put,
  append,  // to the string there is, or to the empty one
  cas,  // compare-and-set: stores `value` where the key holds `expected`; an absent key holds the
        // empty string
};

struct Operation {
  OpKind kind = OpKind::get;
  std::string key;
  std::string value;     // put, append, cas
  std::string expected;  // cas
  friend bool operator==(const Operation&, const Operation&) = default;
};

// What an operation returned. The same for a retry of it as for the first time.
struct OpResult {
  std::string value;     // get: what the key held; cas: what it held before
  bool swapped = false;  // cas: whether it was stored
  friend bool operator==(const OpResult&, const OpResult&) = default;
};

struct ClientRequest {
  std::string client;         // 64 bytes at the most
  std::uint64_t request = 0;  // counts the client's operations from 1; a retry keeps it
  Operation operation;
  // A log index that the client knew of before it first sent this request, the newest it can say:
  // of an answer to an earlier request, or 0. It lets the store tell a session that never was from
  // one that has expired (store.h). A retry keeps it.
  raft::Index since{};
  friend bool operator==(const ClientRequest&, const ClientRequest&) = default;
};

enum class ClientError : std::uint8_t {
  // Not taken, or taken without an effect. Certain: this attempt has none, ever.
  not_leader,    // `leader` says whom to ask, where known
  transferring,  // the leader is handing over; ask again soon
  overloaded,    // the leader has as much uncommitted as it may; ask again later
  unconfirmed,   // a read: no quorum confirmed in time that the leader still leads
  stale,         // the session has moved on to a later request; an earlier attempt of this one may
                 // have had an effect
  expired,    // the session may have been forgotten, and this request with it; an earlier attempt
              // may have had an effect. Ask with a newer `since`: this reply's log index.
  malformed,  // not a request that this node understands, or over its limits
  // Uncertain.
  truncated,  // its entry was removed from this node's log; another node's copy may commit, or has
};

// An attempt that ended so can have no effect, then or later.
bool is_certain(ClientError error);

struct Accepted {
  std::string client;
  std::uint64_t request = 0;
  raft::Index log_index;
  raft::Term term;
};

struct ClientReply {
  std::string client;
  std::uint64_t request = 0;
  std::variant<OpResult, ClientError> outcome;
  raft::Index log_index;  // ok: where the command stands, or up to where the read's state went;
                          // expired: where that was found
  raft::Term term;        // ok
  raft::NodeId leader;    // an error: who leads, or nobody known
};

struct Status {
  std::uint64_t id = 0;  // of the request it answers; 0 where none asked
  raft::NodeId node;
  std::uint32_t incarnation = 0;
  raft::Role role = raft::Role::follower;
  raft::Term term;
  raft::NodeId leader;
  raft::Index log_index;  // last entry of the log
  raft::Index commit_index;
  raft::Index applied_index;
  std::uint64_t digest = 0;        // chained, up to applied_index
  std::uint64_t state_digest = 0;  // recomputed; only in answers to a status_request, else 0
  raft::Index snapshot_index;      // of its newest snapshot, or 0
  // The latest in its log: committed where commit_index has reached its place.
  raft::Configuration configuration;
  raft::Index configuration_index;  // its place, 0 for the first one
};

// These become voters, learners, or no members. Idempotent: asked again, the answer is `no_change`.
struct ChangeMembers {
  std::uint64_t id = 0;
  std::vector<raft::NodeId> voters;
  std::vector<raft::NodeId> learners;
  std::vector<raft::NodeId> remove;
};
struct TransferLeadership {
  std::uint64_t id = 0;
  raft::NodeId target;
};
// To ChangeMembers and TransferLeadership.
struct Answer {
  std::uint64_t id = 0;
  raft::Proposal::Refusal refusal = raft::Proposal::Refusal::none;
  raft::NodeId leader;  // not_leader: who leads, or nobody known
};

struct Go {};
struct Stop {};
struct StatusRequest {
  std::uint64_t id = 0;
};
// Faults of the machine that the node runs on (machine.h). They end with the process.
struct SetClock {
  std::uint64_t rate_ppm = 1'000'000;  // how fast it runs, in millionths of the right rate
  raft::Duration jump{};               // of the wall clock, from where it would stand
  friend bool operator==(const SetClock&, const SetClock&) = default;
};
struct SlowDown {
  raft::Duration per_event{};  // what handling an event costs besides; 0: nothing
  friend bool operator==(const SlowDown&, const SlowDown&) = default;
};
struct Ready {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
  std::int64_t pid = 0;
};

using ToNode = std::variant<Go, Stop, StatusRequest, ClientRequest, ChangeMembers,
                            TransferLeadership, SetClock, SlowDown>;
using FromNode = std::variant<Ready, Accepted, ClientReply, Status, Answer>;

inline constexpr std::size_t kMaxClientName = 64;
inline constexpr std::size_t kMaxKey = 4096;
inline constexpr std::size_t kMaxValue = 1 << 20;
inline constexpr std::size_t kMaxControlMessage = 8 << 20;
// Of clocks: a tenth of the right rate and ten times as fast, a day's jump.
inline constexpr std::uint64_t kMinRate = 100'000;
inline constexpr std::uint64_t kMaxRate = 10'000'000;
inline constexpr raft::Duration kMaxJump = std::chrono::hours(24);
inline constexpr raft::Duration kMaxPerEvent = std::chrono::seconds(10);

std::string encode(const ToNode& message);
std::string encode(const FromNode& message);
// Nothing where the bytes are no such message; `why` then says so in a few words. Never throws.
std::optional<ToNode> decode_to_node(std::string_view json, std::string* why = nullptr);
std::optional<FromNode> decode_from_node(std::string_view json, std::string* why = nullptr);

const char* name_of(OpKind kind);
const char* name_of(ClientError error);
std::optional<OpKind> op_kind_from(std::string_view name);

// "n1" and back; nobody is "null" in JSON and "" here.
std::string node_name(raft::NodeId node);
std::optional<raft::NodeId> node_from_name(std::string_view name);

}  // namespace node
