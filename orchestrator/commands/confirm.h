// SPDX-License-Identifier: Apache-2.0
// Whether what failed in the simulator fails on processes, too, which are the truth. There a seed
// fixes schedule and decisions, not interleavings: so it is k of n times.
#pragma once

#include "orchestrator/runner.h"

namespace commands {

// Runs it `times` times as `options` say, on processes, or until a run is interrupted or the
// environment fails. A run confirms `found` where a check fails that failed there. What came of it
// is written into the result.json of the folder where `found` lies, if that was kept.
verify::Confirmation confirm(const scenario::Scenario& scenario, const runner::RunResult& found,
                             unsigned times, const runner::Options& options,
                             report::Account& account);

}  // namespace commands
