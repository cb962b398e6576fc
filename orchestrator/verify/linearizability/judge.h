// SPDX-License-Identifier: Apache-2.0
// A history in, its verdict out, key by key: the order that the log claims (claims.h), else zones
// (T1), else the search (T2). Every order that T1 and T2 give is verified by witness.h's code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"
#include "orchestrator/verify/linearizability/witness.h"

namespace linearizability {

struct JudgeOptions {
  // For the search, all keys together: configurations looked at, and bytes held at one time. A key
  // that they do not suffice for is unknown.
  std::uint64_t configurations = 100'000'000;
  std::uint64_t bytes = 2ULL << 30;
  // One key that is not linearizable decides the history: the search of others ends there, which
  // are unknown then, unless each key is to be decided.
  bool every_key = false;
  // A mutation of unknown outcome that has no log index took no effect.
  bool log_is_whole = false;
};

enum class Tier : std::uint8_t { witness, zones, search };
const char* name_of(Tier tier);

struct KeyJudgement {
  std::uint32_t key = 0;
  std::uint32_t operations = 0;  // how many
  Ruling ruling = Ruling::unknown;
  Tier tier = Tier::search;  // which ruled, or gave up last
  // Not linearizable: what is wrong, in a sentence or two, and the operations that show it, by
  // call. Unknown: why.
  std::string rule;
  std::vector<Place> core;
  // The claimed order is no witness, whatever the clients' history is.
  std::optional<Flaw> breach;
};

struct Judgement {
  // Linearizable where all keys are, not linearizable where one is not, else unknown.
  Ruling ruling = Ruling::unknown;
  std::vector<KeyJudgement> keys;  // those that have operations, by number
};

// Throws std::logic_error where a checker contradicts itself: an order that it gave as proof is
// none.
Judgement judge(const History& history, const JudgeOptions& options = {});

}  // namespace linearizability
