// SPDX-License-Identifier: Apache-2.0
#include "node/disk_thread.h"

#include <cerrno>

#include <gtest/gtest.h>
#include <poll.h>

#include "node/memory_file.h"
#include "node/posix_file.h"
#include "tests/unit/node/temporary_folder.h"
#include "tests/unit/node/wal_writes.h"

namespace node {
namespace {

// Whether the disk thread has something to say, within ten seconds or at once.
bool readable(const DiskThread& disk, bool wait) {
  pollfd item{disk.event_fd(), POLLIN, 0};
  return ::poll(&item, 1, wait ? 10'000 : 0) == 1;
}

// Takes completions up to `last`. They must rise.
void await(DiskThread& disk, raft::WriteId last) {
  raft::WriteId completed;
  while (completed < last) {
    ASSERT_TRUE(readable(disk, true));
    disk.throw_error();
    const auto taken = disk.take_completed();
    if (!taken) continue;
    ASSERT_GT(*taken, completed);
    completed = *taken;
  }
  EXPECT_EQ(completed, last);
}

TEST(DiskThread, reports_a_write_once_it_is_durable) {
  const RandomWrites random(1, 20);
  const TemporaryFolder folder;
  PosixDirectory directory(folder.path());
  DiskThread disk(directory, recover(directory));
  EXPECT_FALSE(readable(disk, false));
  EXPECT_EQ(disk.take_completed(), std::nullopt);
  for (const raft::Write& write : random.writes()) {
    disk.submit(write);
    await(disk, write.id);
    EXPECT_EQ(text_of(recover(directory).restored), random.state_after(write.id.value));
  }
  EXPECT_FALSE(readable(disk, false));
  EXPECT_EQ(disk.take_completed(), std::nullopt);
}

TEST(DiskThread, keeps_the_order_of_many_writes) {
  const RandomWrites random(2, 1000, RandomWrites::Snapshots::some);
  const TemporaryFolder folder;
  PosixDirectory directory(folder.path());
  DiskThread disk(directory, recover(directory));
  for (const raft::Write& write : random.writes())
    disk.submit(write);
  await(disk, raft::WriteId{1000});
  EXPECT_EQ(text_of(recover(directory).restored), random.state_after(1000));
}

TEST(DiskThread, finishes_what_was_submitted_before_it_ends) {
  const RandomWrites random(3, 100);
  MemoryDirectory directory;
  {
    DiskThread disk(directory, recover(directory));
    for (const raft::Write& write : random.writes())
      disk.submit(write);
  }
  directory.crash();
  EXPECT_EQ(text_of(recover(directory).restored), random.state_after(100));
}

TEST(DiskThread, hands_over_an_error_and_completes_nothing_after_it) {
  const RandomWrites random(4, 2);
  MemoryDirectory directory;
  DiskThread disk(directory, recover(directory));
  directory.fail_next_sync();
  EXPECT_NO_THROW(disk.throw_error());
  disk.submit(random.writes()[0]);
  ASSERT_TRUE(readable(disk, true));
  EXPECT_THROW(disk.throw_error(), DiskError);
  disk.submit(random.writes()[1]);
  EXPECT_THROW(disk.throw_error(), DiskError);
  EXPECT_EQ(disk.take_completed(), std::nullopt);
}

TEST(DiskThread, that_can_not_open_its_log_is_an_error_at_once) {
  MemoryDirectory directory;
  directory.set_capacity(100);
  EXPECT_THROW(DiskThread(directory, recover(directory)), DiskError);
}

}  // namespace
}  // namespace node
