// SPDX-License-Identifier: Apache-2.0
// The replicated state machine: keys that hold strings, and the clients' sessions that make a retry
// take effect once ("the state machine tracks the latest serial number processed for each client,
// along with the associated response", section 8). Sessions are part of the replicated state: every
// node decides alike what is a retry. A session begins with its client's first command.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "node/protocol.h"

namespace node {

// What a command did to the state.
enum class Effect : std::uint8_t {
  effective,  // executed: the session had not seen its request number, nor a later one
  duplicate,  // the session's latest request once more: the same answer, no effect
  stale,      // the session has moved on: no answer is kept, no effect
};

struct Applied {
  OpResult result;  // empty for a stale command
  Effect effect = Effect::effective;
};

class Store {
 public:
  // Executes the next committed command. A client has one request open at a time and may skip
  // numbers, as an attempt that it gave up was never proposed.
  Applied apply(const ClientRequest& request);

  // XXH64 (seed 0), recomputed over the whole state: the number of keys; for each key, in the order
  // of its bytes, the key and what it holds; the number of sessions; for each session, in the order
  // of the client's name, the name, its last request, and the value and `swapped` (1 byte) that
  // request returned. Numbers are 8 bytes little-endian; strings are their length, then their
  // bytes.
  std::uint64_t state_digest() const;

 private:
  struct Session {
    std::uint64_t last_request = 0;
    OpResult last_result;
  };

  OpResult execute(const Operation& operation);

  // Ordered, so that whatever goes through them does so in the same order on every node.
  std::map<std::string, std::string> values_;
  std::map<std::string, Session> sessions_;
};

}  // namespace node
