// SPDX-License-Identifier: Apache-2.0
// Durable commits per second and the latency of clients, beside etcd on the same disk.
#pragma once

#include <filesystem>
#include <vector>

#include "tests/benchmark/table.h"

namespace benchmark {

struct ClusterOptions {
  unsigned repetitions = 5;
  double seconds = 3;    // of each measurement
  double warm_up = 0.5;  // seconds before it
  std::vector<unsigned> clients = {1, 64};
  bool without_etcd = false;
  std::filesystem::path folder = ".";  // on the disk to be used
};

// Measures, and adds its rows to the table.
void compare_clusters(const ClusterOptions& options, Table& table);

}  // namespace benchmark
