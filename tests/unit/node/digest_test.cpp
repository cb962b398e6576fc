// SPDX-License-Identifier: Apache-2.0
#include "node/digest.h"

#include <gtest/gtest.h>

namespace node {
namespace {

raft::Entry entry(std::uint64_t term, raft::EntryKind kind, const char* command = nullptr) {
  return {raft::Term{term}, kind, command ? std::make_shared<const std::string>(command) : nullptr};
}

const raft::Entry kNoop = entry(1, raft::EntryKind::noop);
const raft::Entry kCommand =
    entry(1, raft::EntryKind::command, "a command of some length, longer than one 32 byte stripe");
const raft::Entry kConfiguration = entry(2, raft::EntryKind::configuration, "n1,n2");

// The expected values come from another implementation of XXH64, over the bytes that
// docs/evidence.md gives.
TEST(Digest, chains_the_documented_bytes) {
  DigestChain chain;
  EXPECT_EQ(chain.at(raft::Index{0}), 0u);
  EXPECT_EQ(digest_text(chain.append(kNoop)), "616cd6cbab29d528");
  EXPECT_EQ(digest_text(chain.append(kCommand)), "2469e4e127c8357b");
  EXPECT_EQ(digest_text(chain.append(kConfiguration)), "2312ff48b0aa10dc");
  EXPECT_EQ(digest_text(chain.at(raft::Index{2})), "2469e4e127c8357b");
  EXPECT_EQ(chain.last_index(), raft::Index{3});
}

TEST(Digest, goes_on_from_where_the_log_was_cut) {
  DigestChain chain;
  const std::uint64_t first = chain.append(kNoop);
  const std::uint64_t second = chain.append(kCommand);
  chain.append(kConfiguration);
  chain.truncate_from(raft::Index{2});
  EXPECT_EQ(chain.last_index(), raft::Index{1});
  EXPECT_EQ(chain.at(raft::Index{1}), first);
  EXPECT_NE(chain.append(kConfiguration), second);
  chain.truncate_from(raft::Index{2});
  EXPECT_EQ(chain.append(kCommand), second);
  chain.truncate_from(raft::Index{9});
  EXPECT_EQ(chain.last_index(), raft::Index{2});
}

TEST(Digest, goes_on_behind_a_snapshot) {
  DigestChain chain;
  chain.append(kNoop);
  const std::uint64_t second = chain.append(kCommand);
  const std::uint64_t third = chain.append(kConfiguration);
  chain.compact_to(raft::Index{2});
  EXPECT_EQ(chain.base_index(), raft::Index{2});
  EXPECT_EQ(chain.at(raft::Index{2}), second);
  EXPECT_EQ(chain.at(raft::Index{3}), third);
  chain.compact_to(raft::Index{1});
  EXPECT_EQ(chain.base_index(), raft::Index{2});
  chain.truncate_from(raft::Index{3});
  EXPECT_EQ(chain.append(kConfiguration), third);

  DigestChain other;
  other.append(kCommand);
  other.reset(raft::Index{2}, second);
  EXPECT_EQ(other.last_index(), raft::Index{2});
  EXPECT_EQ(other.append(kConfiguration), third);
}

TEST(Digest, depends_on_each_field) {
  const std::uint64_t digest = chain_digest(7, raft::Index{3}, kConfiguration);
  EXPECT_NE(chain_digest(8, raft::Index{3}, kConfiguration), digest);
  EXPECT_NE(chain_digest(7, raft::Index{4}, kConfiguration), digest);
  EXPECT_NE(chain_digest(7, raft::Index{3}, entry(3, raft::EntryKind::configuration, "n1,n2")),
            digest);
  EXPECT_NE(chain_digest(7, raft::Index{3}, entry(2, raft::EntryKind::command, "n1,n2")), digest);
  EXPECT_NE(chain_digest(7, raft::Index{3}, entry(2, raft::EntryKind::configuration, "n1,n3")),
            digest);
}

TEST(Digest, is_read_back_from_its_text_alone) {
  for (const std::uint64_t digest : {0ul, 0x0123456789abcdeful, ~0ul}) {
    EXPECT_EQ(digest_from_text(digest_text(digest)), digest);
  }
  for (const char* text : {"", "0", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg",
                           "0123456789ABCDEF", "+123456789abcdef"}) {
    EXPECT_EQ(digest_from_text(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace node
