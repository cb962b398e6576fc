// SPDX-License-Identifier: Apache-2.0
#include "proxy/edge/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace proxy {

Descriptor::Descriptor(int fd, const std::string& what) : fd_(fd) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

AppendFile::AppendFile(const std::string& path)
    : path_(path),
      file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), path) {}

void AppendFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::system_error(errno, std::generic_category(), path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

TimerDescriptor::TimerDescriptor()
    : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create") {}

void TimerDescriptor::arm(std::chrono::microseconds at) {
  at = std::max(at, std::chrono::microseconds{1});  // 0 would disarm
  if (at == armed_) return;
  itimerspec spec{};
  spec.it_value.tv_sec = at.count() / 1'000'000;
  spec.it_value.tv_nsec = at.count() % 1'000'000 * 1000;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
  armed_ = at;
}

void TimerDescriptor::disarm() {
  if (armed_.count() < 0) return;
  const itimerspec none{};
  ::timerfd_settime(timer_.get(), 0, &none, nullptr);
  armed_ = std::chrono::microseconds{-1};
}

Descriptor termination_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return {::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd"};
}

std::chrono::microseconds monotonic_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

std::chrono::microseconds wall_offset() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(wall) - monotonic_now();
}

}  // namespace proxy
