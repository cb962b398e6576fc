// SPDX-License-Identifier: Apache-2.0
// etcd as the yardstick: three members of Debian's etcd-server on loopback, with its default
// settings (each put is in the logs of two members, fdatasync done, before it is acknowledged), and
// clients in one thread of this process that talk gRPC to the leader.
#pragma once

#include <optional>
#include <string>

#include "tests/benchmark/load.h"

namespace benchmark {

// Nothing where it can't be measured here: `why` then says what is missing.
std::optional<System> etcd(std::string& why);

}  // namespace benchmark
