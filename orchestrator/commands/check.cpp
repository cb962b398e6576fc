// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/check.h"

#include <exception>
#include <system_error>

#include <fmt/format.h>

#include "orchestrator/commands/page.h"
#include "orchestrator/report/numbers.h"
#include "orchestrator/report/result.h"
#include "orchestrator/runner.h"

namespace commands {

int check(const CheckOptions& options) {
  verify::Result result;
  std::filesystem::path folder = options.run;
  try {
    if (std::error_code none; !std::filesystem::is_directory(folder, none)) {
      fmt::print(stderr, "squall check: no such run: {}\n", folder.string());
      return runner::kUsage;
    }
    folder = std::filesystem::canonical(folder);  // so that what is said outlives runs/latest
    result = verify::judge(folder, options.deep ? verify::Depth::files : verify::Depth::evidence);
  } catch (const std::exception& error) {
    fmt::print(stderr, "squall check: {}\n", error.what());
    return runner::kUsage;
  }
  Page page(options.no_color);
  if (options.json) {
    page.print(report::result_json(result));
  } else {
    page.print(report::checks_table(result, folder, page.colour()));
    page.print(fmt::format("\n{}\n{}\n", report::numbers_legend(),
                           report::numbers_line(result.numbers, result.verdict)));
    page.print(fmt::format("\n{}: {}\n", verify::name_of(result.verdict), folder.string()));
    if (result.verdict != verify::Verdict::pass && !result.run_again.empty()) {
      page.print(fmt::format("run it again: {}\ncommit: {}\n", result.run_again, result.commit));
    }
  }
  return runner::exit_code_of(result.verdict);
}

}  // namespace commands
