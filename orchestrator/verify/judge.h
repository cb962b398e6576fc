// SPDX-License-Identifier: Apache-2.0
// A run's folder in, its verdict out: while the run goes on, so that it can be stopped where a
// check fails, and at any time after. Nothing but the folder is asked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/verify/verdict.h"

namespace verify {

// The five numbers that Raft's teaching labs print of every test.
struct Numbers {
  double seconds = 0;  // of the run's clock, from its start to its end
  unsigned peers = 0;
  std::uint64_t messages = 0;   // between nodes, sent
  std::uint64_t bytes = 0;      // of them
  std::uint64_t committed = 0;  // log entries
};

// Of a failure found in virtual time: how many of so many runs on processes failed as it did.
struct Confirmation {
  unsigned confirmed = 0;
  unsigned runs = 0;
};

struct Result {
  Verdict verdict = Verdict::unknown;
  std::vector<CheckResult> checks;  // in the order of check_names(), those of every run after them
  Numbers numbers;
  std::string scenario;
  std::uint64_t seed = 0;
  std::string cluster;    // "processes" or "simulated"
  std::string run_again;  // the command; empty where the evidence does not tell it
  std::string commit;     // that the program was built from which ran it; empty as well
  std::optional<Confirmation> confirmation{};
};

enum class Depth : std::uint8_t {
  evidence,
  files,  // and what lies on the nodes' disks at the end, as the check `files`
};

// Judges by the checks that the run was started with, or by all.
class Judge {
 public:
  // Throws std::runtime_error where the folder is not that of a run.
  explicit Judge(const std::filesystem::path& folder, Depth depth = Depth::evidence);
  ~Judge();

  // Looks at what was written since it last looked. The names of the checks that have failed.
  const std::vector<std::string>& look();
  // Once, when nothing more will be written.
  Result finish();

 private:
  class Bench;
  std::unique_ptr<Bench> bench_;
};

// Of a run that is over. Throws std::runtime_error where the folder is not that of a run.
Result judge(const std::filesystem::path& folder, Depth depth = Depth::evidence);

}  // namespace verify
