// SPDX-License-Identifier: Apache-2.0
// What the end of a machine leaves of its disk, as a pure function of what was not synced and a
// seed. `kill -9` loses nothing that was written, for the page cache survives it; a power failure
// does this. A disk that is to be crashed journals what undoes each change since the last sync; of
// these changes
//   - each write to a file is there as a whole, or not, or up to some byte, where the device was
//     cut short in it, or in some of its sectors, each by itself and without any order among
//     writes: that is all that is promised before a sync;
//   - each change of a file's size is there or not;
//   - operations on the folder are there up to some point, in their order, each as a whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace node {

inline constexpr std::uint64_t kSectorBytes = 512;  // what a device writes in any order

// One change of a file since its last sync: `length` bytes were written at `offset`, or, where that
// is 0, its size was changed.
struct FileChange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t old_size = 0;
  std::string old_bytes;  // what stood at `offset`, as far as it is no more
};
struct FileContent {
  std::string bytes;                // now
  std::vector<FileChange> journal;  // the last one last
};
using FileContentPointer = std::shared_ptr<FileContent>;

// One change of the folder since its last sync. Changes of one operation (a rename) have its
// number.
struct EntryChange {
  std::uint64_t operation = 0;
  std::string name;
  FileContentPointer old_content;  // null where there was none
};
using FolderEntries = std::map<std::string, FileContentPointer, std::less<>>;
struct Folder {
  FolderEntries entries;             // now
  std::vector<EntryChange> journal;  // the last one last
};

// The files after a crash, by name. Without a seed nothing survives that was not synced.
std::map<std::string, std::string> crash_image(const Folder& folder,
                                               std::optional<std::uint64_t> seed);

}  // namespace node
