// SPDX-License-Identifier: Apache-2.0
#include "node/wal.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/memory_file.h"
#include "node/posix_file.h"
#include "tests/unit/node/temporary_folder.h"
#include "tests/unit/node/wal_writes.h"

namespace node {
namespace {

// What the disk's log holds now.
std::string contents(Directory& disk) {
  return text_of(recover(disk).restored);
}

std::string bytes_of(Directory& disk) {
  return disk.open("wal")->read_all();
}

void replace_bytes(Directory& disk, const std::string& bytes) {
  if (disk.exists("wal")) disk.remove("wal");
  disk.create("wal")->write_at(0, bytes);
}

// Appends and syncs each write by itself. Returns where the log ended after each, the empty log
// first.
std::vector<std::uint64_t> write_one_by_one(Directory& disk,
                                            const std::vector<raft::Write>& writes) {
  Wal wal(disk, recover(disk));
  std::vector<std::uint64_t> ends{recover(disk).wal_bytes};
  for (const raft::Write& write : writes) {
    wal.append(write);
    wal.sync();
    ends.push_back(recover(disk).wal_bytes);
  }
  return ends;
}

TEST(Wal, a_directory_without_a_log_is_an_empty_log) {
  MemoryDirectory disk;
  const Recovered recovered = recover(disk);
  EXPECT_EQ(recovered.wal_bytes, 0u);
  EXPECT_EQ(recovered.torn_bytes, 0u);
  EXPECT_EQ(recovered.restored.hard_state, raft::HardState{});
  EXPECT_TRUE(recovered.restored.entries.empty());
  EXPECT_TRUE(disk.list().empty()) << "reading changes nothing";
}

TEST(Wal, gives_back_what_each_kind_of_write_left) {
  const RandomWrites random(1, 40);
  for (const bool real : {false, true}) {
    const TemporaryFolder folder;
    std::unique_ptr<Directory> disk = std::make_unique<MemoryDirectory>();
    if (real) disk = std::make_unique<PosixDirectory>(folder.path());
    write_one_by_one(*disk, random.writes());
    const Recovered recovered = recover(*disk);
    EXPECT_EQ(text_of(recovered.restored), random.state_after(40));
    EXPECT_EQ(recovered.records, 40u);
    EXPECT_EQ(recovered.torn_bytes, 0u);
  }
}

TEST(Wal, stands_as_documented) {
  MemoryDirectory disk;
  raft::Write write;
  write.hard_state = raft::HardState{{5}, {2}};
  write.first_index = {1};
  write.entries = {{{4}, raft::EntryKind::noop, nullptr},
                   {{5}, raft::EntryKind::command, std::make_shared<const std::string>("command")}};
  write_one_by_one(disk, {write});
  const auto u64 = [](char value) { return std::string(1, value) + std::string(7, '\0'); };
  const auto u32 = [](char value) { return std::string(1, value) + std::string(3, '\0'); };
  const std::string body = '\5' + u64(5) + u64(2) +  // hard state
                           u64(1) + u32(2) +         // entries
                           u64(4) + '\1' +           //
                           u64(5) + '\0' + u32(7) + "command";
  ASSERT_EQ(body.size(), 58u);
  const std::string bytes = bytes_of(disk);
  EXPECT_EQ(bytes.substr(0, 12), "squallwl" + u32(1));
  EXPECT_EQ(bytes.substr(20, 20), u32(58) + u64(16) + u64(16));
  EXPECT_EQ(bytes.substr(40, 64), body + std::string(6, '\0'));
  EXPECT_EQ(bytes.find_first_not_of('\0', 104), std::string::npos);
  EXPECT_EQ(bytes.size(), 1u << 20);
}

TEST(Wal, a_batch_reaches_the_disk_with_its_sync_only) {
  const RandomWrites random(2, 10);
  MemoryDirectory disk;
  Wal wal(disk, recover(disk));
  for (const raft::Write& write : random.writes())
    wal.append(write);
  EXPECT_EQ(recover(disk).records, 0u);
  wal.sync();
  EXPECT_EQ(recover(disk).records, 10u);
  EXPECT_EQ(contents(disk), random.state_after(10));
}

TEST(Wal, what_was_synced_survives_the_end_of_the_machine) {
  const RandomWrites random(3, 10);
  MemoryDirectory disk;
  write_one_by_one(disk, random.writes());
  disk.crash();
  EXPECT_EQ(contents(disk), random.state_after(10));
}

// A kill leaves what was written, synced or not. The next life may promise by it, so it has to be
// durable before.
TEST(Wal, what_recovery_found_is_made_durable) {
  const RandomWrites random(4, 3);
  MemoryDirectory first;
  write_one_by_one(first, random.writes());
  MemoryDirectory disk;
  replace_bytes(disk, bytes_of(first));
  const Wal wal(disk, recover(disk));
  disk.crash();
  EXPECT_EQ(contents(disk), random.state_after(3));
}

TEST(Wal, grows_in_steps_and_goes_on_after_each) {
  raft::Write write;
  write.first_index = {1};
  write.entries.push_back(
      {{1}, raft::EntryKind::command, std::make_shared<const std::string>((1 << 20) - 500, 'x')});
  MemoryDirectory disk;
  Wal wal(disk, recover(disk));
  for (std::uint64_t i = 1; i <= 5; ++i) {
    write.first_index = {i};
    wal.append(write);
    wal.sync();
    EXPECT_EQ(disk.open("wal")->size(), i << 20);
    EXPECT_EQ(recover(disk).restored.entries.size(), i);
  }
}

// The heart of it: a kill may leave any number of the file's bytes.
TEST(Wal, cut_at_any_byte_it_holds_the_writes_before_the_cut) {
  const RandomWrites random(5, 12);
  MemoryDirectory whole;
  const std::vector<std::uint64_t> ends = write_one_by_one(whole, random.writes());
  const std::string bytes = bytes_of(whole).substr(0, ends.back());
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    MemoryDirectory disk;
    replace_bytes(disk, bytes.substr(0, size));
    std::size_t complete = 0;
    while (complete + 1 < ends.size() && ends[complete + 1] <= size)
      ++complete;
    Recovered recovered = recover(disk);
    ASSERT_EQ(text_of(recovered.restored), random.state_after(complete)) << size;
    ASSERT_EQ(recovered.records, complete) << size;
    // And it goes on from there.
    Wal wal(disk, recovered);
    for (std::size_t i = complete; i < random.writes().size(); ++i)
      wal.append(random.writes()[i]);
    wal.sync();
    ASSERT_EQ(contents(disk), random.state_after(random.writes().size())) << size;
    ASSERT_EQ(recover(disk).torn_bytes, 0u) << size;
  }
}

// The same where the torn bytes stand in a file that had grown already.
TEST(Wal, a_torn_write_is_cut_off_before_the_log_goes_on) {
  const RandomWrites random(6, 3);
  MemoryDirectory whole;
  const std::vector<std::uint64_t> ends = write_one_by_one(whole, random.writes());
  for (std::uint64_t size = ends[2] + 1; size < ends[3]; ++size) {
    std::string bytes = bytes_of(whole);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end(), '\0');
    const bool torn = bytes.find_first_not_of('\0', ends[2]) != std::string::npos;
    const bool still_whole = bytes == bytes_of(whole);
    MemoryDirectory disk;
    replace_bytes(disk, bytes);
    const Recovered recovered = recover(disk);
    ASSERT_EQ(recovered.records, still_whole ? 3u : 2u) << size;
    ASSERT_EQ(recovered.torn_bytes > 0, torn && !still_whole) << size;
    ASSERT_LE(recovered.torn_bytes, size - ends[2]);
    const Wal wal(disk, recovered);
    disk.crash();
    ASSERT_EQ(bytes_of(disk).find_first_not_of('\0', recovered.wal_bytes), std::string::npos);
  }
}

