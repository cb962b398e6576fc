// SPDX-License-Identifier: Apache-2.0
// Histories in EDN, Clojure's notation, as Jepsen, Knossos and those who follow them write them:
// maps, alone or in one vector (Knossos); vectors [process type f value]; the same four words in a
// line, with or without the log's words in front (INFO jepsen.util -).
#pragma once

#include <optional>
#include <string_view>

#include "orchestrator/verify/linearizability/history_builder.h"

namespace linearizability {

// Adds the text's events; stops at the first thing that is wrong, and says what.
std::optional<Problem> parse_edn(std::string_view text, HistoryBuilder& builder);

}  // namespace linearizability
