// SPDX-License-Identifier: Apache-2.0
// A verdict on disk, and on the page.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/verify/judge.h"

namespace report {

// result.json, as docs/evidence.md fixes it: one line.
std::string result_json(const verify::Result& result);

// Writes it into the run's folder, whole or not at all. Throws std::runtime_error where it can't.
void write_result(const std::filesystem::path& folder, const verify::Result& result);

// What a list of runs shows.
struct ResultSummary {
  verify::Verdict verdict = verify::Verdict::unknown;
  std::string scenario;
  std::uint64_t seed = 0;
  double seconds = 0;
};
// Nothing where the folder holds no result that can be read.
std::optional<ResultSummary> read_result(const std::filesystem::path& folder);

// "pass", "fail", "unknown" or "n/a", padded to `width` and in its colour.
std::string verdict_text(verify::Verdict verdict, std::size_t width, bool colour);

// One line for each check, in 80 columns; under one that failed or can't be told why, and under a
// violation the lines around it of each file it names, unless `folder` is empty: nothing was kept.
std::string checks_table(const verify::Result& result, const std::filesystem::path& folder,
                         bool colour);

}  // namespace report
