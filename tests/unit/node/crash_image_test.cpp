// SPDX-License-Identifier: Apache-2.0
#include "node/crash_image.h"

#include <set>

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

TEST(CrashImage, AWriteOfOneSectorIsThereOrNot) {
  EXPECT_THAT(images("old", [](File& file) { file.write_at(0, "new!"); }),
              ElementsAre("new!", "old"));
}

TEST(CrashImage, SectorsOfAWriteSurviveEachByItself) {
  const std::string old(2 * kSectorBytes, 'o');
  const std::string half(kSectorBytes, 'o');
  const std::string other(kSectorBytes, 'n');
  EXPECT_THAT(images(old, [](File& file) { file.write_at(0, std::string(1024, 'n')); }),
              ElementsAre(other + other, other + half, half + other, old));
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

TEST(MemoryDirectory, a_loss_of_power_comes_after_so_many_operations) {
  MemoryDirectory disk;
  disk.lose_power_after(2);
  const auto file = disk.create("a");
  file->write_at(0, "x");
  EXPECT_THROW(file->sync(), PowerLost);
  EXPECT_THROW(file->sync(), PowerLost);
  disk.crash();
  EXPECT_THAT(disk.list(), IsEmpty());
  disk.create("a");
  EXPECT_THAT(disk.list(), SizeIs(1));
}

}  // namespace
}  // namespace node
