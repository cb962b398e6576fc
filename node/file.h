// SPDX-License-Identifier: Apache-2.0
// Files and folders as what is persisted needs them, behind an interface, so that the log format
// and recovery are the same over a real disk, over memory, and over a disk that fails.
//
// What was written survives the end of the process at once. It survives the end of the machine only
// once the file was synced and, for a file that was created, renamed or removed, its folder too.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace node {

// The disk did not do what it was asked to: what, on which file, and why. After one, nothing is
// known of what was written since the last sync.
class DiskError : public std::runtime_error {
 public:
  // `error_number` as in <cerrno>. Reads "cannot write n1/wal: No space left on device".
  DiskError(std::string_view action, std::string_view file, int error_number);
  int error_number() const { return error_number_; }

 private:
  int error_number_;
};

// An open file. All calls throw DiskError.
class File {
 public:
  virtual ~File() = default;

  virtual const std::string& name() const = 0;  // as errors give it
  virtual std::uint64_t size() = 0;             // bytes
  // The whole file.
  virtual std::string read_all() = 0;
  // Bytes past the end extend the file; a gap before them reads as zeros.
  virtual void write_at(std::uint64_t offset, std::string_view bytes) = 0;
  // Extends a shorter file to `new_size` with zeros, and makes room for them on the disk.
  virtual void allocate(std::uint64_t new_size) = 0;
  // Cuts the file, or extends it with zeros.
  virtual void truncate(std::uint64_t new_size) = 0;
  // Returns once what was written to the file, and its size, survive the end of the machine.
  virtual void sync() = 0;
};

// One folder, without folders in it. Names are plain file names. All calls throw DiskError.
class Directory {
 public:
  virtual ~Directory() = default;

  virtual std::vector<std::string> list() = 0;  // in the order of their bytes
  virtual bool exists(std::string_view name) = 0;
  // Opens a file for reading and writing; it must be there.
  virtual std::unique_ptr<File> open(std::string_view name) = 0;
  // The same for a new, empty one; it must not be there.
  virtual std::unique_ptr<File> create(std::string_view name) = 0;
  // An existing file of the new name is replaced.
  virtual void rename(std::string_view from, std::string_view to) = 0;
  virtual void remove(std::string_view name) = 0;
  // Returns once creations, renames and removals survive the end of the machine.
  virtual void sync() = 0;
};

}  // namespace node
