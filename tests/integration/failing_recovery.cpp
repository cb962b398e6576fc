// SPDX-License-Identifier: Apache-2.0
// Linked with --wrap in place of node::recover. Where SQUALL_TEST_FAILURE names a failure, a node
// that has persisted a term fails so when it comes back.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "node/wal.h"
#include "raft/assert.h"

namespace node {

Recovered real_recover(Directory& directory) __asm__("__real__ZN4node7recoverERNS_9DirectoryE");
Recovered wrapped_recover(Directory& directory) __asm__("__wrap__ZN4node7recoverERNS_9DirectoryE");

Recovered wrapped_recover(Directory& directory) {
  Recovered recovered = real_recover(directory);
  const char* failure = std::getenv("SQUALL_TEST_FAILURE");
  if (failure == nullptr || recovered.restored.hard_state.current_term.value == 0) return recovered;
  const std::string_view kind(failure);
  if (kind == "assertion") RAFT_ASSERT(failure == nullptr);
  if (kind == "logic_error") throw std::logic_error("it makes no sense");
  if (kind == "corrupt_log") throw CorruptLog("wal", 7, "as asked");
  if (kind == "disk_error") throw DiskError("read", "wal", EIO);
  if (kind == "segmentation_fault") std::raise(SIGSEGV);
  return recovered;
}

}  // namespace node