TEST(Wal, any_flipped_bit_is_torn_at_the_end_and_corruption_before_it) {
  const RandomWrites random(7, 6);
  MemoryDirectory whole;
  const std::vector<std::uint64_t> ends = write_one_by_one(whole, random.writes());
  const std::string bytes = bytes_of(whole).substr(0, ends.back());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    MemoryDirectory disk;
    replace_bytes(disk, damaged);
    std::size_t record = 0;  // the damaged one, the file's header being number 0
    while (ends[record] <= bit / 8)
      ++record;
    try {
      const Recovered recovered = recover(disk);
      ASSERT_EQ(record, random.writes().size()) << "damage went unnoticed at bit " << bit;
      ASSERT_EQ(text_of(recovered.restored), random.state_after(record - 1)) << bit;
      ASSERT_GT(recovered.torn_bytes, 0u) << bit;
    } catch (const CorruptLog& error) {
      ASSERT_LT(record, random.writes().size()) << bit;
      ASSERT_EQ(error.offset(), record == 0 ? 0 : ends[record - 1]) << bit;
    }
  }
}

// After a power failure any part of what was not synced may be missing: no promise is lost by it.
TEST(Wal, a_hole_in_a_batch_that_was_never_synced_is_no_corruption) {
  const RandomWrites random(8, 6);
  MemoryDirectory whole;
  const std::vector<std::uint64_t> ends =
      write_one_by_one(whole, {random.writes().begin(), random.writes().begin() + 2});
  {
    Wal wal(whole, recover(whole));
    for (std::size_t i = 2; i < 6; ++i)
      wal.append(random.writes()[i]);
    wal.sync();
  }
  std::string bytes = bytes_of(whole);
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(ends[2]), 30, '\0');
  MemoryDirectory disk;
  replace_bytes(disk, bytes);
  const Recovered recovered = recover(disk);
  EXPECT_EQ(text_of(recovered.restored), random.state_after(2));
  EXPECT_GT(recovered.torn_bytes, 0u);
}

