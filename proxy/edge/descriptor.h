// SPDX-License-Identifier: Apache-2.0
// Files and clocks of the operating system, for the few places that act: the loops of the three
// programs.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace proxy {

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  /// Takes what a system call returned. Throws std::system_error with `what` for -1.
  Descriptor(int fd, const std::string& what);
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

/// A file that is only ever appended to: each call is one O_APPEND write, so that lines of several
/// processes do not mix and a kill tears the last line at most.
class AppendFile {
 public:
  AppendFile() = default;
  /// Creates the file if need be. Throws std::system_error naming it.
  explicit AppendFile(const std::string& path);
  /// Throws std::system_error naming the file, on a full disk for one.
  void append(std::string_view bytes);

 private:
  std::string path_;
  Descriptor file_;
};

/// A timer to poll: readable once its time has come. Precise to tens of microseconds, where
/// zmq_poll counts milliseconds.
class TimerDescriptor {
 public:
  TimerDescriptor();
  /// Fires at this time of the monotonic clock, at once if it is past.
  void arm(std::chrono::microseconds at);
  void disarm();
  int get() const { return timer_.get(); }

 private:
  Descriptor timer_;
  std::chrono::microseconds armed_{-1};
};

/// Blocks SIGTERM and SIGINT in this process, before any thread exists that could be chosen to take
/// them, and returns a descriptor that becomes readable when one comes.
Descriptor termination_signals();

/// Microseconds of the machine's monotonic clock, which all processes share.
std::chrono::microseconds monotonic_now();
/// What to add to a monotonic time for the time since 1970.
std::chrono::microseconds wall_offset();

}  // namespace proxy
