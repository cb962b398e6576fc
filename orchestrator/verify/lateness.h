// SPDX-License-Identifier: Apache-2.0
// Whether the machine was too busy for the run: how late its processes ran, as they say themselves.
// What is expected within a time may then fail without anyone's fault. Lateness that was injected,
// by pausing a node or slowing it down, is what the run is about, and no excuse.
#pragma once

#include <map>
#include <optional>
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
  struct Injected {
    Time begin{};
    bool pause = false;         // which ends with the process
    std::optional<Time> end{};  // in force to the end where nothing stands
  };
  void begin(const FaultStarted& fault, Time at);
  void end(const std::string& fault, Time at);
  void add(Time at, const Stalled& stalled, std::string who);
  // How much of it no injected fault explains.
  Time unexplained(const Stall& stall) const;

  std::vector<Stall> stalls_;                              // above the limit
  std::map<std::string, std::vector<Injected>> injected_;  // by node
  std::map<std::string, std::vector<std::string>> open_;   // nodes of the faults in force, by id
};

}  // namespace verify
