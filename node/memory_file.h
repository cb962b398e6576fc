// SPDX-License-Identifier: Apache-2.0
// A disk in memory, for the simulated cluster and for tests: it knows what was synced, can lose the
// rest, can be full, and can fail a sync.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/file.h"

namespace node {

// For one thread at a time.
class MemoryDirectory final : public Directory {
 public:
  std::vector<std::string> list() override;
  bool exists(std::string_view name) override;
  std::unique_ptr<File> open(std::string_view name) override;
  std::unique_ptr<File> create(std::string_view name) override;
  void rename(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void sync() override;

  // The machine ends: what was not synced is gone, in files and in the folder. Files opened before
  // must not be used any more.
  void crash();
  // The disk has room for this many bytes in all files together (ENOSPC); as much of a write as
  // fits is kept.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  // The next sync of a file fails with EIO.
  void fail_next_sync() { fail_sync_ = true; }

 private:
  // What undoes one change since the last sync: the journal of a file or of the folder, read from
  // its end.
  struct FileChange {
    std::uint64_t old_size;
    std::uint64_t offset;   // of old_bytes
    std::string old_bytes;  // what stood there
  };
  struct Content {
    std::string bytes;
    std::vector<FileChange> journal;
  };
  using ContentPointer = std::shared_ptr<Content>;
  struct EntryChange {
    std::string name;
    ContentPointer old_content;  // null where there was none
  };
  class OpenFile;

  void set_entry(std::string_view name, ContentPointer content);
  // How many more bytes the files may have.
  std::uint64_t room() const;

  std::map<std::string, ContentPointer, std::less<>> entries_;
  std::vector<EntryChange> journal_;
  std::uint64_t capacity_ = UINT64_MAX;
  bool fail_sync_ = false;
};

}  // namespace node
