// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <string>

#include <sys/types.h>

namespace cluster {

// While it lives, the children of a process of ours that ends become ours, so that their ends can
// be waited for.
class OrphanReaper {
 public:
  OrphanReaper();
  ~OrphanReaper();
  OrphanReaper(const OrphanReaper&) = delete;
  OrphanReaper& operator=(const OrphanReaper&) = delete;

  // Waits for the ends of all processes that are ours, and says how many they were. A gtest failure
  // where one stays.
  int reap_all() const;

 private:
  sigset_t child_signal_;
  sigset_t before_;
};

// The process that is a child of this one and runs this program, or 0.
pid_t child_named(const std::string& program);

}  // namespace cluster
