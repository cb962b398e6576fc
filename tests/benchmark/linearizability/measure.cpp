// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/linearizability/measure.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <limits>

#include <fmt/format.h>
#include <malloc.h>

#include "tests/benchmark/load.h"

namespace benchmark {
namespace {

using linearizability::Place;
using linearizability::Ruling;

double processor_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

// Of /proc/self/status, in KiB.
double status(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return std::stod(line.substr(name.size()));
  }
  return 0;
}

// Three digits, or all before the point.
std::string digits(double value) {
  const int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::vector<double> milliseconds_of(unsigned repetitions, const std::function<void()>& act) {
  act();
  std::vector<double> all;
  for (unsigned i = 0; i < repetitions; ++i) {
    const double began = processor_milliseconds();
    act();
    all.push_back(processor_milliseconds() - began);
  }
  return all;
}

double peak_mebibytes_of(const std::function<void()>& act) {
  malloc_trim(0);  // what was freed before is not there to be used again
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const double before = status("VmRSS:");
  act();
  return std::max(0.0, status("VmHWM:") - before) / 1024;
}

Ruling search_all(const linearizability::History& history) {
  std::vector<std::vector<Place>> keys(history.keys.size());
  for (std::size_t i = 0; i < history.operations.size(); ++i)
    keys[history.operations[i].key].push_back(static_cast<Place>(i));
  for (const std::vector<Place>& key : keys) {
    if (key.empty()) continue;
    linearizability::Search search(history, key);
    const Ruling ruling = search.go_on(std::numeric_limits<std::uint64_t>::max()).ruling;
    if (ruling != Ruling::linearizable) return ruling;
  }
  return Ruling::linearizable;
}

std::string cell(const std::vector<double>& milliseconds, const std::vector<double>& ours) {
  const auto [least, most] = std::minmax_element(milliseconds.begin(), milliseconds.end());
  const double middle = median(milliseconds);
  const std::string text = milliseconds.size() == 1 ? digits(middle)
                                                    : fmt::format("{} ({}-{})", digits(middle),
                                                                  digits(*least), digits(*most));
  return ours.empty() ? text : fmt::format("{} {}x", text, digits(middle / median(ours)));
}

}  // namespace benchmark
