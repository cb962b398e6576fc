// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/clusters.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "tests/benchmark/etcd.h"
#include "tests/benchmark/squall.h"

namespace benchmark {
namespace {

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

std::vector<Load> loads(const ClusterOptions& options) {
  const auto duration = [](double seconds) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  };
  std::vector<Load> all;
  for (const unsigned clients : options.clients)
    all.push_back({clients, duration(options.warm_up), duration(options.seconds)});
  return all;
}

// Interleaved, so that what the machine does meanwhile meets all systems alike.
void measure(std::vector<Entrant>& entrants, const std::vector<Load>& loads,
             const ClusterOptions& options) {
  for (Entrant& entrant : entrants)
    entrant.samples.resize(loads.size());
  for (unsigned repetition = 1; repetition <= options.repetitions; ++repetition) {
    for (std::size_t i = 0; i < loads.size(); ++i) {
      for (Entrant& entrant : entrants) {
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

std::vector<Entrant> entrants(const ClusterOptions& options) {
  std::vector<Entrant> all;
  all.push_back({squall(), {}});
  std::string why = "as asked";
  if (auto system = options.without_etcd ? std::nullopt : etcd(why)) {
    all.push_back({*system, {}});
  } else {
    fmt::print(stderr, "benchmark: etcd is left out: {}\n", why);
  }
  return all;
}

}  // namespace

void compare_clusters(const ClusterOptions& options, Table& table) {
  const std::vector<Load> work = loads(options);
  std::vector<Entrant> all = entrants(options);
  measure(all, work, options);

  const auto row = [&](const std::string& what, const auto& cell) {
    table.row(what, cell(all[0]), all.size() > 1 ? cell(all[1]) : "not measured");
  };
  row(fmt::format("{} nodes, {}-byte puts", kNodes, kValueBytes), title);
  for (std::size_t i = 0; i < work.size(); ++i) {
    row(clients(work[i]) + ": commits/s", [i](const Entrant& entrant) {
      return median_and_range(column(entrant.samples[i], &Sample::per_second));
    });
    row(clients(work[i]) + ": p50 / p99, ms", [i](const Entrant& entrant) {
      return milliseconds(column(entrant.samples[i], &Sample::p50),
                          column(entrant.samples[i], &Sample::p99));
    });
  }
}

}  // namespace benchmark
