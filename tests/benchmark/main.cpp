// SPDX-License-Identifier: Apache-2.0
// Durable commits per second and the latency of clients, beside etcd on the same disk.
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/benchmark/etcd.h"
#include "tests/benchmark/machine.h"
#include "tests/benchmark/squall.h"
#include "tests/benchmark/table.h"

namespace benchmark {
namespace {

struct Options {
  unsigned repetitions = 5;
  double seconds = 3;
  double warm_up = 0.5;
  std::vector<unsigned> clients = {1, 64};
  bool without_etcd = false;
  std::filesystem::path folder = ".";
};

struct Entrant {
  System system;
  std::vector<std::vector<Sample>> samples;  // by load, then by repetition
};

// A folder of its own, gone with its owner.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& parent) {
    std::string path = std::filesystem::absolute(parent) / "benchmark-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "no folder in " + parent.string());
    path_ = path;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string clients(const Load& load) {
  return fmt::format("{} client{}", load.clients, load.clients == 1 ? "" : "s");
}

std::vector<Load> loads(const Options& options) {
  const auto duration = [](double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  };
  std::vector<Load> all;
  for (const unsigned clients : options.clients)
    all.push_back({clients, duration(options.warm_up), duration(options.seconds)});
  return all;
}

struct Results {
  std::vector<Entrant> entrants;
  std::vector<double> sync_times;
};

// Interleaved, so that what the machine does meanwhile meets all systems alike.
void measure(Results& results, const std::vector<Load>& loads, const Options& options) {
  for (Entrant& entrant : results.entrants)
    entrant.samples.resize(loads.size());
  for (unsigned repetition = 1; repetition <= options.repetitions; ++repetition) {
    results.sync_times.push_back(sync_time(options.folder, kValueBytes));
    for (std::size_t i = 0; i < loads.size(); ++i) {
      for (Entrant& entrant : results.entrants) {
        const Scratch scratch(options.folder);
        const Sample sample = entrant.system.measure(scratch.path(), loads[i]);
        fmt::print(stderr, "benchmark: {} of {}: {}, {}: {:.0f} commits/s{}\n", repetition,
                   options.repetitions, entrant.system.name, clients(loads[i]), sample.per_second,
                   sample.leader_changed ? "; the leader changed, the machine is too busy" : "");
        entrant.samples[i].push_back(sample);
      }
    }
  }
}

std::vector<double> column(const std::vector<Sample>& samples, double Sample::*member) {
  std::vector<double> values;
  for (const Sample& sample : samples)
    values.push_back(sample.*member);
  return values;
}

std::string title(const Entrant& entrant) {
  const std::string& version = entrant.samples[0][0].version;
  return entrant.system.name + (version.empty() ? "" : " " + version);
}

void print(const Results& results, const std::vector<Load>& loads, const Options& options) {
  const auto row = [&](Table& table, const std::string& what, const auto& cell) {
    const Entrant* beside = results.entrants.size() > 1 ? &results.entrants[1] : nullptr;
    table.row(what, cell(results.entrants[0]), beside ? cell(*beside) : "not measured");
  };
  Table table;
  row(table, fmt::format("{} nodes, {}-byte puts", kNodes, kValueBytes), title);
  table.rule();
  for (std::size_t i = 0; i < loads.size(); ++i) {
    row(table, clients(loads[i]) + ": commits/s", [i](const Entrant& entrant) {
      return median_and_range(column(entrant.samples[i], &Sample::per_second));
    });
    row(table, clients(loads[i]) + ": p50 / p99, ms", [i](const Entrant& entrant) {
      return milliseconds(column(entrant.samples[i], &Sample::p50),
                          column(entrant.samples[i], &Sample::p99));
    });
  }
  fmt::print(
      "{}\n{}\nMedians (and ranges) of {} interleaved repetitions of {} s, each on a fresh "
      "cluster.\nfdatasync before every promise; {} bytes and an fdatasync alone take {:.0f} us "
      "here.\n",
      table.text(), machine(options.folder), options.repetitions, options.seconds, kValueBytes,
      median(results.sync_times));
}

int run(const Options& options) {
  Results results;
  results.entrants.push_back({squall(), {}});
  std::string why = "as asked";
  if (auto system = options.without_etcd ? std::nullopt : etcd(why)) {
    results.entrants.push_back({*system, {}});
  } else {
    fmt::print(stderr, "benchmark: etcd is left out: {}\n", why);
  }
  const std::vector<Load> work = loads(options);
  measure(results, work, options);
  print(results, work, options);
  return 0;
}

}  // namespace
}  // namespace benchmark

int main(int argc, char** argv) {
  benchmark::Options options;
  CLI::App app("Measures squall's cluster, and etcd's beside it.", "cluster_bench");
  app.add_option("--repetitions", options.repetitions)
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "of each measurement")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--warm-up", options.warm_up, "seconds before each measurement")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--clients", options.clients, "one measurement for each")
      ->capture_default_str()
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_flag("--without-etcd", options.without_etcd);
  app.add_option("--folder", options.folder, "on the disk to be used")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  try {
    return benchmark::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark: {}\n", error.what());
    return 3;
  }
}
