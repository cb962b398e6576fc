// SPDX-License-Identifier: Apache-2.0
// What judging costs: processor time of this one thread, and memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/judge.h"

namespace benchmark {

// How often each is done; the first is preceded by one that is not counted.
std::vector<double> milliseconds_of(unsigned repetitions, const std::function<void()>& act);

// MiB that the process grew by at its largest while it did this; 0 where the system does not tell.
double peak_mebibytes_of(const std::function<void()>& act);

// By the search alone (T2), key by key, whatever the others could have said.
linearizability::Ruling search_all(const linearizability::History& history);

// "25.5 (24.0-27.1)", and behind it how many times that is of `ours`, if there are any.
std::string cell(const std::vector<double>& milliseconds, const std::vector<double>& ours = {});

}  // namespace benchmark
