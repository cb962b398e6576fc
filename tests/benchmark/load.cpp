// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/load.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace benchmark {

void Meter::put(Time begun, Time ended) {
  if (ended >= from_ && ended < until_)
    latencies_.push_back(static_cast<double>((ended - begun).count()));
}

Sample Meter::sample() const {
  const double seconds = std::chrono::duration<double>(until_ - from_).count();
  Sample sample;
  sample.per_second = static_cast<double>(latencies_.size()) / seconds;
  sample.p50 = percentile(latencies_, 50);
  sample.p99 = percentile(latencies_, 99);
  return sample;
}

double percentile(std::vector<double> values, double percent) {
  if (values.empty()) throw std::runtime_error("nothing was measured: no put ended in time");
  const auto count = static_cast<double>(values.size());
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * count));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double median(std::vector<double> values) {
  return percentile(std::move(values), 50);
}

}  // namespace benchmark
