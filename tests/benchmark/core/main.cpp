// SPDX-License-Identifier: Apache-2.0
// Measures the core alone, all servers of a cluster on one processor, and prints one table.
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/benchmark/core/cluster.h"
#include "tests/benchmark/load.h"
#include "tests/benchmark/machine.h"
#include "tests/benchmark/table.h"

namespace benchmark {
namespace {

constexpr std::size_t kCommandBytes = 128;
constexpr std::size_t kServers[] = {3, 5};

struct Options {
  std::vector<std::size_t> batches = {1, 64};
  unsigned repetitions = 7;
  double seconds = 1;
};

// The repetitions of one cluster with one batch.
struct Samples {
  std::vector<double> entries;  // thousands per second
  std::vector<double> steps;    // thousands per second
  double allocations = 0;       // per entry, as are the bytes; no clock is in them
  double bytes = 0;
};

void measure(std::size_t servers, std::size_t batch, double seconds, Samples& samples) {
  using Clock = std::chrono::steady_clock;
  CoreCluster cluster(servers);
  const std::uint64_t applied_before = cluster.applied();
  const auto begin = Clock::now();
  std::chrono::duration<double> taken{};
  do {
    std::vector<raft::Command> commands;
    commands.reserve(batch);
    for (std::size_t i = 0; i < batch; ++i)
      commands.push_back(std::make_shared<const std::string>(kCommandBytes, 'x'));
    cluster.replicate(std::move(commands));
    taken = Clock::now() - begin;
  } while (taken.count() < seconds);
  const auto entries = static_cast<double>(cluster.applied() - applied_before);
  const Work& work = cluster.work();
  samples.entries.push_back(entries / taken.count() / 1000);
  samples.steps.push_back(static_cast<double>(work.steps) / taken.count() / 1000);
  samples.allocations = static_cast<double>(work.allocations) / entries;
  samples.bytes = static_cast<double>(work.allocated_bytes) / entries;
}

void run(const Options& options) {
  // A process that never had a second thread counts references without atomics; squall-node has one
  // for its disk.
  std::thread([] {}).join();
  std::map<std::size_t, std::map<std::size_t, Samples>> all;  // by batch, then by servers
  for (unsigned repetition = 0; repetition < options.repetitions; ++repetition) {
    for (const std::size_t batch : options.batches) {
      for (const std::size_t servers : kServers)
        measure(servers, batch, options.seconds, all[batch][servers]);
    }
  }
  Table table;
  table.row("the core, one processor", "3 nodes", "5 nodes");
  for (auto& [batch, by_servers] : all) {
    const auto row = [&, &of = by_servers](const std::string& what, const auto& cell) {
      table.row(fmt::format("batch {}: {}", batch, what), cell(of[3]), cell(of[5]));
    };
    row("1000 entries/s", [](const Samples& s) { return median_and_range(s.entries); });
    row("1000 steps/s", [](const Samples& s) { return median_and_range(s.steps); });
    row("bytes/entry", [](const Samples& s) { return fmt::format("{:.0f}", s.bytes); });
    row("new/entry", [](const Samples& s) { return fmt::format("{:.2f}", s.allocations); });
  }
  fmt::print(
      "{}\n{}\nMedians (and ranges) of {} interleaved repetitions of {} s; commands of {} bytes.\n",
      table.text(), machine("."), options.repetitions, options.seconds, kCommandBytes);
}

}  // namespace
}  // namespace benchmark

int main(int argc, char** argv) {
  benchmark::Options options;
  CLI::App app("Measures the bare core: clusters of 3 and 5 in memory, on one processor.",
               "core_benchmark");
  app.option_defaults()->always_capture_default();
  app.add_option("--repetitions", options.repetitions)->check(CLI::PositiveNumber);
  app.add_option("--batches", options.batches, "commands proposed together")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "of each measurement")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    benchmark::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "core_benchmark: {}\n", error.what());
    return 3;
  }
  return 0;
}
