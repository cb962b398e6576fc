// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/interrupts.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace cluster {

Interrupts::Interrupts() {
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before_);
  signals_ = proxy::termination_signals();
}

Interrupts::~Interrupts() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Interrupts::take() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace cluster
