// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/child_process.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
extern "C" {  // the header of glibc 2.36 does not say so itself
#include <sys/pidfd.h>
}

#include "orchestrator/cluster/harness_error.h"

namespace cluster {
namespace {

constexpr int kExecFailed = 127;              // the shell's exit code for it
constexpr std::streamoff kOutputTail = 4096;  // bytes that are searched for the last line

using proxy::Descriptor;

void check(int result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

// All that the child needs between fork and exec, prepared before the fork: another thread may have
// held the allocator's lock in that moment.
struct Prepared {
  const char* program;
  char* const* argv;
  pid_t parent;
  int input;
  int output;
  int errors;  // closed by a successful exec; else errno is written here
};

// Runs in the child: calls async-signal-safe functions only.
[[noreturn]] void become(const Prepared& prepared) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the line above; then nobody would send the signal.
  if (::getppid() != prepared.parent) ::_exit(kExecFailed);

  for (int signal = 1; signal < NSIG; ++signal)
    ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  if (::dup2(prepared.input, STDIN_FILENO) >= 0 && ::dup2(prepared.output, STDOUT_FILENO) >= 0 &&
      ::dup2(prepared.output, STDERR_FILENO) >= 0 &&
      ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
    ::execv(prepared.program, prepared.argv);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(prepared.errors, &error, sizeof error);
  ::_exit(kExecFailed);
}

// The errno with which the exec failed, or nothing once it has succeeded.
std::optional<int> exec_error(int errors) {
  int error = 0;
  ssize_t got = 0;
  do {
    got = ::read(errors, &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return std::nullopt;
  return got == sizeof error ? error : EPROTO;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv,
                           const std::filesystem::path& output)
    : ChildProcess(output) {
  // The death signal fires when the thread that forked ends, so it must be the one that stays.
  if (::gettid() != ::getpid()) throw std::logic_error("a process is started by the main thread");
  // Where SIGCHLD is ignored, as it may be inherited, children vanish without their exit status.
  ::signal(SIGCHLD, SIG_DFL);
  try {
    run(argv);
  } catch (const std::system_error& error) {
    throw HarnessError(error.what());
  }
}

void ChildProcess::run(const std::vector<std::string>& argv) {
  const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null");
  const Descriptor output(::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                          "open " + output_.string());
  output_start_ = ::lseek(output.get(), 0, SEEK_END);
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "pipe");
  const Descriptor errors(ends[0], "pipe");
  Descriptor errors_in_child(ends[1], "pipe");

  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const Prepared prepared{arguments[0], arguments.data(), ::getpid(),
                          input.get(),  output.get(),     errors_in_child.get()};

  const pid_t pid = ::fork();
  if (pid == 0) become(prepared);
  check(pid, "fork for " + argv[0]);
  pid_ = pid;
  errors_in_child = Descriptor();
  pidfd_ = Descriptor(::pidfd_open(pid_, 0), "pidfd_open");
  if (const auto error = exec_error(errors.get())) {
    throw std::system_error(*error, std::generic_category(), "run " + argv[0]);
  }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      output_start_(other.output_start_),
      exit_(other.exit_) {}

ChildProcess::~ChildProcess() {
  if (pid_ == 0) return;
  kill();
  reap(0);
}

void ChildProcess::signal(int number) {
  if (!exit_) ::kill(pid_, number);
}

std::optional<ProcessExit> ChildProcess::try_wait() {
  return reap(WNOHANG);
}

ProcessExit ChildProcess::wait() {
  return reap(0).value();
}

std::optional<ProcessExit> ChildProcess::reap(int options) {
  if (exit_) return exit_;
  siginfo_t info{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | options);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) {
    exit_ = ProcessExit{.exit_code = info.si_status, .signal = 0};
  } else {
    exit_ = ProcessExit{.exit_code = -1, .signal = info.si_status};
  }
  return exit_;
}

std::string ChildProcess::last_output_line() const {
  std::ifstream file(output_, std::ios::binary | std::ios::ate);
  const std::streamoff end = file.tellg();
  const std::streamoff start = std::max(output_start_, end - kOutputTail);
  if (!file || end <= start) return {};
  std::string tail(static_cast<std::size_t>(end - start), '\0');
  file.seekg(start);
  file.read(tail.data(), end - start);
  const std::size_t last = tail.find_last_not_of(" \t\r\n");
  if (last == tail.npos) return {};
  tail.resize(last + 1);
  const std::size_t newline = tail.rfind('\n');
  return newline == tail.npos ? tail : tail.substr(newline + 1);
}

}  // namespace cluster
