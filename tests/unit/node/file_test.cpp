// SPDX-License-Identifier: Apache-2.0
// The same expectations of the real disk and of the one in memory, and what only the latter can do.
#include "node/file.h"

#include <cerrno>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/memory_file.h"
#include "node/posix_file.h"
#include "tests/unit/node/temporary_folder.h"

namespace node {
namespace {

using testing::ElementsAre;

int error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const DiskError& error) {
    return error.error_number();
  }
  return 0;
}

enum class Kind { memory, posix };

class DirectoryTest : public testing::TestWithParam<Kind> {
 protected:
  DirectoryTest() {
    if (GetParam() == Kind::memory) {
      directory = std::make_unique<MemoryDirectory>();
    } else {
      directory = std::make_unique<PosixDirectory>(folder.path() + "/state");
    }
  }
  TemporaryFolder folder;
  std::unique_ptr<Directory> directory;
};

TEST_P(DirectoryTest, bytes_stand_where_they_were_written) {
  auto file = directory->create("a");
  EXPECT_EQ(file->size(), 0u);
  file->write_at(0, "0123456789");
  file->write_at(4, "xy");
  file->write_at(12, "end");
  EXPECT_EQ(file->size(), 15u);
  EXPECT_EQ(file->read_all(), std::string("0123xy6789\0\0end", 15));
  file->sync();
  EXPECT_EQ(directory->open("a")->read_all(), file->read_all());
}

TEST_P(DirectoryTest, room_reads_as_zeros_and_never_shortens) {
  auto file = directory->create("a");
  file->write_at(0, "abc");
  file->allocate(8);
  EXPECT_EQ(file->read_all(), std::string("abc\0\0\0\0\0", 8));
  file->allocate(4);
  EXPECT_EQ(file->size(), 8u);
}

TEST_P(DirectoryTest, what_was_truncated_does_not_come_back) {
  auto file = directory->create("a");
  file->write_at(0, "abcdef");
  file->truncate(2);
  EXPECT_EQ(file->read_all(), "ab");
  file->truncate(4);
  EXPECT_EQ(file->read_all(), std::string("ab\0\0", 4));
}

TEST_P(DirectoryTest, files_come_and_go_by_name) {
  directory->create("b")->write_at(0, "was b");
  directory->create("a");
  EXPECT_THAT(directory->list(), ElementsAre("a", "b"));
  EXPECT_TRUE(directory->exists("a"));
  directory->rename("b", "a");
  directory->sync();
  EXPECT_THAT(directory->list(), ElementsAre("a"));
  EXPECT_EQ(directory->open("a")->read_all(), "was b");
  directory->remove("a");
  EXPECT_FALSE(directory->exists("a"));
  EXPECT_THAT(directory->list(), ElementsAre());
}

TEST_P(DirectoryTest, what_is_not_possible_is_an_error) {
  directory->create("a");
  EXPECT_EQ(error_of([&] { directory->create("a"); }), EEXIST);
  EXPECT_EQ(error_of([&] { directory->open("b"); }), ENOENT);
  EXPECT_EQ(error_of([&] { directory->rename("b", "c"); }), ENOENT);
  EXPECT_EQ(error_of([&] { directory->remove("b"); }), ENOENT);
}

INSTANTIATE_TEST_SUITE_P(Disk, DirectoryTest, testing::Values(Kind::memory, Kind::posix),
                         [](const auto& tested) {
                           return tested.param == Kind::memory ? "memory" : "posix";
                         });

TEST(PosixDirectory, is_used_by_one_owner_at_a_time) {
  const TemporaryFolder folder;
  {
    const PosixDirectory first(folder.path());
    EXPECT_EQ(error_of([&] { PosixDirectory second(folder.path()); }), EWOULDBLOCK);
  }
  EXPECT_EQ(error_of([&] { PosixDirectory second(folder.path()); }), 0);
}

TEST(PosixDirectory, says_what_and_where_it_failed) {
  const TemporaryFolder folder;
  try {
    const PosixDirectory directory(folder.path() + "/no/such");
    FAIL();
  } catch (const DiskError& error) {
    EXPECT_EQ(error.what(), "cannot make " + folder.path() + "/no/such: No such file or directory");
  }
  const std::string file = folder.path() + "/file";
  PosixDirectory(folder.path()).create("file");
  EXPECT_EQ(error_of([&] { PosixDirectory directory(file); }), ENOTDIR);
}

TEST(MemoryDirectory, a_crash_keeps_what_was_synced) {
  MemoryDirectory disk;
  auto file = disk.create("a");
  file->write_at(0, "0123456789");
  file->sync();
  disk.sync();
  file->write_at(2, "xx");
  file->write_at(8, "longer");
  file->truncate(5);
  file->allocate(100);
  file->write_at(1, "yy");
  disk.crash();
  EXPECT_EQ(disk.open("a")->read_all(), "0123456789");
}

TEST(MemoryDirectory, a_crash_undoes_what_was_not_synced_in_the_folder) {
  MemoryDirectory disk;
  disk.create("kept")->sync();
  disk.create("removed")->sync();
  disk.create("renamed")->sync();
  disk.sync();
  auto file = disk.create("new");
  file->write_at(0, "x");
  file->sync();
  disk.remove("removed");
  disk.rename("renamed", "kept");
  disk.crash();
  EXPECT_THAT(disk.list(), ElementsAre("kept", "removed", "renamed"));
}

TEST(MemoryDirectory, a_full_disk_keeps_what_fits) {
  MemoryDirectory disk;
  disk.set_capacity(10);
  auto file = disk.create("a");
  disk.create("b")->write_at(0, "1234");
  EXPECT_EQ(error_of([&] { file->write_at(0, "abcdefgh"); }), ENOSPC);
  EXPECT_EQ(file->read_all(), "abcdef");
  EXPECT_EQ(error_of([&] { file->allocate(7); }), ENOSPC);
  EXPECT_EQ(error_of([&] { file->write_at(2, "CDEF"); }), 0) << "no more room is needed";
}

TEST(MemoryDirectory, a_failed_sync_makes_nothing_durable) {
  MemoryDirectory disk;
  auto file = disk.create("a");
  disk.sync();
  file->write_at(0, "abc");
  disk.fail_next_sync();
  EXPECT_EQ(error_of([&] { file->sync(); }), EIO);
  disk.crash();
  EXPECT_EQ(disk.open("a")->read_all(), "");
}

}  // namespace
}  // namespace node
