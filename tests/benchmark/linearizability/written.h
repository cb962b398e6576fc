// SPDX-License-Identifier: Apache-2.0
// A history of texts under keys, written down as others write theirs: the generator's events are
// read again from this.
#pragma once

#include <string>

#include "orchestrator/verify/linearizability/history.h"

namespace benchmark {

std::string as_edn(const linearizability::History& history);
std::string as_json(const linearizability::History& history);

}  // namespace benchmark
