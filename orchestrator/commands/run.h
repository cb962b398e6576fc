// SPDX-License-Identifier: Apache-2.0
// `squall run`: runs scenarios, one after the other.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/runner.h"

namespace commands {

struct RunOptions {
  std::vector<std::string> paths;  // files, or folders with .yaml files at any depth
  std::string filter;              // only those whose path or name contains it
  bool simulate = false;
  bool encoded = false;               // simulated: messages go through the wire format
  std::optional<std::uint64_t> seed;  // in place of the scenarios' own
  unsigned repeat = 1;                // each time with the next seed
  bool until_fail = false;            // repeat until one does not pass
  std::optional<scenario::Duration> time_limit;
  std::filesystem::path out = "runs";
  runner::Keep keep = runner::Keep::always;
  std::string commit = "unknown";  // that the program was built from
  bool no_color = false;
  bool json = false;
};

// The exit code: that of the worst outcome.
int run(const RunOptions& options);

// Which of two exit codes says the worse.
int worse(int a, int b);

// The lines that say how to have what failed again: the command and the commit.
std::string how_again(bool simulate, const std::string& run_again, const std::string& commit);

// The options, with a space behind them, that say on which cluster.
const char* how_of(bool simulate, bool encoded);

// A word of a command line as a shell takes it for one.
std::string quoted(const std::string& word);

}  // namespace commands
