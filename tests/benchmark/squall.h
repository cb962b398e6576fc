// SPDX-License-Identifier: Apache-2.0
// squall as `squall run` runs it: a squall-node process for each node, each message between them
// through squall-proxy, all evidence written, fdatasync before every promise, and the
// orchestrator's own clients.
#pragma once

#include "tests/benchmark/load.h"

namespace benchmark {

System squall();

}  // namespace benchmark
