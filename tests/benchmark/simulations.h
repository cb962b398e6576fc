// SPDX-License-Identifier: Apache-2.0
// How much faster than real time simulated clusters run, and what that buys: scenarios and seeds.
// Processor time of one thread, so that other work on the machine matters little; but for the soak
// of minutes, which is `squall soak --simulate --jobs 2 --length 60s` by the clock on the wall.
#pragma once

#include <filesystem>

#include "tests/benchmark/table.h"

namespace benchmark {

struct SimulationOptions {
  unsigned repetitions = 5;
  unsigned idle_seconds = 3600;                   // virtual
  unsigned loaded_seconds = 30;                   // virtual
  unsigned seeds = 40;                            // of the soak
  unsigned minutes = 100;                         // of the soak, a seed for each, two at once
  std::filesystem::path folder = ".";             // for the evidence
  std::filesystem::path scenarios = "scenarios";  // the shipped ones
};

// Measures, and adds its rows to the table, whose columns are the run alone, with all evidence
// written, and the same with its verdict. Throws std::runtime_error where a run does not pass.
void measure_simulations(const SimulationOptions& options, Table& table);

}  // namespace benchmark
