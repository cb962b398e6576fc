// SPDX-License-Identifier: Apache-2.0
// What crossing squall's proxy costs, beside libzmq's own proxy.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/benchmark/table.h"

namespace benchmark {

struct ProxyOptions {
  unsigned repetitions = 5;
  double seconds = 0.3;  // of each measurement
  std::vector<std::size_t> payloads = {64, 1024, 16384};
};

// Measures, and adds its rows to the table. To be called before this process has a thread or a
// context of libzmq, since it forks.
void compare_proxies(const ProxyOptions& options, Table& table);

}  // namespace benchmark
