// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace cluster {

// A fresh folder for sockets that nobody else can enter, removed at the end: binding an ipc
// endpoint deletes what lies at its path. Short, since a socket's path has 107 bytes at the most:
// in $XDG_RUNTIME_DIR where that will do, else in /tmp.
class SocketFolder {
 public:
  SocketFolder();  // throws HarnessError
  ~SocketFolder();
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;

  std::string endpoint(const std::string& name) const { return "ipc://" + (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace cluster
