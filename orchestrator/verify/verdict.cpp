// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/verdict.h"

#include <algorithm>

namespace verify {

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::unknown:
      return "unknown";
    case Verdict::not_applicable:
      return "not_applicable";
  }
  return "";
}

std::optional<Verdict> verdict_from(std::string_view name) {
  for (const Verdict v :
       {Verdict::pass, Verdict::fail, Verdict::unknown, Verdict::not_applicable}) {
    if (name == name_of(v)) return v;
  }
  return std::nullopt;
}

Verdict overall(const std::vector<CheckResult>& results) {
  const auto any = [&](Verdict verdict) {
    return std::any_of(results.begin(), results.end(),
                       [&](const CheckResult& r) { return r.verdict == verdict; });
  };
  if (any(Verdict::fail)) return Verdict::fail;
  if (any(Verdict::unknown) || !any(Verdict::pass)) return Verdict::unknown;
  return Verdict::pass;
}

}  // namespace verify
