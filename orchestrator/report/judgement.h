// SPDX-License-Identifier: Apache-2.0
// What the linearizability checkers said of a history, for a reader and as a line of JSON.
#pragma once

#include <chrono>
#include <string>

#include "orchestrator/verify/linearizability/judge.h"
#include "orchestrator/verify/linearizability/read_history.h"
#include "orchestrator/verify/verdict.h"

namespace report {

struct JudgedHistory {
  std::string file;
  linearizability::Model model{};
  const linearizability::ReadHistory& read;
  const linearizability::Judgement& judgement;
  std::chrono::microseconds reading{};
  std::chrono::microseconds judging{};
};

// A history without operations, or with no known outcome, is unknown: nothing was seen.
verify::Verdict verdict_of(const JudgedHistory& judged);

// How much there is, which tier ruled on what, and of keys that are not linearizable the rule and
// the picture. 80 columns.
std::string judgement_text(const JudgedHistory& judged, bool colour);
std::string judgement_json(const JudgedHistory& judged);

}  // namespace report
