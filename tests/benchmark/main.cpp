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
  std::filesystem::path folder = ".";
};

struct Entrant {
  System system;
  std::string version;
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

std::vector<Load> loads(const Options& options) {
  const auto duration = [](double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  };
  std::vector<Load> all;
  for (const unsigned clients : {1U, 64U})
    all.push_back({clients, duration(options.warm_up), duration(options.seconds)});
  return all;
}

// Interleaved, so that what the machine does meanwhile meets all systems alike.
void measure(std::vector<Entrant>& entrants, const std::vector<Load>& loads,
             const Options& options) {
  for (unsigned repetition = 1; repetition <= options.repetitions; ++repetition) {
    for (Entrant& entrant : entrants) {
      fmt::print(stderr, "benchmark: {} of {}: {}\n", repetition, options.repetitions,
                 entrant.system.name);
      const Scratch scratch(options.folder);
      const Measurement found = entrant.system.measure(scratch.path(), loads);
      entrant.version = found.version;
      entrant.samples.resize(loads.size());
      for (std::size_t i = 0; i < loads.size(); ++i) {
        if (found.samples[i].leader_changed)
          fmt::print(stderr, "benchmark: the leader changed: this machine is too busy\n");
        entrant.samples[i].push_back(found.samples[i]);
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

template <class Cell>
void row(Table& table, const std::string& what, const std::vector<Entrant>& entrants,
         std::size_t load, Cell&& cell) {
  table.row(what, cell(entrants[0].samples[load]),
            entrants.size() > 1 ? cell(entrants[1].samples[load]) : "-");
}

void print(const std::vector<Entrant>& entrants, const std::vector<Load>& loads,
           const Options& options, double sync) {
  const auto title = [&](std::size_t i) {
    return i < entrants.size() ? entrants[i].system.name + " " + entrants[i].version
                               : "not measured";
  };
  Table table(fmt::format("{} nodes, {}-byte puts", kNodes, kValueBytes), title(0), title(1));
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const std::string who =
        fmt::format("{} client{}: ", loads[i].clients, loads[i].clients == 1 ? "" : "s");
    row(table, who + "commits/s", entrants, i, [](const std::vector<Sample>& samples) {
      return median_and_range(column(samples, &Sample::per_second));
    });
    row(table, who + "p50 / p99, ms", entrants, i, [](const std::vector<Sample>& samples) {
      return milliseconds(column(samples, &Sample::p50), column(samples, &Sample::p99));
    });
  }
  fmt::print(
      "{}\n{}\nMedians (and ranges) of {} interleaved repetitions of {} s, each on a fresh "
      "cluster.\nfdatasync before every promise; {} bytes and an fdatasync alone take {:.0f} "
      "us here.\n",
      table.text(), machine(options.folder), options.repetitions, options.seconds, kValueBytes,
      sync);
}

int run(const Options& options) {
  std::vector<Entrant> entrants;
  entrants.push_back({squall(), "", {}});
  std::string why;
  if (auto system = etcd(why)) {
    entrants.push_back({*system, "", {}});
  } else {
    fmt::print(stderr, "benchmark: etcd is left out: {}\n", why);
  }
  const std::vector<Load> work = loads(options);
  const double sync = sync_time(options.folder, kValueBytes);
  measure(entrants, work, options);
  print(entrants, work, options, sync);
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
