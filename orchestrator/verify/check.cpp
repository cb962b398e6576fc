// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/check.h"

#include <algorithm>
#include <stdexcept>

#include "orchestrator/verify/checks.h"

namespace verify {
namespace {

struct Maker {
  const char* name;
  std::unique_ptr<Check> (*make)();
};

constexpr Maker kChecks[] = {
    {"election_safety", election_safety},
    {"log_matching", log_matching},
    {"leader_completeness", leader_completeness},
    {"state_machine_safety", state_machine_safety},
    {"digests_recomputed", digests_recomputed},
    {"commit_safety", commit_safety},
    {"configuration_changes", configuration_changes},
    {"no_impossible_message", no_impossible_message},
    {"messages_as_sent", messages_as_sent},
    {"conformance", conformance},
    {"acknowledged_when_durable", acknowledged_when_durable},
    {"acknowledged_writes_survive", acknowledged_writes_survive},
    {"exactly_once", exactly_once},
    {"no_stale_read", no_stale_read},
    {"monotonic_sessions", monotonic_sessions},
    {"linearizable", linearizable},
    {"liveness", liveness},
    {"convergence", convergence},
    {"no_crash", no_crash},
    {"within_limits", within_limits},
};

constexpr Maker kStanding[] = {
    {"expectations", expectations},
    {"faults_took_effect", faults_took_effect},
};

}  // namespace

CheckResult Check::finish(std::string name, const Ending& ending) {
  const Conclusion end = conclude(ending);
  CheckResult result{std::move(name), Verdict::pass, end.saw, {}, {}};
  if (violation_) {
    result.verdict = Verdict::fail;
    result.message = std::move(violation_->message);
    result.lines = std::move(violation_->lines);
    result.involved = std::move(violation_->involved);
  } else if (!end.applies) {
    result.verdict = Verdict::not_applicable;
  } else if (!end.unknown.empty()) {
    result.verdict = Verdict::unknown;
    result.message = end.unknown;
  } else if (end.saw.empty()) {
    result.verdict = Verdict::unknown;
    result.message = "saw nothing that it could judge";
  }
  return result;
}

void Check::violated(std::string message, std::vector<Where> lines,
                     std::vector<Involved> involved) {
  if (violation_) return;
  lines.erase(std::remove_if(lines.begin(), lines.end(), [](Where w) { return w.line == 0; }),
              lines.end());
  violation_ = Violation{std::move(message), std::move(lines), std::move(involved)};
}

const std::vector<std::string>& check_names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const Maker& maker : kChecks)
      names.emplace_back(maker.name);
    return names;
  }();
  return all;
}

std::vector<NamedCheck> make_checks(const std::vector<std::string>& names) {
  std::vector<NamedCheck> checks;
  for (const std::string& name : names) {
    const auto* maker = std::find_if(std::begin(kChecks), std::end(kChecks),
                                     [&](const Maker& m) { return m.name == name; });
    if (maker == std::end(kChecks)) throw std::invalid_argument("no check is called " + name);
    checks.push_back({name, maker->make()});
  }
  return checks;
}

std::vector<NamedCheck> make_standing_checks() {
  std::vector<NamedCheck> checks;
  for (const Maker& maker : kStanding)
    checks.push_back({maker.name, maker.make()});
  return checks;
}

}  // namespace verify
