// SPDX-License-Identifier: Apache-2.0
// `squall soak`: generated scenarios, seed after seed, until the time is up or one fails. In
// virtual time several can run at once, each in a process of its own, with the same rows in the
// same order; what failed there can then be run on processes, to see whether it fails there, too.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "orchestrator/runner.h"

namespace commands {

struct SoakOptions {
  std::uint64_t seed = 1;                          // the first one; the others count on from it
  std::optional<scenario::Duration> for_duration;  // no further seed is begun after so long
  std::optional<unsigned> seeds;                   // so many at the most
  std::optional<scenario::Duration> length;        // how long each goes on, on the run's clock
  bool simulate = false;
  bool encoded = false;  // simulated: messages go through the wire format
  unsigned jobs = 1;     // simulated: so many at once
  unsigned confirm = 0;  // simulated: run what failed so often on processes
  std::filesystem::path out = "runs";
  runner::Keep keep = runner::Keep::failed;
  std::string commit = "unknown";  // that the program was built from
  bool no_color = false;
  bool json = false;
};

// With neither a duration nor a number of seeds, it goes on for a minute. The exit code is that of
// the worst outcome; whether a simulated failure was confirmed does not change it, since what fails
// there is wrong there.
int soak(const SoakOptions& options);

// The same with scenarios from elsewhere. `generate` gives the same one for the same seed, always.
using Generate = std::function<scenario::Scenario(std::uint64_t seed)>;
int soak(const SoakOptions& options, const Generate& generate);

}  // namespace commands
