// SPDX-License-Identifier: Apache-2.0
// The checks by name, as scenarios and verdicts have them, in the order in which they are reported.
#pragma once

#include <array>
#include <string_view>

namespace verify {

inline constexpr std::array<std::string_view, 8> kCheckNames = {
    "election_safety",
    "log_matching",
    "leader_completeness",
    "state_machine_safety",
    "acknowledged_writes_survive",
    "exactly_once",
    "convergence",
    "no_crash",
};

}  // namespace verify
