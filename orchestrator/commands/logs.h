// SPDX-License-Identifier: Apache-2.0
// `squall logs [RUN]`: a run's node logs as one readable timeline.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace commands {

struct LogsOptions {
  std::filesystem::path run = "runs/latest";
  std::vector<std::string> nodes;   // only of these: n1, n2; none: of all
  std::vector<std::string> events;  // only these events, by their names in the evidence
  std::optional<std::uint64_t> term;
  bool columns = false;  // one column for each node
  bool no_color = false;
  bool color = false;  // also where stdout is no terminal: for `less -R`
};

// 0, or 4 where there is no such run, node or event.
int logs(const LogsOptions& options);

}  // namespace commands
