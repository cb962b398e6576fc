// SPDX-License-Identifier: Apache-2.0
// `squall soak`: generated scenarios, seed after seed, until the time is up or one fails.
#pragma once

#include <filesystem>
#include <optional>

#include "orchestrator/runner.h"

namespace commands {

struct SoakOptions {
  std::uint64_t seed = 1;                          // the first one; the others count on from it
  std::optional<scenario::Duration> for_duration;  // no further seed is begun after so long
  std::optional<unsigned> seeds;                   // so many at the most
  bool simulate = false;
  std::filesystem::path out = "runs";
  runner::Keep keep = runner::Keep::failed;
  bool no_color = false;
  bool json = false;
};

// With neither a duration nor a number of seeds, it goes on for a minute. The exit code is that of
// the worst outcome.
int soak(const SoakOptions& options);

}  // namespace commands
