// SPDX-License-Identifier: Apache-2.0
// `squall check [--deep] [RUN]`: judges a run's folder again, by the folder alone.
#pragma once

#include <filesystem>

namespace commands {

struct CheckOptions {
  std::filesystem::path run = "runs/latest";
  bool deep = false;  // read the nodes' files, too
  bool no_color = false;
  bool json = false;  // result.json's line on stdout, and no table
};

// The exit code: that of the verdict (0 pass, 1 fail, 2 unknown), or 4 where there is no such run.
int check(const CheckOptions& options);

}  // namespace commands
