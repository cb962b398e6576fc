// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/ls.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "orchestrator/commands/page.h"
#include "orchestrator/report/result.h"
#include "orchestrator/runner.h"
#include "orchestrator/verify/evidence.h"

namespace commands {
namespace {

namespace fs = std::filesystem;

struct Row {
  std::string time;  // as the folder's name has it
  std::string seed;
  std::string scenario;
  std::optional<report::ResultSummary> result;
};

bool is_run(const fs::path& folder) {
  return fs::exists(folder / verify::file_name(verify::Where::kFaults)) ||
         fs::exists(folder / "scenario.yaml");
}

// runs/<scenario>/<UTC time>-<seed>
Row row_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const std::size_t dash = name.find('-');
  Row row{name.substr(0, dash), dash == std::string::npos ? "" : name.substr(dash + 1),
          folder.parent_path().filename().string(), report::read_result(folder)};
  if (row.result) {
    row.scenario = row.result->scenario;
    row.seed = fmt::format("{}", row.result->seed);
  }
  return row;
}

std::vector<Row> rows_in(const fs::path& runs) {
  std::vector<Row> rows;
  std::error_code error;
  auto entry =
      fs::recursive_directory_iterator(runs, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code none;
    if (entry->is_symlink(none) || !entry->is_directory(none) || !is_run(entry->path())) continue;
    rows.push_back(row_of(entry->path()));
    entry.disable_recursion_pending();
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.time != b.time ? a.time > b.time : a.scenario < b.scenario;
  });
  return rows;
}

}  // namespace

int ls(const LsOptions& options) {
  if (std::error_code none; !fs::is_directory(options.runs, none)) {
    fmt::print(stderr, "squall ls: no such folder: {}\n", options.runs.string());
    return runner::kUsage;
  }
  const std::vector<Row> rows = rows_in(options.runs);
  if (rows.empty()) fmt::print(stderr, "no runs in {}\n", options.runs.string());
  std::size_t scenario = 8;
  std::size_t seed = 4;
  for (const Row& row : rows) {
    scenario = std::max(scenario, row.scenario.size());
    seed = std::max(seed, row.seed.size());
  }
  Page page(options.no_color);
  if (!rows.empty()) {
    page.print(fmt::format("{:<16}  {:<{}}  {:>{}}  {:<10}  {:>8}\n", "time", "scenario", scenario,
                           "seed", seed, "verdict", "seconds"));
  }
  for (const Row& row : rows) {
    page.print(
        fmt::format("{:<16}  {:<{}}  {:>{}}  ", row.time, row.scenario, scenario, row.seed, seed));
    if (row.result) {
      page.print(fmt::format("{}  {:8.1f}\n",
                             report::verdict_text(row.result->verdict, 10, page.colour()),
                             row.result->seconds));
    } else {
      page.print("unfinished\n");
    }
  }
  return runner::kPass;
}

}  // namespace commands
