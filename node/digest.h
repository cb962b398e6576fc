// SPDX-License-Identifier: Apache-2.0
// The chained digest of a log: digest(i) = XXH64(seed = digest(i - 1), index, term, kind, command),
// digest(0) = 0, the bytes as docs/evidence.md gives them. Two logs whose digests agree at an index
// agree on everything up to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "raft/types.h"

namespace node {

// The digest at `index`, given the one at the index before and the entry that stands there.
std::uint64_t chain_digest(std::uint64_t previous, raft::Index index, const raft::Entry& entry);

// 16 hexadecimal digits, the form of all digests in evidence, and back (lower case only).
std::string digest_text(std::uint64_t digest);
std::optional<std::uint64_t> digest_from_text(std::string_view text);

// The digests along a log that grows at its end and is cut there.
class DigestChain {
 public:
  raft::Index last_index() const { return raft::Index{digests_.size()}; }
  // The digest up to `index`, which must not be past last_index().
  std::uint64_t at(raft::Index index) const;
  // Adds the entry that follows last_index() and returns its digest.
  std::uint64_t append(const raft::Entry& entry);
  // Forgets `index` and all that follow; `index` must not be 0.
  void truncate_from(raft::Index index);

 private:
  std::vector<std::uint64_t> digests_;  // that of index i stands at i - 1
};

}  // namespace node
