// SPDX-License-Identifier: Apache-2.0
// The chained digest of a log: digest(i) = XXH64(seed = digest(i - 1), index, term, kind, command),
// digest(0) = 0, the bytes as docs/evidence.md gives them. Two logs whose digests agree at an index
// agree on everything up to it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "raft/types.h"

namespace node {

// The digest at `index`, given the one at the index before and the entry that stands there.
std::uint64_t chain_digest(std::uint64_t previous, raft::Index index, const raft::Entry& entry);

// 16 hexadecimal digits, the form of all digests in evidence, and back (lower case only).
class DigestText {
 public:
  explicit DigestText(std::uint64_t digest);
  operator std::string_view() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 16> digits_;
};
std::string digest_text(std::uint64_t digest);
std::optional<std::uint64_t> digest_from_text(std::string_view text);

// The digests along a log that grows at its end and is cut there, and that a snapshot shortens at
// its beginning.
class DigestChain {
 public:
  // The place before the first digest that is known one by one; its own is known.
  raft::Index base_index() const { return base_index_; }
  raft::Index last_index() const { return base_index_ + digests_.size(); }
  // The digest up to `index`, from base_index() to last_index().
  std::uint64_t at(raft::Index index) const;
  // Adds the entry that follows last_index() and returns its digest.
  std::uint64_t append(const raft::Entry& entry);
  // Forgets `index` and all that follow; `index` must be past base_index().
  void truncate_from(raft::Index index);
  // Forgets those before `index`, which must not be past last_index().
  void compact_to(raft::Index index);
  // A log that begins after `index`, up to which the digest is this one.
  void reset(raft::Index index, std::uint64_t digest);

 private:
  raft::Index base_index_;
  std::uint64_t base_digest_ = 0;
  std::deque<std::uint64_t> digests_;  // that of base_index_ + 1 first
};

}  // namespace node
