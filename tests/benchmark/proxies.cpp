// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/proxies.h"

#include <cstdio>
#include <map>
#include <string>

#include <fmt/format.h>

#include "tests/benchmark/load.h"
#include "tests/benchmark/roads.h"

namespace benchmark {
namespace {

constexpr Road kRoads[] = {Road::squall_proxy, Road::squall_proxy_logs, Road::zmq_proxy,
                           Road::direct};

// The repetitions of one road with one payload.
struct Samples {
  std::vector<double> rate;  // thousand messages per second
  std::vector<double> p50;   // microseconds of a round trip
  std::vector<double> p99;
};
using ByRoad = std::map<Road, Samples>;

// Interleaved, so that what the machine does meanwhile meets all alike.
std::map<std::size_t, ByRoad> measure(const ProxyOptions& options) {
  std::map<std::size_t, ByRoad> found;
  for (unsigned repetition = 1; repetition <= options.repetitions; ++repetition) {
    fmt::print(stderr, "benchmark: {} of {}: proxies\n", repetition, options.repetitions);
    for (const std::size_t payload : options.payloads) {
      for (const Road road : kRoads) {
        const Trip trip{road, payload, options.seconds};
        Samples& samples = found[payload][road];
        samples.rate.push_back(messages_per_second(trip) / 1000);
        const RoundTrips times = round_trips(trip);
        samples.p50.push_back(times.p50);
        samples.p99.push_back(times.p99);
      }
    }
  }
  return found;
}

// What a round trip takes longer than without a proxy, measured next to it.
double added(const std::vector<double>& through, const std::vector<double>& direct) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < through.size(); ++i)
    differences.push_back(through[i] - direct[i]);
  return median(differences);
}

}  // namespace

void compare_proxies(const ProxyOptions& options, Table& table) {
  table.row("messages, one processor", "squall-proxy", "zmq_proxy");
  for (const auto& row : measure(options)) {
    const ByRoad& roads = row.second;
    const auto rate = [&](Road road) { return median_and_range(roads.at(road).rate); };
    const auto round_trip = [&](Road road) {
      const Samples& direct = roads.at(Road::direct);
      return fmt::format("{:.0f} / {:.0f}", added(roads.at(road).p50, direct.p50),
                         added(roads.at(road).p99, direct.p99));
    };
    const std::string what = fmt::format("{} bytes: ", row.first);
    table.row(what + "1000 msgs/s", rate(Road::squall_proxy), rate(Road::zmq_proxy));
    table.row(what + "each logged", rate(Road::squall_proxy_logs), "-");
    table.row(what + "added, us", round_trip(Road::squall_proxy), round_trip(Road::zmq_proxy));
  }
}

}  // namespace benchmark
