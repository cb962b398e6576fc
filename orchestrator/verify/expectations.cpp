// SPDX-License-Identifier: Apache-2.0
// What the scenario waited for, expected and agreed on came true. Where it did not, that is a
// failure, unless it is about time and the machine was too busy to tell.
#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/lateness.h"

namespace verify {
namespace {

class Expectations final : public Check {
 public:
  void on_fault(const FaultEvent& event) override {
    lateness_.take(event);
    const auto* expectation = std::get_if<Expectation>(&event.what);
    if (!expectation) return;
    ++seen_;
    if (expectation->met) return;
    Unmet unmet{fmt::format("Expected: {}. Observed: {}", expectation->text, expectation->observed),
                event.at, event.where};
    if (!expectation->about_time) {
      violated(std::move(unmet.message), {unmet.where});
    } else if (!unmet_) {
      unmet_ = std::move(unmet);
    }
  }
  void on_node(const NodeEvent& event) override { lateness_.take(event); }
  void on_network(const NetworkEvent& event) override { lateness_.take(event); }

  Conclusion conclude(const Ending&) override {
    Conclusion conclusion = having_seen(fmt::format("{} judged", count(seen_, "expectation")));
    conclusion.applies = seen_ > 0;
    if (!unmet_) return conclusion;
    const std::string late = lateness_.until(unmet_->at);
    if (late.empty()) {
      violated(unmet_->message, {unmet_->where});
    } else {
      conclusion.unknown =
          fmt::format("{} But {}: the machine was too busy to tell.", unmet_->message, late);
    }
    return conclusion;
  }

 private:
  struct Unmet {
    std::string message;
    Time at{};
    Where where;
  };

  Lateness lateness_;
  std::optional<Unmet> unmet_;  // the first that is about time
  std::uint64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Check> expectations() {
  return std::make_unique<Expectations>();
}

}  // namespace verify
