// SPDX-License-Identifier: Apache-2.0
#include "node/crash_image.h"

#include <map>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>

#include "node/memory_file.h"

namespace node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSeeds = 300;

// What may be found in the file after what `change` did to a disk on which it was synced as "old".
template <class Change>
std::set<std::string> images(const std::string& old, Change change) {
  std::set<std::string> found;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    MemoryDirectory disk;
    const auto file = disk.create("f");
    file->write_at(0, old);
    file->sync();
    disk.sync();
    change(*file);
    disk.crash(seed);
    found.insert(disk.open("f")->read_all());
  }
  return found;
}

TEST(CrashImage, IsOfTheSeed) {
  const auto image = [](std::uint64_t seed) {
    MemoryDirectory disk;
    disk.create("f")->write_at(0, std::string(64 * kSectorBytes, 'x'));
    disk.sync();
    disk.create("g");
    disk.crash(seed);
    std::string text;
    for (const std::string& name : disk.list())
      text += name + disk.open(name)->read_all();
    return text;
  };
  std::set<std::string> different;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(image(seed), image(seed));
    different.insert(image(seed));
  }
  EXPECT_GT(different.size(), 10u);
}

TEST(CrashImage, WhatWasSyncedIsThereWhateverTheSeed) {
  EXPECT_THAT(images("synced", [](File&) {}), ElementsAre("synced"));
  EXPECT_THAT(images("old",
                     [](File& file) {
                       file.write_at(0, "new");
                       file.sync();
                     }),
              ElementsAre("new"));
}

TEST(CrashImage, AWriteIsThereOrNotOrCutShort) {
  EXPECT_THAT(images("old", [](File& file) { file.write_at(0, "new!"); }),
              ElementsAre("ned", "new", "new!", "nld", "old"));
}

TEST(CrashImage, SectorsOfAWriteSurviveEachByItself) {
  const std::string old(2 * kSectorBytes, 'o');
  const std::string half(kSectorBytes, 'o');
  const std::string other(kSectorBytes, 'n');
  auto found = images(old, [](File& file) { file.write_at(0, std::string(1024, 'n')); });
  for (const std::string& image : {other + other, other + half, half + other, old})
    EXPECT_EQ(found.erase(image), 1u);
  EXPECT_GT(found.size(), 20u);
  for (const std::string& cut_short : found) {
    const std::size_t length = cut_short.find('o');
    EXPECT_EQ(cut_short, std::string(length, 'n') + std::string(old.size() - length, 'o'));
  }
}

TEST(CrashImage, WritesHaveNoOrder) {
  const auto found = images("ab", [](File& file) {
    file.write_at(0, "A");
    file.write_at(1, "B");
  });
  EXPECT_THAT(found, ElementsAre("AB", "Ab", "aB", "ab"));
}

TEST(CrashImage, SizesChangeOrNot) {
  EXPECT_THAT(images("abc", [](File& file) { file.truncate(1); }), ElementsAre("a", "abc"));
  EXPECT_THAT(images("a", [](File& file) { file.allocate(2); }),
              ElementsAre("a", std::string("a\0", 2)));
  EXPECT_THAT(images("a", [](File& file) { file.write_at(2, "c"); }),
              ElementsAre("a", std::string("a\0c", 3)));
}

TEST(CrashImage, OperationsOnTheFolderSurviveUpToAPointAndAsAWhole) {
  std::set<std::vector<std::string>> found;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    MemoryDirectory disk;
    const auto file = disk.create("a");
    file->write_at(0, "x");
    file->sync();
    disk.sync();
    disk.create("b");
    disk.rename("a", "c");
    disk.remove("b");
    disk.crash(seed);
    found.insert(disk.list());
    const auto names = disk.list();
    const bool moved = std::find(names.begin(), names.end(), "c") != names.end();
    EXPECT_EQ(disk.open(moved ? "c" : "a")->read_all(), "x");
  }
  EXPECT_THAT(found, ElementsAre(ElementsAre("a"), ElementsAre("a", "b"), ElementsAre("b", "c"),
                                 ElementsAre("c")));
}

TEST(CrashImage, WithoutASeedNothingSurvivesThatWasNotSynced) {
  MemoryDirectory disk;
  const auto file = disk.create("a");
  file->write_at(0, "x");
  file->sync();
  disk.sync();
  file->write_at(0, "y");
  disk.rename("a", "b");
  disk.create("c");
  disk.crash();
  EXPECT_THAT(disk.list(), ElementsAre("a"));
  EXPECT_EQ(disk.open("a")->read_all(), "x");
}

// What the crash in the second of three syncs may leave is left, and so of the others; what comes
// after the last is never there.
TEST(MemoryDirectory, a_crash_during_work_comes_in_any_of_its_syncs) {
  raft::Random random(1);
  std::map<std::string, unsigned> found;
  for (unsigned i = 0; i < kSeeds; ++i) {
    MemoryDirectory disk;
    disk.create("f");
    disk.sync();
    const auto work = [&disk] {
      const auto file = disk.open("f");
      for (const char* byte : {"1", "2", "3"}) {
        file->write_at(0, byte);
        file->sync();
      }
      file->write_at(0, "never");
    };
    disk.crash_during(work, random);
    ++found[disk.open("f")->read_all()];
  }
  EXPECT_THAT(found, SizeIs(4));
  for (const char* bytes : {"", "1", "2", "3"})
    EXPECT_GT(found[bytes], kSeeds / 20) << bytes;
}

TEST(MemoryDirectory, what_the_work_throws_comes_after_the_crash) {
  raft::Random random(1);
  MemoryDirectory disk;
  EXPECT_THROW(disk.crash_during(
                   [&disk] {
                     disk.create("f");
                     throw std::logic_error("no");
                   },
                   random),
               std::logic_error);
  disk.crash();
  EXPECT_THAT(disk.list(), testing::AnyOf(IsEmpty(), SizeIs(1)));
}

}  // namespace
}  // namespace node
