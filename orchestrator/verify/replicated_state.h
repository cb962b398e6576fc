// SPDX-License-Identifier: Apache-2.0
// The state machine's whole state, keys and sessions, as docs/evidence.md fixes it to the byte:
// what `state_digest` is a digest of. A second reading of that page that shares nothing with node/
// but how numbers become bytes; store_model.h knows more of the past.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/log_bytes.h"
#include "orchestrator/verify/sessions.h"

namespace verify {

class ReplicatedState {
 public:
  // How many sessions are kept; 0: all.
  void limit_sessions(std::uint64_t most) { sessions_.limit(most); }

  // Executes the command that stands at `index`, unless its session says otherwise.
  Effect apply(Index index, const ClientCommand& command);

  std::string bytes() const;
  std::uint64_t digest() const { return digest_of(bytes()); }
  // Takes the place of the state. False where the bytes are none.
  bool load(std::string_view bytes);

 private:
  using Session = Sessions::Session;

  void execute(const ClientCommand& command, Session& session);

  std::map<std::string, std::string> values_;
  Sessions sessions_;
};

}  // namespace verify
