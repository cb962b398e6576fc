// SPDX-License-Identifier: Apache-2.0
#include "node/disk_thread.h"

#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace node {

DiskThread::DiskThread(Directory& directory, const Recovered& recovered)
    : wal_(directory, recovered),
      event_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd"),
      thread_([this] { run(); }) {}

DiskThread::~DiskThread() {
  end();
}

void DiskThread::finish() {
  end();
  throw_error();
}

void DiskThread::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  submitted_.notify_one();
  thread_.join();
}

void DiskThread::submit(raft::Write write) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(write));
  }
  submitted_.notify_one();
}

std::optional<raft::WriteId> DiskThread::take_completed() {
  std::uint64_t count = 0;
  // Before the look at completed_: what completes after it makes the descriptor readable again.
  // It is no error that there was nothing to read.
  [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
  const std::lock_guard lock(mutex_);
  return std::exchange(completed_, std::nullopt);
}

void DiskThread::throw_error() {
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
}

void DiskThread::run() {
  try {
    while (take_batch()) {
      for (const raft::Write& write : batch_)
        wal_.append(write);
      wal_.sync();
      {
        const std::lock_guard lock(mutex_);
        completed_ = batch_.back().id;
      }
      announce();
    }
  } catch (const std::exception&) {
    {
      const std::lock_guard lock(mutex_);
      error_ = std::current_exception();
    }
    announce();
  }
}

// Waits for writes and takes all there are. False where none will come any more.
bool DiskThread::take_batch() {
  batch_.clear();
  std::unique_lock lock(mutex_);
  submitted_.wait(lock, [this] { return ending_ || !queue_.empty(); });
  std::swap(batch_, queue_);
  return !batch_.empty();
}

void DiskThread::announce() {
  const std::uint64_t one = 1;
  // Can't fail: the counter would have to reach 2^64.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace node
