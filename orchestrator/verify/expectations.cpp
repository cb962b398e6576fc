// SPDX-License-Identifier: Apache-2.0
// What the scenario waited for, expected and agreed on came true.
#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

class Expectations final : public Check {
 public:
  void on_fault(const FaultEvent& event) override {
    const auto* expectation = std::get_if<Expectation>(&event.what);
    if (!expectation) return;
    ++seen_;
    if (expectation->met) return;
    violated(fmt::format("Expected: {}. Observed: {}", expectation->text,
                         expectation->observed.empty() ? "nothing of it" : expectation->observed),
             {event.where});
  }

  Conclusion conclude(const Ending&) override {
    return {.saw = fmt::format("{} met", count(seen_, "expectation")),
            .unknown = {},
            .applies = seen_ > 0};
  }

 private:
  std::uint64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Check> expectations() {
  return std::make_unique<Expectations>();
}

}  // namespace verify
