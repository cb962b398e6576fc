// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/check_history.h"

#include <chrono>

#include <fmt/format.h>

#include "orchestrator/commands/page.h"
#include "orchestrator/report/judgement.h"
#include "orchestrator/runner.h"

namespace commands {
namespace {

// What `act` takes of the machine's time.
template <class Act>
std::chrono::microseconds timed(Act&& act) {
  const auto began = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               began);
}

}  // namespace

int check_history(const CheckHistoryOptions& options) {
  linearizability::ReadHistory read;
  const auto reading =
      timed([&] { read = linearizability::read_history_file(options.file, options.model); });
  if (!read.error.empty()) {
    fmt::print(stderr, "squall check-history: {}\n", read.error);
    return runner::kUsage;
  }
  linearizability::Judgement judgement;
  const auto judging =
      timed([&] { judgement = linearizability::judge(read.history, options.judge); });
  const report::JudgedHistory judged{.file = options.file.string(),
                                     .model = options.model,
                                     .read = read,
                                     .judgement = judgement,
                                     .reading = reading,
                                     .judging = judging};
  Page page(options.no_color);
  page.print(options.json ? report::judgement_json(judged)
                          : report::judgement_text(judged, page.colour()));
  return runner::exit_code_of(report::verdict_of(judged));
}

}  // namespace commands
