// SPDX-License-Identifier: Apache-2.0
// Whether the machine was too busy for the run: how late its processes ran, as they say themselves.
// What is expected within a time may then fail without anyone's fault.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace verify {

class Lateness {
 public:
  // Less than this is no excuse.
  static constexpr Time kLimit{100'000};

  void take(const NodeEvent& event);
  void take(const FaultEvent& event);
  void take(const NetworkEvent& event);

  // How long it takes until what a stall held up has come right again.
  static constexpr Time kAftermath{5'000'000};

  // Who ran how much too late at worst, recently enough to matter then, in words; empty where
  // nobody did.
  std::string until(Time time) const;

 private:
  struct Stall {
    Time at{};
    Time late{};
    std::string who;
  };
  void add(Time at, const Stalled& stalled, std::string who);

  std::vector<Stall> stalls_;  // above the limit
};

}  // namespace verify
