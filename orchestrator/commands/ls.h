// SPDX-License-Identifier: Apache-2.0
// `squall ls`: the runs there are, the newest first.
#pragma once

#include <filesystem>

namespace commands {

struct LsOptions {
  std::filesystem::path runs = "runs";
  bool no_color = false;
};

// 0, or 4 where there is no such folder.
int ls(const LsOptions& options);

}  // namespace commands
