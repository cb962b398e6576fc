// SPDX-License-Identifier: Apache-2.0
// The replicated state machine: keys that hold strings, and the clients' sessions that make a retry
// take effect once ("the state machine tracks the latest serial number processed for each client,
// along with the associated response", section 8). Sessions are part of the replicated state: every
// node decides alike what is a retry. A session begins with its client's first command.
//
// Sessions expire by replicated data alone (dissertation, 6.3: a limit on their number, the least
// recently used goes first, as the log orders them). A client whose session is gone must not begin
// a new one with a request that the old one may have executed. So a command says up to where its
// client knew the log before it first sent it (`since`): a session that was forgotten had its last
// command at `forgotten_up_to` or before. Where `since` reaches that far, no forgotten session can
// have held the request; where it does not, the command is refused as expired.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "node/protocol.h"

namespace node {

// What a command did to the state.
enum class Effect : std::uint8_t {
  effective,  // executed: the session had not seen its request number, nor a later one
  duplicate,  // the session's latest request once more: the same answer, no effect
  stale,      // the session has moved on: no answer is kept, no effect
  expired,    // the session may have been forgotten: no effect
};

struct Applied {
  OpResult result;  // empty for a stale or expired command
  Effect effect = Effect::effective;
};

class Store {
 public:
  // Sessions that are kept at most; 0: all. The same on every node.
  explicit Store(std::uint64_t max_sessions = 0) : max_sessions_(max_sessions) {}

  // Executes the next committed command, which stands at `index`. A client has one request open at
  // a time and may skip numbers, as an attempt that it gave up was never proposed.
  Applied apply(raft::Index index, const ClientRequest& request);
  // What a get of this key returns now.
  OpResult get(const std::string& key) const;

  // XXH64 (seed 0), recomputed over save()'s bytes.
  std::uint64_t state_digest() const;

  // The whole state: the number of keys; for each key, in the order of its bytes, the key and what
  // it holds; the number of sessions; for each session, in the order of the client's name, the
  // name, its last request and where that stands in the log, and the value and `swapped` (1 byte)
  // that request returned; up to where sessions are forgotten. Numbers are 8 bytes little-endian;
  // strings are their length, then their bytes.
  std::string save() const;
  // Takes the place of the whole state. False, and nothing is changed, where the bytes are no such
  // state. Takes no more memory than a small multiple of the bytes.
  bool load(std::string_view bytes);

 private:
  struct Session {
    std::uint64_t last_request = 0;
    raft::Index last_index;
    OpResult last_result;
  };

  OpResult execute(const Operation& operation);
  void forget_oldest_session();

  std::uint64_t max_sessions_;
  // Ordered, so that whatever goes through them does so in the same order on every node.
  std::map<std::string, std::string> values_;
  std::map<std::string, Session> sessions_;
  std::map<raft::Index, std::string> by_last_use_;  // the sessions' clients
  raft::Index forgotten_up_to_;
};

}  // namespace node
