// SPDX-License-Identifier: Apache-2.0
// The check that reads more than the evidence: what lies on the nodes' disks in the end.
#pragma once

#include <filesystem>
#include <memory>

#include "orchestrator/verify/check.h"

namespace verify {

// Of the run in `folder`, once all nodes are down.
std::unique_ptr<Check> files(const std::filesystem::path& folder);

}  // namespace verify
