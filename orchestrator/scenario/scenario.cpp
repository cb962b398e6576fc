// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/scenario.h"

namespace scenario {

NodeSettings settings_of(Profile profile) {
  return {.noop_on_election = profile != Profile::figure2};
}

bool operator==(const RepeatStep& a, const RepeatStep& b) {
  return a.times == b.times && a.steps == b.steps;
}

bool operator==(const Step& a, const Step& b) {
  return a.action == b.action && a.name == b.name;
}

}  // namespace scenario
