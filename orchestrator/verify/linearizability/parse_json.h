// SPDX-License-Identifier: Apache-2.0
// Histories in lines of JSON: Jepsen's maps in that notation, and squall's history.jsonl
// (docs/evidence.md).
#pragma once

#include <optional>
#include <string_view>

#include "orchestrator/verify/linearizability/history_builder.h"

namespace linearizability {

// Adds the text's events; stops at the first thing that is wrong, and says what.
std::optional<Problem> parse_json(std::string_view text, HistoryBuilder& builder);

}  // namespace linearizability
