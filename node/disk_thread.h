// SPDX-License-Identifier: Apache-2.0
// Makes writes durable on a thread of its own, so that the loop goes on with messages meanwhile.
// What is submitted while a sync is under way is written and synced together after it.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "node/wal.h"
#include "proxy/edge/descriptor.h"

namespace node {

class DiskThread {
 public:
  // Opens the log (see Wal) in the calling thread; throws DiskError.
  DiskThread(Directory& directory, const Recovered& recovered);
  // Ends the thread, if finish() has not.
  ~DiskThread();
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  // Returns once all that was submitted is durable, and ends the thread. Throws what stopped it.
  void finish();

  // Never waits for the disk.
  void submit(raft::Write write);

  // Readable when there is something to take, or an error to be thrown.
  int event_fd() const { return event_.get(); }
  // The newest write that has become durable since the last call, and all before it with it.
  std::optional<raft::WriteId> take_completed();
  // Throws what stopped the thread, if anything did; nothing becomes durable after it.
  void throw_error();

 private:
  void end();
  void run();
  bool take_batch();
  void announce();

  Wal wal_;  // of the thread
  proxy::Descriptor event_;
  std::vector<raft::Write> batch_;  // of the thread

  std::mutex mutex_;  // guards what follows
  std::condition_variable submitted_;
  std::vector<raft::Write> queue_;
  std::optional<raft::WriteId> completed_;
  std::exception_ptr error_;
  bool ending_ = false;

  std::thread thread_;  // the last member, so that it starts when all others are there
};

}  // namespace node
