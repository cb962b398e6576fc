// SPDX-License-Identifier: Apache-2.0
// A link fault that was about no message at all tested nothing, so nothing can be said of a run
// that meant it, unless the fault says `may_not_match`. The proxy's rules bear the faults' ids.
#include <map>
#include <set>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

class FaultsTookEffect final : public Check {
 public:
  void on_fault(const FaultEvent& event) override {
    const auto* started = std::get_if<FaultStarted>(&event.what);
    if (started && started->may_not_match) may_not_match_.insert(started->id);
  }

  void on_network(const NetworkEvent& event) override {
    if (const auto* added = std::get_if<RuleAdded>(&event.what)) {
      matched_.try_emplace(added->rule);
    } else if (const auto* total = std::get_if<RuleTotal>(&event.what)) {
      matched_[total->rule] = total->matched;
    }
  }

  Conclusion conclude(const Ending&) override {
    Conclusion conclusion;
    conclusion.applies = !matched_.empty();
    std::uint64_t effective = 0;
    for (const auto& [rule, matched] : matched_) {
      if (matched.value_or(0) > 0) {
        ++effective;
      } else {
        idle(rule, matched, conclusion.unknown);
      }
    }
    conclusion.saw =
        fmt::format("{} of {} met messages", effective, count(matched_.size(), "link fault"));
    return conclusion;
  }

 private:
  void idle(const std::string& rule, std::optional<std::uint64_t> matched,
            std::string& unknown) const {
    if (!unknown.empty() || may_not_match_.contains(rule)) return;
    unknown = matched ? fmt::format(
                            "the fault '{}' met no message, so it tested nothing; "
                            "`may_not_match: true` would allow that",
                            rule)
                      : fmt::format("{} has no total of the fault '{}': the network ended early",
                                    file_name(Where::kNetwork), rule);
  }

  std::map<std::string, std::optional<std::uint64_t>> matched_;  // nothing: not told
  std::set<std::string> may_not_match_;
};

}  // namespace

std::unique_ptr<Check> faults_took_effect() {
  return std::make_unique<FaultsTookEffect>();
}

}  // namespace verify
