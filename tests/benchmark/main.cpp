// SPDX-License-Identifier: Apache-2.0
// Measures squall beside what it can be compared with, and simulated clusters beside real time.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "proxy/wire/envelope.h"
#include "tests/benchmark/clusters.h"
#include "tests/benchmark/load.h"
#include "tests/benchmark/machine.h"
#include "tests/benchmark/proxies.h"
#include "tests/benchmark/simulations.h"
#include "tests/benchmark/table.h"

namespace benchmark {
namespace {

struct Options {
  ClusterOptions clusters;
  ProxyOptions proxies;
  bool without_clusters = false;
  bool without_proxies = false;
  SimulationOptions simulations;
  bool without_simulations = false;
};

void run(const Options& options) {
  const double sync = sync_time(options.clusters.folder, kValueBytes);
  Table of_proxies;
  if (!options.without_proxies) compare_proxies(options.proxies, of_proxies);
  Table of_clusters;
  if (!options.without_clusters) compare_clusters(options.clusters, of_clusters);
  of_clusters.append(of_proxies);
  Table of_simulations;
  if (!options.without_simulations) measure_simulations(options.simulations, of_simulations);
  fmt::print(
      "{}\n{}\n{}\nMedians (and ranges) of {} interleaved repetitions. fdatasync before every "
      "promise: with a\nwrite of {} bytes it takes {:.0f} us here. Added: to a round trip without "
      "proxy, p50 / p99.\n",
      of_clusters.text(), of_simulations.text(), machine(options.clusters.folder),
      options.clusters.repetitions, kValueBytes, sync);
}

}  // namespace
}  // namespace benchmark

int main(int argc, char** argv) {
  benchmark::Options options;
  benchmark::ClusterOptions& clusters = options.clusters;
  benchmark::ProxyOptions& proxies = options.proxies;
  benchmark::SimulationOptions& simulations = options.simulations;
  CLI::App app(
      "Measures squall's cluster beside etcd's, its proxy beside libzmq's, and simulated clusters.",
      "benchmark");
  app.option_defaults()->always_capture_default();
  app.add_option("--repetitions", clusters.repetitions)->check(CLI::PositiveNumber);
  app.add_option("--clients", clusters.clients, "one measurement of the clusters for each")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", clusters.seconds, "of each measurement of a cluster")
      ->check(CLI::PositiveNumber);
  app.add_option("--warm-up", clusters.warm_up, "seconds before it")->check(CLI::NonNegativeNumber);
  app.add_option("--payloads", proxies.payloads, "bytes, one measurement of the proxies for each")
      ->delimiter(',')
      ->check(CLI::Range(std::size_t{0}, proxy::kMaxPayload));
  app.add_option("--proxy-seconds", proxies.seconds, "of each measurement of a proxy")
      ->check(CLI::PositiveNumber);
  app.add_option("--folder", clusters.folder, "on the disk to be used")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--without-etcd", clusters.without_etcd);
  app.add_flag("--without-clusters", options.without_clusters);
  app.add_flag("--without-proxies", options.without_proxies);
  app.add_option("--idle-seconds", simulations.idle_seconds, "virtual, of an idle cluster")
      ->check(CLI::PositiveNumber);
  app.add_option("--loaded-seconds", simulations.loaded_seconds, "virtual, of a loaded cluster")
      ->check(CLI::PositiveNumber);
  app.add_option("--seeds", simulations.seeds, "of the soak")->check(CLI::PositiveNumber);
  app.add_option("--minutes", simulations.minutes, "of the soak with seeds of a minute")
      ->check(CLI::PositiveNumber);
  app.add_option("--scenarios", simulations.scenarios, "the folder of those that are shipped")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--without-simulations", options.without_simulations);
  CLI11_PARSE(app, argc, argv);
  proxies.repetitions = clusters.repetitions;
  simulations.repetitions = clusters.repetitions;
  simulations.folder = clusters.folder;
  try {
    benchmark::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark: {}\n", error.what());
    return 3;
  }
  return 0;
}
