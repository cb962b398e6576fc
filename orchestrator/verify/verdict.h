// SPDX-License-Identifier: Apache-2.0
// What is said of a run: per check, and in all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace verify {

enum class Verdict : std::uint8_t {
  pass,
  fail,            // the system did what it must not
  unknown,         // can't tell: evidence is missing, the run was cut short, nothing was seen
  not_applicable,  // there is nothing to judge
};
const char* name_of(Verdict verdict);  // as in result.json
std::optional<Verdict> verdict_from(std::string_view name);

// A node that had a part in a violation, and when: it may have no line of its own that shows it.
struct Involved {
  NodeId node;
  Time at{};
};

struct CheckResult {
  std::string name;
  Verdict verdict = Verdict::unknown;
  std::string saw;                   // what the verdict rests on: "3 leaders in 3 terms"
  std::string message;               // fail and unknown: why
  std::vector<Where> lines;          // fail: the lines that show it, the first offending one first
  std::vector<Involved> involved{};  // fail: whose log is of interest besides
};

// Of all: fail if any failed, else unknown if any is, or if none passed ("at least one must
// apply").
Verdict overall(const std::vector<CheckResult>& results);

}  // namespace verify
