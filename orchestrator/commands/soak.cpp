// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/soak.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "node/json_fields.h"
#include "orchestrator/commands/confirm.h"
#include "orchestrator/commands/run.h"
#include "orchestrator/commands/workers.h"
#include "orchestrator/report/account.h"
#include "orchestrator/report/result.h"
#include "orchestrator/runner_folder.h"
#include "orchestrator/scenario/generator.h"
#include "orchestrator/scenario/values.h"
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

// The first column has room for the seeds, and for how many there were.
std::string row(std::size_t width, std::string_view seed, std::string_view nodes,
                const runner::Tally& tally, std::string_view verdict, double seconds) {
  return fmt::format("{:>{}} {:>6} {:>6} {:>9} {:>6} {:>11}  {:<13} {:>8.1f}\n", seed, width, nodes,
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

std::string json_row(const scenario::Scenario& scenario, const verify::Confirmation& confirmation) {
  std::string line;
  proxy::JsonLine(line)
      .field("event", "confirmed")
      .field("seed", scenario.seed)
      .field("confirmed", confirmation.confirmed)
      .field("runs", confirmation.runs)
      .end_line();
  return line;
}

void explain(const runner::RunResult& result, const std::string& run_again,
             const SoakOptions& options, report::Account& account) {
  account.prose("\n");
  if (result.error.empty()) {
    account.prose(report::checks_table(result.verdict, result.folder, account.colour()));
  } else {
    account.prose(account.coloured(Colour::bad, result.error) + "\n");
  }
  account.prose("\n");
  if (!result.folder.empty()) {
    account.prose(fmt::format("folder: {}\nor: ./squall run {}{}\n", result.folder.string(),
                              how_of(options.simulate, options.encoded),
                              quoted((result.folder / "scenario.yaml").string())));
  }
  account.prose(how_again(options.simulate, run_again, options.commit));
}

// What a worker says of a seed.
std::string encode(const runner::RunResult& result) {
  std::string line;
  proxy::JsonLine(line)
      .field("exit_code", result.exit_code)
      .field("kills", result.tally.kills)
      .field("restarts", result.tally.restarts)
      .field("terms", result.tally.terms)
      .field("operations", result.tally.operations)
      .field("us", std::llround(result.verdict.numbers.seconds * 1e6))
      .field("folder", result.folder.string())
      .end_line();
  return line;
}

// Of a run that passed. Nothing for any other, and for one of which nothing was said.
std::optional<runner::RunResult> decode_pass(const std::string& line) {
  node::JsonFields in(line);
  runner::RunResult result;
  result.exit_code = static_cast<int>(in.number("exit_code", 1'000));
  result.tally.kills = static_cast<unsigned>(in.number("kills", UINT32_MAX));
  result.tally.restarts = static_cast<unsigned>(in.number("restarts", UINT32_MAX));
  result.tally.terms = static_cast<unsigned>(in.number("terms", UINT32_MAX));
  result.tally.operations = in.number("operations");
  result.verdict.numbers.seconds = static_cast<double>(in.number("us")) / 1e6;
  result.verdict.verdict = verify::Verdict::pass;
  result.folder = in.text("folder");
  if (!in.error().empty() || result.exit_code != runner::kPass) return std::nullopt;
  return result;
}

// Of a run in which a simulated node crashed as nothing in its process could stop.
runner::RunResult crashed(const scenario::Scenario& scenario, const std::string& crash) {
  runner::RunResult result;
  result.exit_code = runner::kFail;
  result.verdict.scenario = scenario.name;
  result.verdict.seed = scenario.seed;
  result.verdict.verdict = verify::Verdict::fail;
  verify::CheckResult check;
  check.name = "no_crash";
  check.verdict = verify::Verdict::fail;
  check.message = fmt::format("No crash: {} ended the process that ran the nodes.", crash);
  result.verdict.checks.push_back(std::move(check));
  return result;
}

class Soak {
 public:
  Soak(const SoakOptions& options, const Generate& generate)
      : options_(options),
        generate_(generate),
        account_({.prose = true,
                  .colour = report::colour_wanted(options.no_color),
                  .json = options.json}) {}

  int go() {
    account_.prose(account_.coloured(
        Colour::strong,
        fmt::format("{:>{}}  nodes  kills  restarts  terms  operations  verdict        seconds\n",
                    "seed", width_)));
    if (options_.simulate) {
      run_in_workers();
    } else {
      for (std::uint64_t seed = options_.seed; may_begin(seed); ++seed) {
        if (!take(seed, run_here(seed))) break;
      }
    }
    const double seconds = static_cast<double>((proxy::monotonic_now() - began_).count()) / 1e6;
    account_.prose(account_.coloured(
        Colour::strong, row(width_, fmt::format("{} seeds", totals_.seeds), "", totals_.tally,
                            fmt::format("{} passed", totals_.passed), seconds)));
    return exit_code_;
  }

 private:
  bool may_begin(std::uint64_t seed) const {
    if (seed < options_.seed) return false;  // there was a last one
    const std::uint64_t begun = seed - options_.seed;
    if (options_.seeds && begun >= *options_.seeds) return false;
    if (options_.seeds && !options_.for_duration) return true;
    return begun == 0 ||
           proxy::monotonic_now() < began_ + options_.for_duration.value_or(kForDefault);
  }

  std::string run_again(std::uint64_t seed) const {
    return run_again(seed, how_of(options_.simulate, options_.encoded));
  }
  std::string run_again(std::uint64_t seed, std::string_view how) const {
    return fmt::format("./squall soak {}{}--seed {} --seeds 1", how, length_text(), seed);
  }
  std::string length_text() const {
    if (!options_.length) return {};
    return fmt::format("--length {} ", scenario::duration_text(*options_.length));
  }

  runner::RunResult run_here(std::uint64_t seed) const { return run_here(seed, options_.keep); }
  runner::RunResult run_here(std::uint64_t seed, runner::Keep keep) const {
    report::Account silent({.prose = false, .colour = false, .json = false});
    return runner::run(
        generate_(seed),
        {options_.simulate, options_.encoded, options_.out, keep, run_again(seed), options_.commit},
        silent);
  }

  // Rows come in the order of the seeds. A seed that does not pass is run again here: being
  // simulated it leaves the same, and nobody has to carry its evidence from one process to another.
  // One at a time has a process of its own, too: a node that crashes for good takes that with it.
  void run_in_workers() {
    Workers workers([this](std::uint64_t seed) {
      const bool always = options_.keep == runner::Keep::always;
      const auto result = run_here(seed, always ? runner::Keep::always : runner::Keep::never);
      if (result.exit_code != runner::kPass) std::filesystem::remove_all(result.folder);
      return encode(result);
    });
    std::map<std::uint64_t, Workers::Done> done;
    std::uint64_t next = options_.seed;
    std::uint64_t due = options_.seed;
    bool going_on = true;
    while (true) {
      while (going_on && workers.busy() < options_.jobs && may_begin(next))
        workers.begin(next++);
      if (workers.busy() == 0) break;
      Workers::Done one = workers.wait();
      if (workers.interrupted() && going_on) {
        going_on = false;
        exit_code_ = runner::kSignalled + workers.signal();
      }
      const std::uint64_t seed = one.piece;
      done.emplace(seed, std::move(one));
      for (auto it = done.find(due); going_on && it != done.end(); it = done.find(++due)) {
        going_on = take(due, result_of(due, it->second));
        done.erase(it);
      }
    }
    // Of seeds beyond the one that ended it nothing is told and nothing is left.
    for (const auto& [seed, one] : done) {
      const auto passed = decode_pass(one.said);
      if (!passed || !std::filesystem::remove_all(passed->folder)) continue;
      if (!last_kept_.empty()) runner::point_latest_at(options_.out, last_kept_);
    }
  }

  // One that ended its process would end this one, too.
  runner::RunResult result_of(std::uint64_t seed, const Workers::Done& done) const {
    if (!done.crash.empty()) return crashed(generate_(seed), done.crash);
    const auto passed = decode_pass(done.said);
    return passed ? *passed : run_here(seed);
  }

  // False where no further seed is to be run.
  bool take(std::uint64_t seed, const runner::RunResult& result) {
    const scenario::Scenario scenario = generate_(seed);
    totals_.add(result);
    if (std::filesystem::exists(result.folder)) last_kept_ = result.folder;
    exit_code_ = worse(exit_code_, result.exit_code);
    account_.prose(account_.coloured(
        result.exit_code == runner::kPass ? Colour::plain : Colour::bad,
        row(width_, fmt::format("{}", seed), fmt::format("{}", scenario.cluster.nodes),
            result.tally, verdict_of(result), result.verdict.numbers.seconds)));
    account_.json(json_row(scenario, result));
    if (result.exit_code == runner::kPass) return true;
    explain(result, run_again(seed), options_, account_);
    if (result.exit_code == runner::kFail && options_.confirm > 0) {
      const runner::Options processes{.simulate = false,
                                      .encoded = false,
                                      .out = options_.out,
                                      .keep = options_.keep,
                                      .run_again = run_again(seed, how_of(false, false)),
                                      .commit = options_.commit};
      const auto confirmation = confirm(scenario, result, options_.confirm, processes, account_);
      account_.json(json_row(scenario, confirmation));
    }
    return result.exit_code == runner::kUnknown;
  }

  const SoakOptions& options_;
  const Generate& generate_;
  report::Account account_;
  const raft::Time began_ = proxy::monotonic_now();
  Totals totals_;
  std::filesystem::path last_kept_;
  const std::size_t width_ = std::max(std::size_t{8}, fmt::formatted_size("{}", options_.seed) + 1);
  int exit_code_ = runner::kPass;
};

}  // namespace

int soak(const SoakOptions& options) {
  return soak(options,
              [&options](std::uint64_t seed) { return scenario::generate(seed, options.length); });
}

int soak(const SoakOptions& options, const Generate& generate) {
  return Soak(options, generate).go();
}

}  // namespace commands
