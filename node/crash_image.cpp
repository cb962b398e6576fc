// SPDX-License-Identifier: Apache-2.0
#include "node/crash_image.h"

#include <algorithm>
#include <set>

#include "raft/random.h"

namespace node {
namespace {

// What carries out a change that was undone.
struct Redo {
  std::uint64_t offset = 0;
  std::string bytes;
  std::uint64_t size = 0;  // of the file, where no bytes were written
};

class Survival {
 public:
  explicit Survival(std::optional<std::uint64_t> seed)
      : some_(seed.has_value()), random_(seed.value_or(0)) {}

  // The entries after so many of the folder's operations as survive.
  FolderEntries of(const Folder& folder) {
    FolderEntries entries = folder.entries;
    std::set<std::uint64_t> operations;
    for (const EntryChange& change : folder.journal)
      operations.insert(change.operation);
    std::uint64_t lost = operations.size() - (some_ ? random_.below(operations.size() + 1) : 0);
    std::optional<std::uint64_t> undoing;
    for (auto change = folder.journal.rbegin(); change != folder.journal.rend(); ++change) {
      if (change->operation != undoing) {
        if (lost-- == 0) break;
        undoing = change->operation;
      }
      if (change->old_content) {
        entries[change->name] = change->old_content;
      } else {
        entries.erase(change->name);
      }
    }
    return entries;
  }

  std::string of(const FileContent& content) {
    std::string bytes = content.bytes;
    std::vector<Redo> lost;  // the last one first
    for (auto change = content.journal.rbegin(); change != content.journal.rend(); ++change) {
      if (some_) lost.push_back({change->offset, written(bytes, *change), bytes.size()});
      bytes.resize(change->old_size);
      if (change->old_bytes.empty()) continue;
      bytes.replace(change->offset, change->old_bytes.size(), change->old_bytes);
    }
    for (auto redo = lost.rbegin(); redo != lost.rend(); ++redo)
      survive(*redo, bytes);
    return bytes;
  }

 private:
  static std::string written(const std::string& bytes, const FileChange& change) {
    return change.length == 0 ? std::string() : bytes.substr(change.offset, change.length);
  }

  void survive(const Redo& redo, std::string& bytes) {
    if (redo.bytes.empty()) return random_.below(2) == 0 ? bytes.resize(redo.size) : void();
    switch (random_.below(4)) {
      case 0:
        return;
      case 1:
        return write(redo, 0, redo.bytes.size(), bytes);
      case 2:
        return write(redo, 0, random_.below(redo.bytes.size()), bytes);
      default:
        return write_sectors(redo, bytes);
    }
  }

  void write_sectors(const Redo& redo, std::string& bytes) {
    const std::uint64_t end = redo.offset + redo.bytes.size();
    for (std::uint64_t at = redo.offset; at < end;) {
      const std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
      if (random_.below(2) == 0) write(redo, at - redo.offset, next - at, bytes);
      at = next;
    }
  }

  static void write(const Redo& redo, std::uint64_t from, std::uint64_t length,
                    std::string& bytes) {
    if (length == 0) return;
    const std::uint64_t begin = redo.offset + from;
    bytes.resize(std::max<std::uint64_t>(bytes.size(), begin + length));
    bytes.replace(begin, length, redo.bytes, from, length);
  }

  const bool some_;  // of what was not synced survives
  raft::Random random_;
};

}  // namespace

std::map<std::string, std::string> crash_image(const Folder& folder,
                                               std::optional<std::uint64_t> seed) {
  Survival survival(seed);
  std::map<std::string, std::string> image;
  for (const auto& [name, content] : survival.of(folder))
    image.emplace(name, survival.of(*content));
  return image;
}

}  // namespace node
