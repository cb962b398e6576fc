// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/socket_folder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "orchestrator/cluster/harness_error.h"

namespace cluster {
namespace {

constexpr std::size_t kMaxParent = 64;  // bytes; leaves room for the folder's and sockets' names

}  // namespace

SocketFolder::SocketFolder() {
  std::vector<std::filesystem::path> parents{"/tmp"};
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/' && std::string(runtime).size() <= kMaxParent) {
    parents.insert(parents.begin(), runtime);
  }
  std::string path;
  for (const auto& parent : parents) {
    path = (parent / "squall-XXXXXX").string();
    if (::mkdtemp(path.data()) != nullptr) {  // its mode is 0700
      path_ = path;
      return;
    }
  }
  throw HarnessError(
      std::system_error(errno, std::generic_category(), "make folder " + path).what());
}

SocketFolder::~SocketFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cluster
