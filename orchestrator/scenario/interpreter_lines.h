// SPDX-License-Identifier: Apache-2.0
// The lines of faults.jsonl, as docs/evidence.md fixes them.
#pragma once

#include <string>

#include "orchestrator/scenario/interpreter_output.h"

namespace scenario {

// `wall_offset` is what the wall clock (since 1970) is ahead of the clock that `at` is read from.
// Appends nothing for what is only for the reader.
void append_line(std::string& out, const Happening& happening, raft::Time at,
                 raft::Duration wall_offset);

}  // namespace scenario
