// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/simulations.h"

#include <chrono>
#include <ctime>
#include <stdexcept>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "orchestrator/commands/soak.h"
#include "orchestrator/runner.h"
#include "orchestrator/scenario/files.h"
#include "orchestrator/scenario/generator.h"
#include "orchestrator/scenario/reader.h"

namespace benchmark {
namespace {

// Heartbeats every 100 ms.
constexpr const char* kIdle = R"(version: 1
name: idle
seed: 1
time_limit: {limit}s
cluster: {{nodes: 5, election_timeout: {{min: 500ms, max: 1000ms}}, heartbeat_interval: 100ms}}
steps:
  - wait_for: {{leader: stable, timeout: 5s}}
  - sleep: {seconds}s
)";
constexpr const char* kLoaded = R"(version: 1
name: loaded
seed: 1
time_limit: {limit}s
cluster: {{nodes: 5, election_timeout: {{min: 500ms, max: 1000ms}}, heartbeat_interval: 100ms}}
workload: {{clients: 16, rate: 1000}}
steps:
  - wait_for: {{leader: stable, timeout: 5s}}
  - sleep: {seconds}s
)";
constexpr const char* kLarge = R"(version: 1
name: large
seed: 1
cluster: {nodes: 101, election_timeout: {min: 500ms, max: 1000ms}, heartbeat_interval: 100ms}
steps:
  - wait_for: {leader: stable, timeout: 5s}
  - agree: {nodes: 101, times: 10}
)";

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

scenario::Scenario valid(const scenario::ReadResult& result) {
  if (const auto* scenario = std::get_if<scenario::Scenario>(&result)) return *scenario;
  throw std::runtime_error(std::get<scenario::Errors>(result).front().text());
}

scenario::Scenario read(const std::string& text) {
  return valid(scenario::read_scenario(text, "benchmark"));
}

std::string filled(const char* text, unsigned seconds) {
  return fmt::format(fmt::runtime(text), fmt::arg("seconds", seconds),
                     fmt::arg("limit", seconds + 60));
}

// Processor seconds.
struct Cost {
  double alone = 0;
  double judged = 0;     // with the verdict
  double simulated = 0;  // virtual seconds
  double runs = 0;

  Cost& operator+=(const Cost& other) {
    alone += other.alone;
    judged += other.judged;
    simulated += other.simulated;
    runs += other.runs;
    return *this;
  }
};

enum class Messages { values, encoded };

Cost run(const scenario::Scenario& scenario, Messages messages, const std::filesystem::path& out) {
  report::Account silent({.prose = false, .colour = false, .json = false});
  const double began = processor_seconds();
  const runner::RunResult result = runner::run(scenario,
                                               {.simulate = true,
                                                .encoded = messages == Messages::encoded,
                                                .out = out,
                                                .keep = runner::Keep::always,
                                                .run_again = {},
                                                .commit = {}},
                                               silent);
  const double ended = processor_seconds();
  if (result.exit_code != runner::kPass) {
    throw std::runtime_error(
        fmt::format("{} did not pass: see {}", scenario.name, result.folder.string()));
  }
  verify::judge(result.folder);
  const double verdict = processor_seconds() - ended;
  return {ended - began - verdict, ended - began, result.verdict.numbers.seconds, 1};
}

Cost run_all(const std::vector<scenario::Scenario>& scenarios, Messages messages,
             const std::filesystem::path& folder) {
  const std::filesystem::path out = folder / "simulations";
  Cost sum;
  for (const scenario::Scenario& scenario : scenarios) {
    sum += run(scenario, messages, out);
    std::filesystem::remove_all(out);
  }
  return sum;
}

// Seeds in half an hour.
double soak_minutes(unsigned minutes, const std::filesystem::path& folder) {
  commands::SoakOptions options;
  options.seeds = minutes;
  options.length = std::chrono::minutes(1);
  options.simulate = true;
  options.jobs = 2;
  options.out = folder / "simulations";
  const auto began = std::chrono::steady_clock::now();
  const int code = commands::soak(options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (code != runner::kPass) throw std::runtime_error("a seed of the soak did not pass");
  return 1800 * minutes / took.count();
}

using Number = double (*)(double seconds, const Cost& cost);

double times_real(double seconds, const Cost& cost) {
  return cost.simulated / seconds;
}
double in_milliseconds(double seconds, const Cost&) {
  return seconds * 1000;
}
double seeds_a_minute(double seconds, const Cost& cost) {
  return 60 * cost.runs / seconds;
}

}  // namespace

void measure_simulations(const SimulationOptions& options, Table& table) {
  const auto measure = [&](const std::vector<scenario::Scenario>& scenarios,
                           Messages messages = Messages::values) {
    std::vector<Cost> costs;
    for (unsigned i = 0; i < options.repetitions; ++i)
      costs.push_back(run_all(scenarios, messages, options.folder));
    return costs;
  };
  const auto row = [&](const std::string& what, const std::vector<Cost>& costs, Number number) {
    std::vector<double> alone;
    std::vector<double> judged;
    for (const Cost& cost : costs) {
      alone.push_back(number(cost.alone, cost));
      judged.push_back(number(cost.judged, cost));
    }
    table.row(what, median_and_range(alone), median_and_range(judged));
  };

  table.row("simulated, one processor", "the run alone", "with its verdict");
  const scenario::Scenario idle = read(filled(kIdle, options.idle_seconds));
  const scenario::Scenario loaded = read(filled(kLoaded, options.loaded_seconds));
  row("idle, times real", measure({idle}), times_real);
  row("  encoded", measure({idle}, Messages::encoded), times_real);
  row("1000 op/s, times real", measure({loaded}), times_real);
  row("  encoded", measure({loaded}, Messages::encoded), times_real);
  row("101 nodes, ms", measure({read(kLarge)}), in_milliseconds);

  std::vector<scenario::Scenario> labs;
  for (const auto& path : scenario::scenario_files({(options.scenarios / "lab").string()}))
    labs.push_back(valid(scenario::read_scenario(path)));
  row("all lab scenarios, ms", measure(labs), in_milliseconds);

  std::vector<scenario::Scenario> seeds;
  for (unsigned seed = 1; seed <= options.seeds; ++seed)
    seeds.push_back(scenario::generate(seed));
  const std::vector<Cost> soak = measure(seeds);
  row("soak, times real", soak, times_real);
  row("soak, seeds/minute", soak, seeds_a_minute);

  std::vector<double> minutes;
  for (unsigned i = 0; i < options.repetitions; ++i)
    minutes.push_back(soak_minutes(options.minutes, options.folder));
  table.row("soak of minutes, in 30 min", "", median_and_range(minutes));
}

}  // namespace benchmark
