// SPDX-License-Identifier: Apache-2.0
// A disk in memory, for the simulated cluster and for tests: it journals what was not synced, can
// lose it, or some of it, can be full, and can fail a sync.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/crash_image.h"
#include "node/file.h"
#include "raft/random.h"

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

  // The machine ends, and what is there afterwards is the crash image of this seed; without one,
  // what was synced. Files opened before must not be used any more.
  void crash(std::optional<std::uint64_t> seed = std::nullopt);
  // The same in the midst of `work`: in one of the syncs that it makes, each as likely as the
  // others, for that is where the time goes. What `work` throws comes after the crash.
  void crash_during(const std::function<void()>& work, raft::Random& random);
  // The disk has room for this many bytes in all files together (ENOSPC); as much of a write as
  // fits is kept.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  // The next sync of a file fails with EIO.
  void fail_next_sync() { fail_sync_ = true; }

 private:
  class OpenFile;
  // What the crash is to find, while the work that it comes in is done to its end.
  struct Ending {
    raft::Random& random;
    std::uint64_t syncs = 0;  // so far
    Folder folder{};          // as it was in the sync that was drawn
  };

  void begin_sync();
  void set_entry(std::string_view name, FileContentPointer content);
  // How many more bytes the files may have.
  std::uint64_t room() const;

  Folder folder_;
  std::uint64_t operations_ = 0;
  Ending* ending_ = nullptr;  // none while no crash is near
  std::uint64_t capacity_ = UINT64_MAX;
  bool fail_sync_ = false;
};

}  // namespace node
