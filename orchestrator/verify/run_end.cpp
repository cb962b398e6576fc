// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/run_end.h"

namespace verify {

void RunEnd::take(const FaultEvent& event) {
  if (const auto* finishing = std::get_if<Finishing>(&event.what)) {
    finishing_ = *finishing;
  } else if (const auto* probe = std::get_if<Probe>(&event.what)) {
    probe_ = probe->log_index;
  } else if (const auto* converged = std::get_if<Converged>(&event.what)) {
    converged_ = *converged;
    where_ = event.where;
    at_ = event.at;
  } else if (const auto* not_converged = std::get_if<NotConverged>(&event.what)) {
    not_converged_ = *not_converged;
    where_ = event.where;
    at_ = event.at;
  }
}

}  // namespace verify
