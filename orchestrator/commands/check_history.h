// SPDX-License-Identifier: Apache-2.0
// `squall check-history FILE --model register|cas|kv`: is a history that anybody wrote down
// linearizable? docs/linearizability.md has the formats.
#pragma once

#include <filesystem>

#include "orchestrator/verify/linearizability/judge.h"
#include "orchestrator/verify/linearizability/read_history.h"

namespace commands {

struct CheckHistoryOptions {
  std::filesystem::path file;
  linearizability::Model model{};
  linearizability::JudgeOptions judge{};  // budgets of the search
  bool no_color = false;
  bool json = false;  // the judgement as a line of JSON on stdout, and no text
};

// The exit code: 0 linearizable, 1 not, 2 unknown (a budget is spent, or nothing is in it), 4 where
// the file can't be read or is no history.
int check_history(const CheckHistoryOptions& options);

}  // namespace commands
