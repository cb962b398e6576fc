// SPDX-License-Identifier: Apache-2.0
// The log over a disk that ends in the middle of any operation.
#include <gtest/gtest.h>

#include "node/memory_file.h"
#include "node/wal.h"
#include "raft/random.h"
#include "tests/unit/node/wal_writes.h"

namespace node {
namespace {

struct Crash {};

// Throws Crash instead of its `countdown`-th change; half of a write is then there.
class CrashingDirectory final : public Directory {
 public:
  CrashingDirectory(Directory& disk, std::uint64_t countdown)
      : disk_(disk), countdown_(countdown) {}

  std::vector<std::string> list() override { return disk_.list(); }
  bool exists(std::string_view name) override { return disk_.exists(name); }
  std::unique_ptr<File> open(std::string_view name) override {
    return std::make_unique<CrashingFile>(*this, disk_.open(name));
  }
  std::unique_ptr<File> create(std::string_view name) override {
    change();
    return std::make_unique<CrashingFile>(*this, disk_.create(name));
  }
  void rename(std::string_view from, std::string_view to) override {
    change();
    disk_.rename(from, to);
  }
  void remove(std::string_view name) override {
    change();
    disk_.remove(name);
  }
  void sync() override {
    change();
    disk_.sync();
  }

 private:
  class CrashingFile final : public File {
   public:
    CrashingFile(CrashingDirectory& directory, std::unique_ptr<File> file)
        : directory_(directory), file_(std::move(file)) {}

    const std::string& name() const override { return file_->name(); }
    std::uint64_t size() override { return file_->size(); }
    std::string read_all() override { return file_->read_all(); }
    void write_at(std::uint64_t offset, std::string_view bytes) override {
      if (directory_.countdown_ == 1) file_->write_at(offset, bytes.substr(0, bytes.size() / 2));
      directory_.change();
      file_->write_at(offset, bytes);
    }
    void allocate(std::uint64_t new_size) override {
      directory_.change();
      file_->allocate(new_size);
    }
    void truncate(std::uint64_t new_size) override {
      directory_.change();
      file_->truncate(new_size);
    }
    void sync() override {
      directory_.change();
      file_->sync();
    }

   private:
    CrashingDirectory& directory_;
    std::unique_ptr<File> file_;
  };

  void change() {
    if (--countdown_ == 0) throw Crash();
  }

  Directory& disk_;
  std::uint64_t countdown_;
};

// So small that many a cut of the log is followed by a rewrite.
constexpr std::uint64_t kRewriteFrom = 1000;

// A server's life on a disk that ends after `countdown` changes: it recovers, then writes the rest
// of `random` in batches of one to three. Returns how many writes are certainly durable.
std::size_t live(Directory& disk, std::uint64_t countdown, const RandomWrites& random,
                 std::size_t found) {
  CrashingDirectory crashing(disk, countdown);
  std::size_t durable = 0;
  try {
    Wal wal(crashing, recover(crashing), kRewriteFrom);
    durable = found;
    for (std::size_t next = found; next < random.writes().size();) {
      const std::size_t end = std::min(next + 1 + next % 3, random.writes().size());
      for (; next < end; ++next)
        wal.append(random.writes()[next]);
      wal.sync();
      durable = next;
    }
  } catch (const Crash&) {
  }
  return durable;
}

enum class End { killed, powered_off, torn };

// How many of the writes recovery finds; it must be a state that was once asked for.
std::size_t writes_found(Directory& disk, const RandomWrites& random) {
  const raft::Restored restored = recover(disk).restored;
  const auto writes = random.writes_in(restored);
  EXPECT_TRUE(writes) << text_of(restored);
  return writes.value_or(0);
}

class WalCrash : public testing::TestWithParam<End> {
 protected:
  void end(MemoryDirectory& disk, std::uint64_t seed) const {
    if (GetParam() == End::powered_off) disk.crash();
    if (GetParam() == End::torn) disk.crash(seed);
  }
};

TEST_P(WalCrash, at_any_operation_loses_nothing_that_was_synced) {
  const RandomWrites random(1, 60, RandomWrites::Snapshots::some);
  std::uint64_t crashes = 0;
  for (std::size_t durable = 0; durable < random.writes().size(); ++crashes) {
    MemoryDirectory disk;
    durable = live(disk, crashes + 1, random, 0);
    end(disk, crashes);
    ASSERT_GE(writes_found(disk, random), durable) << "crash at operation " << crashes + 1;
  }
  EXPECT_GT(crashes, 100u);
}

TEST_P(WalCrash, life_after_life_loses_nothing_that_was_synced) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const RandomWrites random(seed, 60, RandomWrites::Snapshots::some);
    raft::Random countdown(seed);
    MemoryDirectory disk;
    for (std::size_t durable = 0; durable < random.writes().size();) {
      const std::size_t found = writes_found(disk, random);
      ASSERT_GE(found, durable) << "seed " << seed;
      durable = std::max(durable, live(disk, countdown.between(1, 20), random, found));
      end(disk, countdown.next());
    }
    EXPECT_EQ(writes_found(disk, random), random.writes().size());
  }
}

INSTANTIATE_TEST_SUITE_P(End, WalCrash, testing::Values(End::killed, End::powered_off, End::torn),
                         [](const auto& tested) {
                           if (tested.param == End::killed) return "killed";
                           return tested.param == End::torn ? "torn" : "powered_off";
                         });

}  // namespace
}  // namespace node
