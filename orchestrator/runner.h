// SPDX-License-Identifier: Apache-2.0
// Runs one scenario on one cluster, from an empty folder to a verdict: the thin loop between a
// cluster, where things happen, and the interpreter, which says what to do about them.
#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/report/account.h"
#include "orchestrator/scenario/scenario.h"
#include "orchestrator/verify/judge.h"

namespace runner {

// As the program's exit codes say it.
inline constexpr int kPass = 0;
inline constexpr int kFail = 1;
inline constexpr int kUnknown = 2;
inline constexpr int kHarnessError = 3;
inline constexpr int kUsage = 4;
inline constexpr int kNothingMatched = 5;
inline constexpr int kSignalled = 128;  // plus the signal's number

enum class Keep : std::uint8_t {
  always,
  failed,  // delete the folder of a run that passed
  never,   // delete every folder, but one that a harness error left
};

struct Options {
  bool simulate = false;
  bool encoded = false;  // simulated: messages go through the wire format
  std::filesystem::path out = "runs";
  Keep keep = Keep::always;
  std::string run_again;           // the command that runs this scenario again
  std::string commit = "unknown";  // that the program was built from
};

// What was done to the cluster, counted.
struct Tally {
  unsigned kills = 0;
  unsigned restarts = 0;
  unsigned terms = 0;            // in which somebody led
  std::uint64_t operations = 0;  // of the clients, that had an outcome
};

struct RunResult {
  int exit_code = kHarnessError;
  std::filesystem::path folder;  // empty where none could be made, or it was not kept
  verify::Result verdict;
  Tally tally;
  std::string error;  // of the environment: what and where
};

// Throws nothing that the environment or the system under test does.
RunResult run(const scenario::Scenario& scenario, const Options& options, report::Account& account);

int exit_code_of(verify::Verdict verdict);

}  // namespace runner
