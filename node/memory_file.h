// SPDX-License-Identifier: Apache-2.0
// A disk in memory, for the simulated cluster and for tests: it journals what was not synced, can
// lose it, or some of it, can be full, and can fail a sync.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/crash_image.h"
#include "node/file.h"

namespace node {

// Thrown by what the machine's end has kept from happening.
struct PowerLost {};

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
  // After so many more operations the power is lost: the next ones throw PowerLost, until crash().
  void lose_power_after(std::uint64_t operations) { operations_left_ = operations; }
  // The disk has room for this many bytes in all files together (ENOSPC); as much of a write as
  // fits is kept.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  // The next sync of a file fails with EIO.
  void fail_next_sync() { fail_sync_ = true; }

 private:
  class OpenFile;

  void begin_operation();
  void set_entry(std::string_view name, FileContentPointer content);
  // How many more bytes the files may have.
  std::uint64_t room() const;

  Folder folder_;
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> operations_left_;  // until the power is lost
  std::uint64_t capacity_ = UINT64_MAX;
  bool fail_sync_ = false;
};

}  // namespace node
