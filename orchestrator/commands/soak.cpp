// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/soak.h"

#include <fmt/format.h>

#include "orchestrator/commands/run.h"
#include "orchestrator/report/account.h"
#include "orchestrator/report/result.h"
#include "orchestrator/scenario/generator.h"
#include "proxy/edge/descriptor.h"
#include "proxy/wire/json.h"

namespace commands {
namespace {

using Colour = report::Account::Colour;

constexpr scenario::Duration kForDefault{60'000'000};

struct Totals {
  unsigned seeds = 0;
  unsigned passed = 0;
  runner::Tally tally;

  void add(const runner::RunResult& result) {
    ++seeds;
    passed += result.exit_code == runner::kPass ? 1 : 0;
    tally.kills += result.tally.kills;
    tally.restarts += result.tally.restarts;
    tally.terms += result.tally.terms;
    tally.operations += result.tally.operations;
  }
};

std::string row(std::string_view seed, std::string_view nodes, const runner::Tally& tally,
                std::string_view verdict, double seconds) {
  return fmt::format("{:>8} {:>6} {:>6} {:>9} {:>6} {:>11}  {:<13} {:>8.1f}\n", seed, nodes,
                     tally.kills, tally.restarts, tally.terms, tally.operations, verdict, seconds);
}

std::string verdict_of(const runner::RunResult& result) {
  if (result.exit_code >= runner::kSignalled) return "interrupted";
  if (!result.error.empty()) return "harness error";
  return verify::name_of(result.verdict.verdict);
}

std::string json_row(const scenario::Scenario& scenario, const runner::RunResult& result) {
  std::string line;
  proxy::JsonLine(line)
      .field("event", "soaked")
      .field("seed", scenario.seed)
      .field("nodes", scenario.cluster.nodes)
      .field("kills", result.tally.kills)
      .field("restarts", result.tally.restarts)
      .field("terms", result.tally.terms)
      .field("operations", result.tally.operations)
      .field("verdict", verdict_of(result))
      .field("seconds", result.verdict.numbers.seconds)
      .field("exit_code", result.exit_code)
      .field("folder", result.folder.string())
      .end_line();
  return line;
}

void explain(const runner::RunResult& result, const std::string& run_again, bool simulate,
             report::Account& account) {
  account.prose("\n");
  if (result.error.empty()) {
    account.prose(report::checks_table(result.verdict, result.folder, account.colour()));
  } else {
    account.prose(account.coloured(Colour::bad, result.error) + "\n");
  }
  account.prose(fmt::format("\nfolder: {}\n{}: {}\nor: ./squall run {}{}\n", result.folder.string(),
                            simulate ? "reproduces" : "runs it again", run_again,
                            simulate ? "--simulate " : "",
                            quoted((result.folder / "scenario.yaml").string())));
}

}  // namespace

int soak(const SoakOptions& options) {
  report::Account account(
      {.prose = true, .colour = report::colour_wanted(options.no_color), .json = options.json});
  report::Account silent({.prose = false, .colour = false, .json = false});
  const bool bounded_by_seeds = options.seeds && !options.for_duration;
  const raft::Time began = proxy::monotonic_now();
  const raft::Time until = began + options.for_duration.value_or(kForDefault);

  account.prose(account.coloured(
      Colour::strong,
      "    seed  nodes  kills  restarts  terms  operations  verdict        seconds\n"));
  Totals totals;
  int exit_code = runner::kPass;
  for (std::uint64_t seed = options.seed; !options.seeds || totals.seeds < *options.seeds; ++seed) {
    if (!bounded_by_seeds && totals.seeds > 0 && proxy::monotonic_now() >= until) break;
    const scenario::Scenario scenario = scenario::generate(seed);
    const std::string run_again = fmt::format("./squall soak{} --seed {} --seeds 1",
                                              options.simulate ? " --simulate" : "", seed);
    const runner::RunResult result =
        runner::run(scenario, {options.simulate, options.out, options.keep, run_again}, silent);
    totals.add(result);
    exit_code = worse(exit_code, result.exit_code);
    account.prose(
        account.coloured(result.exit_code == runner::kPass ? Colour::plain : Colour::bad,
                         row(fmt::format("{}", seed), fmt::format("{}", scenario.cluster.nodes),
                             result.tally, verdict_of(result), result.verdict.numbers.seconds)));
    account.json(json_row(scenario, result));
    if (result.exit_code == runner::kPass) continue;
    explain(result, run_again, options.simulate, account);
    if (result.exit_code != runner::kUnknown) break;
  }
  const double seconds = static_cast<double>((proxy::monotonic_now() - began).count()) / 1e6;
  account.prose(
      account.coloured(Colour::strong, row(fmt::format("{} seeds", totals.seeds), "", totals.tally,
                                           fmt::format("{} passed", totals.passed), seconds)));
  return exit_code;
}

}  // namespace commands