TEST(Wal, a_zeroed_region_before_a_synced_record_is_corruption) {
  const RandomWrites random(9, 4);
  MemoryDirectory disk;
  const std::vector<std::uint64_t> ends = write_one_by_one(disk, random.writes());
  std::string bytes = bytes_of(disk);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(ends[1]),
            bytes.begin() + static_cast<std::ptrdiff_t>(ends[3]), '\0');
  replace_bytes(disk, bytes);
  try {
    recover(disk);
    FAIL();
  } catch (const CorruptLog& error) {
    EXPECT_EQ(error.offset(), ends[1]);
    EXPECT_EQ(error.what(), "wal is corrupt at byte " + std::to_string(ends[1]) +
                                ": the record at byte " + std::to_string(ends[3]) +
                                " was written after this was synced");
  }
}

TEST(Wal, a_record_that_does_not_continue_the_log_is_corruption) {
  raft::Write gap;
  gap.first_index = {2};
  gap.entries.push_back({{1}, raft::EntryKind::noop, nullptr});
  raft::Write truncation;
  truncation.truncate_from = raft::Index{1};
  for (const raft::Write& write : {gap, truncation}) {
    MemoryDirectory disk;
    Wal wal(disk, recover(disk));
    wal.append(write);
    wal.sync();
    EXPECT_THROW(recover(disk), CorruptLog);
  }
}

TEST(Wal, a_record_in_another_place_than_its_own_is_none) {
  const RandomWrites random(11, 2);
  MemoryDirectory disk;
  const std::vector<std::uint64_t> ends = write_one_by_one(disk, random.writes());
  const std::string last_record = bytes_of(disk).substr(ends[1], ends[2] - ends[1]);
  disk.open("wal")->write_at(ends[2], last_record);
  const Recovered recovered = recover(disk);
  EXPECT_EQ(recovered.records, 2u);
  EXPECT_GT(recovered.torn_bytes, 0u);
}

TEST(Wal, another_version_is_refused_by_its_number) {
  MemoryDirectory disk;
  replace_bytes(disk, std::string("squallwl\2\0\0\0", 12) + "\xb0\x51\xa2\x1f");
  try {
    recover(disk);
    FAIL();
  } catch (const CorruptLog& error) {
    EXPECT_STREQ(error.what(), "wal is corrupt at byte 0: its format has version 2, not 1");
  }
}

TEST(Wal, another_file_of_its_name_is_refused_and_left_alone) {
  for (const std::string& bytes :
       {std::string("a letter to a friend, of some length"), std::string("short")}) {
    MemoryDirectory disk;
    replace_bytes(disk, bytes);
    EXPECT_THROW(recover(disk), CorruptLog);
    EXPECT_EQ(bytes_of(disk), bytes);
  }
}

TEST(Wal, a_full_disk_and_a_failed_sync_are_errors) {
  const RandomWrites random(10, 1);
  MemoryDirectory disk;
  disk.set_capacity(3000);
  EXPECT_THROW(Wal(disk, recover(disk)), DiskError);
  disk.set_capacity(UINT64_MAX);
  Wal wal(disk, recover(disk));
  wal.append(random.writes()[0]);
  disk.fail_next_sync();
  EXPECT_THROW(wal.sync(), DiskError);
  disk.crash();
  EXPECT_EQ(recover(disk).records, 0u);
}

}  // namespace
}  // namespace node
