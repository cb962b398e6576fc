// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <optional>

#include "proxy/edge/descriptor.h"

namespace cluster {

// While it lives, SIGINT and SIGTERM do not end this process but can be asked for. To be made
// before any thread is.
class Interrupts {
 public:
  Interrupts();
  // What has come and was not taken acts as it would have without this.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Readable when a signal has come.
  int fd() const { return signals_.get(); }
  // The signal that came, if one did.
  std::optional<int> take();

 private:
  sigset_t before_{};
  proxy::Descriptor signals_;
};

}  // namespace cluster
