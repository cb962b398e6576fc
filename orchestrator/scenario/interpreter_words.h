// SPDX-License-Identifier: Apache-2.0
// Steps as a reader of the run's account wants to see them: a few words each.
#pragma once

#include <string>
#include <vector>

#include "orchestrator/scenario/scenario.h"

namespace scenario {

std::string describe(Duration duration);                       // "250ms", "1.5s"
std::string describe(const std::vector<raft::NodeId>& nodes);  // "n1 n4"; "nobody" where empty
std::string describe(const raft::Configuration& configuration);
std::string describe(const Target& target);
std::string describe(const Condition& condition);
std::string describe(const Step& step);

}  // namespace scenario
