// SPDX-License-Identifier: Apache-2.0
// Pieces of work done several at a time, each in a process forked for it: none shares anything with
// another, and none is left when this process ends. For a process without other threads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "orchestrator/cluster/interrupts.h"
#include "proxy/edge/descriptor.h"

namespace commands {

class Workers {
 public:
  // `work` says in a few words what came of a piece.
  explicit Workers(std::function<std::string(std::uint64_t piece)> work) : work_(std::move(work)) {}
  // Ends those that are still at work.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void begin(std::uint64_t piece);
  std::size_t busy() const { return workers_.size(); }

  struct Done {
    std::uint64_t piece = 0;
    std::string said;   // nothing where it ended before it could say anything
    std::string crash;  // what ended it, where that was not its own will: "exit code 1"
  };
  // The next that is done, waiting for it. SIGINT and SIGTERM are passed on to those at work.
  Done wait();
  // Whether such a signal came, and which.
  bool interrupted() const { return signal_ != 0; }
  int signal() const { return signal_; }

 private:
  struct Worker {
    std::uint64_t piece = 0;
    pid_t pid = 0;
    proxy::Descriptor output;
    std::string said;
  };

  // Takes what it says; true where that was all.
  static bool read(Worker& worker);
  void take_signal();

  std::function<std::string(std::uint64_t)> work_;
  cluster::Interrupts interrupts_;
  int signal_ = 0;
  std::vector<Worker> workers_;
};

}  // namespace commands
