// SPDX-License-Identifier: Apache-2.0
// The bytes of entries as they stand in logs, on disk and in digests, written down a second time
// from docs/evidence.md and not from the node's code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/protocol.h"
#include "orchestrator/verify/configuration.h"

namespace verify {

// A client's command.
struct ClientCommand {
  std::string client;
  std::uint64_t request = 0;
  node::OpKind op = node::OpKind::get;
  std::string key;
  std::string value;
  std::string expected;
  raft::Index since;  // what its client knew of the log
};
std::string bytes_of(const ClientCommand& command);
// Nothing where the bytes are no command.
std::optional<ClientCommand> command_from(std::string_view bytes);
// Of a configuration entry.
std::string bytes_of(const Configuration& configuration);

enum class EntryKind : std::uint8_t { command = 0, noop = 1, configuration = 2 };
// The chained digest at `index`, given the one before. `bytes` are empty for a no-op.
std::uint64_t chained(std::uint64_t before, raft::Index index, raft::Term term, EntryKind kind,
                      std::string_view bytes);
// XXH64 with seed 0.
std::uint64_t digest_of(std::string_view bytes);

}  // namespace verify
