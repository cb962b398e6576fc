// SPDX-License-Identifier: Apache-2.0
// What an orchestrator (or any client) and a node say to each other: as values here, as JSON on the
// socket, so that a node in any language can take part. One JSON object a message; unknown fields
// are ignored.
//
// To a node:
//   {"type":"go"}                         take part: arm the timers
//   {"type":"request","client":"c1","request":7,"op":"append","key":"k1","value":"c1.7 "}
//   {"type":"status_request","id":3}
//   {"type":"stop"}                       end in order
// From a node:
//   {"type":"ready","node":"n1","inc":2,"pid":4711}
//   {"type":"accepted","client":"c1","request":7,"log_index":12,"term":3}
//                                         it stands in the leader's log, no more
//   {"type":"reply","client":"c1","request":7,"outcome":"ok","log_index":12,"term":3, RESULT}
//   {"type":"reply","client":"c1","request":7,"outcome":"error","error":"not_leader",
//    "leader":"n2"}
//   {"type":"status", ...}                when role, term or leader change; when more was applied,
//                                         every 10 ms at most; as the answer to a status_request
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "raft/types.h"

namespace node {

// The key-value store's operations. All go through the log, reads too.
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
  friend bool operator==(const ClientRequest&, const ClientRequest&) = default;
};

enum class ClientError : std::uint8_t {
  not_leader,  // not taken; `leader` says whom to ask, where known. Certain: this attempt has no
               // effect, ever.
  replaced,  // another entry was committed in its place. Certain: this attempt has no effect, ever.
  truncated,  // its entry was removed from this node's log; another node's copy may still commit.
              // Uncertain.
  stale,  // the session has moved on to a later request: this attempt has no effect; an earlier one
          // may have had.
  malformed,  // not a request that this node understands, or over its limits. Certain.
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
  raft::Index log_index;  // ok: where the command stands
  raft::Term term;
  raft::NodeId leader;  // not_leader: who leads, or nobody known
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
};

struct Go {};
struct Stop {};
struct StatusRequest {
  std::uint64_t id = 0;
};
struct Ready {
  raft::NodeId node;
  std::uint32_t incarnation = 0;
  std::int64_t pid = 0;
};

using ToNode = std::variant<Go, Stop, StatusRequest, ClientRequest>;
using FromNode = std::variant<Ready, Accepted, ClientReply, Status>;

inline constexpr std::size_t kMaxClientName = 64;
inline constexpr std::size_t kMaxKey = 4096;
inline constexpr std::size_t kMaxValue = 1 << 20;
inline constexpr std::size_t kMaxControlMessage = 8 << 20;

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
