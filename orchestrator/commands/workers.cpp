// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/workers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace commands {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// What ended it, where that was not its own will.
std::string reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return WEXITSTATUS(status) == 0 ? "" : fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace

Workers::~Workers() {
  for (const Worker& worker : workers_) {
    ::kill(worker.pid, SIGKILL);
    reap(worker.pid);
  }
}

void Workers::begin(std::uint64_t piece) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  proxy::Descriptor ours(ends[0], "pipe");
  proxy::Descriptor theirs(ends[1], "pipe");
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    // It ends with its parent, which may have ended already.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    try {
      write_all(theirs.get(), work_(piece));
    } catch (...) {  // it has nothing to say then, and is asked for nothing more
    }
    ::_exit(0);
  }
  workers_.push_back({piece, pid, std::move(ours), {}});
}

Workers::Done Workers::wait() {
  while (true) {
    std::vector<pollfd> fds{{interrupts_.fd(), POLLIN, 0}};
    for (const Worker& worker : workers_)
      fds.push_back({worker.output.get(), POLLIN, 0});
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      fail("poll");
    }
    if (fds[0].revents != 0) take_signal();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = workers_[i];
      if (fds[i + 1].revents == 0 || !read(worker)) continue;
      Done done{worker.piece, std::move(worker.said), reap(worker.pid)};
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      return done;
    }
  }
}

bool Workers::read(Worker& worker) {
  std::array<char, 4096> buffer{};
  const ssize_t n = ::read(worker.output.get(), buffer.data(), buffer.size());
  if (n < 0 && errno == EINTR) return false;
  if (n <= 0) return true;
  worker.said.append(buffer.data(), static_cast<std::size_t>(n));
  return false;
}

void Workers::take_signal() {
  const auto signal = interrupts_.take();
  if (!signal) return;
  signal_ = *signal;
  for (const Worker& worker : workers_)
    ::kill(worker.pid, *signal);
}

}  // namespace commands
