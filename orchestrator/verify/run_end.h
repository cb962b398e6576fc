// SPDX-License-Identifier: Apache-2.0
// How a run ended, as the orchestrator tells it: what several checks ask for.
#pragma once

#include <optional>
#include <string>

#include "orchestrator/verify/evidence.h"

namespace verify {

class RunEnd {
 public:
  void take(const FaultEvent& event);

  // All members were seen in one state, and which.
  const std::optional<Converged>& converged() const { return converged_; }
  // They were waited for in vain, and what was seen instead.
  const std::optional<NotConverged>& not_converged() const { return not_converged_; }
  // The scenario ends without.
  bool convergence_not_wanted() const { return finishing_ && !finishing_->converge; }
  std::optional<Index> probe() const { return probe_; }
  // Of the line that says what became of the convergence; no line where none does.
  Where where() const { return where_; }
  Time at() const { return at_; }

 private:
  std::optional<Finishing> finishing_;
  std::optional<Converged> converged_;
  std::optional<NotConverged> not_converged_;
  std::optional<Index> probe_;
  Where where_;
  Time at_{};
};

}  // namespace verify
