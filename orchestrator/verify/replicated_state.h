// SPDX-License-Identifier: Apache-2.0
// The state machine's whole state, keys and sessions, as docs/evidence.md fixes it to the byte:
// what `state_digest` is a digest of. A second reading of that page that shares no code with
// node/; store_model.h knows less of sessions and more of the past.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/log_bytes.h"

namespace verify {

class ReplicatedState {
 public:
  // How many sessions are kept; 0: all.
  void limit_sessions(std::uint64_t most) { max_sessions_ = most; }

  // Executes the command that stands at `index`, unless its session says otherwise.
  Effect apply(Index index, const ClientCommand& command);

  std::string bytes() const;
  std::uint64_t digest() const { return digest_of(bytes()); }
  // Takes the place of the state. False where the bytes are none.
  bool load(std::string_view bytes);

 private:
  struct Session {
    std::uint64_t last_request = 0;
    Index last_index;
    std::string value;  // that the last request returned, and whether it swapped
    bool swapped = false;
  };

  void execute(const ClientCommand& command, Session& session);
  void forget_oldest_session();

  std::uint64_t max_sessions_ = 0;
  std::map<std::string, std::string> values_;
  std::map<std::string, Session> sessions_;
  Index forgotten_up_to_;
};

}  // namespace verify
