// SPDX-License-Identifier: Apache-2.0
// Porcupine beside squall: the program that tests/benchmark/linearizability/run builds from its
// source is given the same parsed history, as a file of events.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"

namespace benchmark {

struct PorcupineOptions {
  std::filesystem::path program;  // empty: there is none
  std::filesystem::path folder = ".";
  unsigned repetitions = 5;
  unsigned seconds = 30;  // after which there is no answer
};

struct PorcupineSays {
  std::string verdict;               // ok, illegal, unknown
  std::vector<double> milliseconds;  // of its checks, processor time
};

// Throws std::runtime_error where the program fails.
PorcupineSays ask_porcupine(const PorcupineOptions& options,
                            const linearizability::History& history);

}  // namespace benchmark
