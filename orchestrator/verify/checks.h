// SPDX-License-Identifier: Apache-2.0
// The checks, each in the file of its name, where it is explained. check.cpp lists them.
#pragma once

#include <memory>

#include "orchestrator/verify/check.h"

namespace verify {

// Properties of Figure 3 of the paper.
std::unique_ptr<Check> election_safety();
std::unique_ptr<Check> log_matching();
std::unique_ptr<Check> leader_completeness();
std::unique_ptr<Check> state_machine_safety();
// What these rest on.
std::unique_ptr<Check> digests_recomputed();
std::unique_ptr<Check> commit_safety();
std::unique_ptr<Check> configuration_changes();
std::unique_ptr<Check> no_impossible_message();
std::unique_ptr<Check> messages_as_sent();
// Each step of each node by itself.
std::unique_ptr<Check> conformance();
// What clients were promised.
std::unique_ptr<Check> acknowledged_when_durable();
std::unique_ptr<Check> acknowledged_writes_survive();
std::unique_ptr<Check> exactly_once();
std::unique_ptr<Check> no_stale_read();
std::unique_ptr<Check> monotonic_sessions();
std::unique_ptr<Check> linearizable();
// That it went on, and how it ended.
std::unique_ptr<Check> liveness();
std::unique_ptr<Check> convergence();
std::unique_ptr<Check> no_crash();
std::unique_ptr<Check> within_limits();
// Of every run.
std::unique_ptr<Check> expectations();
std::unique_ptr<Check> faults_took_effect();

}  // namespace verify
