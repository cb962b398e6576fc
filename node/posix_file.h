// SPDX-License-Identifier: Apache-2.0
// The real disk.
#pragma once

#include "node/file.h"
#include "proxy/edge/descriptor.h"

namespace node {

// A folder of the file system, which is made if it is not there (its parent must be), and belongs
// to one process at a time.
class PosixDirectory final : public Directory {
 public:
  // Throws DiskError if the folder can't be used, or is in use.
  explicit PosixDirectory(const std::string& path);

  std::vector<std::string> list() override;
  bool exists(std::string_view name) override;
  std::unique_ptr<File> open(std::string_view name) override;
  std::unique_ptr<File> create(std::string_view name) override;
  void rename(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void sync() override;

 private:
  std::string path_of(std::string_view name) const;
  std::unique_ptr<File> open(std::string_view name, int flags, std::string_view action);

  std::string path_;
  proxy::Descriptor descriptor_;
};

}  // namespace node
