// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/confirm.h"

#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/report/result.h"

namespace commands {
namespace {

bool has_failed(const verify::Result& result, const std::string& check) {
  return std::any_of(result.checks.begin(), result.checks.end(),
                     [&](const verify::CheckResult& one) {
                       return one.name == check && one.verdict == verify::Verdict::fail;
                     });
}

bool confirms(const verify::Result& real, const verify::Result& found) {
  return std::any_of(found.checks.begin(), found.checks.end(), [&](const auto& check) {
    return check.verdict == verify::Verdict::fail && has_failed(real, check.name);
  });
}

}  // namespace

verify::Confirmation confirm(const scenario::Scenario& scenario, const runner::RunResult& found,
                             unsigned times, const runner::Options& options,
                             report::Account& account) {
  report::Account silent({.prose = false, .colour = false, .json = false});
  verify::Confirmation confirmation;
  while (confirmation.runs < times) {
    const runner::RunResult real = runner::run(scenario, options, silent);
    if (!real.error.empty()) account.prose(fmt::format("on processes: {}\n", real.error));
    if (!real.error.empty() || real.exit_code >= runner::kSignalled) break;
    ++confirmation.runs;
    if (!confirms(real.verdict, found.verdict)) continue;
    ++confirmation.confirmed;
    if (!real.folder.empty()) {
      account.prose(fmt::format("on processes: {}\n", real.folder.string()));
    }
  }
  account.prose(
      fmt::format("confirmed {} of {} on processes\n", confirmation.confirmed, confirmation.runs));
  if (!found.folder.empty()) {
    verify::Result result = found.verdict;
    result.confirmation = confirmation;
    report::write_result(found.folder, result);
  }
  return confirmation;
}

}  // namespace commands
