// SPDX-License-Identifier: Apache-2.0
#include "node/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "node/little_endian.h"
#include "raft/assert.h"

namespace node {
namespace {

constexpr std::string_view kHexadecimal = "0123456789abcdef";

}  // namespace

std::uint64_t chain_digest(std::uint64_t previous, raft::Index index, const raft::Entry& entry) {
  std::string header;
  append_u64(header, index.value);
  append_u64(header, entry.term.value);
  append_u8(header, static_cast<std::uint8_t>(entry.kind));
  XXH64_state_t state{};
  XXH64_reset(&state, previous);
  XXH64_update(&state, header.data(), header.size());
  if (entry.command) XXH64_update(&state, entry.command->data(), entry.command->size());
  return XXH64_digest(&state);
}

DigestText::DigestText(std::uint64_t digest) {
  for (std::size_t place = digits_.size(); place > 0; digest >>= 4)
    digits_[--place] = kHexadecimal[digest & 15];
}

std::string digest_text(std::uint64_t digest) {
  return std::string(DigestText(digest));
}

std::optional<std::uint64_t> digest_from_text(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  std::uint64_t digest = 0;
  for (const char c : text) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && !(c >= 'a' && c <= 'f')) return std::nullopt;
    digest = digest << 4 | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return digest;
}

std::uint64_t DigestChain::at(raft::Index index) const {
  RAFT_ASSERT(index >= base_index_ && index <= last_index());
  return index == base_index_ ? base_digest_ : digests_[index - base_index_ - 1];
}

std::uint64_t DigestChain::append(const raft::Entry& entry) {
  const std::uint64_t digest = chain_digest(at(last_index()), last_index().next(), entry);
  digests_.push_back(digest);
  return digest;
}

void DigestChain::truncate_from(raft::Index index) {
  RAFT_ASSERT(index > base_index_);
  if (index <= last_index()) digests_.resize(index - base_index_ - 1);
}

void DigestChain::compact_to(raft::Index index) {
  if (index <= base_index_) return;
  const std::uint64_t digest = at(index);
  const auto kept = digests_.begin() + static_cast<std::ptrdiff_t>(index - base_index_);
  digests_.erase(digests_.begin(), kept);
  base_index_ = index;
  base_digest_ = digest;
}

void DigestChain::reset(raft::Index index, std::uint64_t digest) {
  base_index_ = index;
  base_digest_ = digest;
  digests_.clear();
}

}  // namespace node
