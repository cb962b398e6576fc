// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/run_folder.h"

#include <system_error>

#include "orchestrator/cluster/harness_error.h"

namespace cluster {

void RunFolder::make_nodes() const {
  try {
    std::filesystem::create_directories(nodes());
  } catch (const std::system_error& error) {
    throw HarnessError(error.what());
  }
}

}  // namespace cluster
