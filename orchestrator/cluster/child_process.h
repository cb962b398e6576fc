// SPDX-License-Identifier: Apache-2.0
// The supervisor's part of a process: start it, see it end, end it. However this process ends,
// kill -9 of itself included, its children end too: the kernel sends them SIGKILL when the thread
// that started them is gone.
#pragma once

#include <csignal>
#include <filesystem>
#include <ios>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "proxy/edge/descriptor.h"

namespace cluster {

struct ProcessExit {
  int exit_code = -1;  // -1: ended by a signal
  int signal = 0;
  friend bool operator==(const ProcessExit&, const ProcessExit&) = default;
};

class ChildProcess {
 public:
  // Runs the program argv[0], a path. Its stdin is empty, its stdout and stderr are appended to
  // `output`; it is the leader of a process group of its own, so that a Ctrl-C at the terminal is
  // ours to handle; no signal is blocked or ignored in it, and no other descriptor is open. To be
  // called from the main thread, which lives as long as the process. Throws HarnessError, saying
  // what and where, where the program can't be run.
  ChildProcess(const std::vector<std::string>& argv, const std::filesystem::path& output);
  // Kills it, if it is still there, and reaps it.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  pid_t pid() const { return pid_; }
  // Readable once the process has ended.
  int pidfd() const { return pidfd_.get(); }

  // kill -9, SIGSTOP, SIGCONT; nothing where it has ended already.
  void kill() { signal(SIGKILL); }
  void pause() { signal(SIGSTOP); }
  void resume() { signal(SIGCONT); }
  // How it ended, having reaped it; nothing while it runs.
  std::optional<ProcessExit> try_wait();
  // The same, waiting for its end.
  ProcessExit wait();

  // The last line that is not empty of what it wrote to stdout and stderr, or nothing.
  std::string last_output_line() const;

 private:
  explicit ChildProcess(const std::filesystem::path& output) : output_(output) {}
  void run(const std::vector<std::string>& argv);
  void signal(int number);
  std::optional<ProcessExit> reap(int options);

  pid_t pid_ = 0;  // 0: no process is left to this object; its own until it is reaped
  proxy::Descriptor pidfd_;
  std::filesystem::path output_;
  std::streamoff output_start_ = 0;  // where in the file its own output begins
  std::optional<ProcessExit> exit_;
};

}  // namespace cluster
