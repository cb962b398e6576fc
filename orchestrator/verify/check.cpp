// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/check.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "orchestrator/verify/checks.h"

namespace verify {
namespace {

enum class By : std::uint8_t { traces, clients, run };
struct Maker {
  const char* name;
  std::unique_ptr<Check> (*make)();
  By by;  // what it judges by
};

class DoesNotApply final : public Check {
  Conclusion conclude(const Ending&) override { return {{}, {}, false}; }
};

constexpr Maker kChecks[] = {
    {"election_safety", election_safety, By::traces},
    {"log_matching", log_matching, By::traces},
    {"leader_completeness", leader_completeness, By::traces},
    {"state_machine_safety", state_machine_safety, By::traces},
    {"digests_recomputed", digests_recomputed, By::traces},
    {"commit_safety", commit_safety, By::traces},
    {"configuration_changes", configuration_changes, By::traces},
    {"no_impossible_message", no_impossible_message, By::traces},
    {"messages_as_sent", messages_as_sent, By::traces},
    {"conformance", conformance, By::traces},
    {"acknowledged_when_durable", acknowledged_when_durable, By::traces},
    {"acknowledged_writes_survive", acknowledged_writes_survive, By::traces},
    {"exactly_once", exactly_once, By::traces},
    {"no_stale_read", no_stale_read, By::clients},
    {"monotonic_sessions", monotonic_sessions, By::clients},
    {"linearizable", linearizable, By::clients},
    {"liveness", liveness, By::traces},
    {"convergence", convergence, By::traces},
    {"no_crash", no_crash, By::run},
    {"within_limits", within_limits, By::traces},
};

constexpr Maker kStanding[] = {
    {"expectations", expectations, By::run},
    {"faults_took_effect", faults_took_effect, By::run},
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

std::vector<NamedCheck> make_checks(const std::vector<std::string>& names, bool traces) {
  std::vector<NamedCheck> checks;
  for (const std::string& name : names) {
    const auto* maker = std::find_if(std::begin(kChecks), std::end(kChecks),
                                     [&](const Maker& m) { return m.name == name; });
    if (maker == std::end(kChecks)) throw std::invalid_argument("no check is called " + name);
    const bool applies = traces || maker->by != By::traces;
    checks.push_back({name, applies ? maker->make() : std::make_unique<DoesNotApply>()});
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
