// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/cluster/orphans.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cluster {
namespace {

constexpr timespec kPatience{10, 0};  // reached only where something is broken

}  // namespace

OrphanReaper::OrphanReaper() {
  EXPECT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  ::sigemptyset(&child_signal_);
  ::sigaddset(&child_signal_, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_signal_, &before_);
}

OrphanReaper::~OrphanReaper() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

int OrphanReaper::reap_all() const {
  int reaped = 0;
  while (true) {
    const pid_t pid = ::waitpid(-1, nullptr, WNOHANG);
    if (pid < 0) return reaped;
    if (pid > 0) {
      ++reaped;
    } else if (::sigtimedwait(&child_signal_, nullptr, &kPatience) < 0) {
      ADD_FAILURE() << "a process is left after " << reaped << " ended";
      return reaped;
    }
  }
}

pid_t child_named(const std::string& program) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    // pid (comm) state ppid; comm is cut at 15 bytes
    std::ifstream file(entry.path() / "stat");
    pid_t pid = 0;
    pid_t parent = 0;
    std::string comm;
    std::string state;
    if (file >> pid >> comm >> state >> parent && parent == ::getpid() &&
        comm == "(" + program.substr(0, 15) + ")") {
      return pid;
    }
  }
  return 0;
}

}  // namespace cluster
