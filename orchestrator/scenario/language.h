// SPDX-License-Identifier: Apache-2.0
// The scenario language, written down once: which keys there are, what each may say, what must
// hold between them. Reader, writer and reference all come from here; to add a word is to add its
// line, and its row in docs/scenarios.md.
#pragma once

#include "orchestrator/scenario/form.h"
#include "orchestrator/scenario/scenario.h"

namespace scenario {

Value scenario_value(Scenario& place);  // a whole file
Value cluster_value(ClusterSpec& place);
Value step_value(Step& place);                     // one of `steps`
void fault_fields(Form& f, FaultStep& place);      // a step that has `fault`
void condition_fields(Form& f, Condition& place);  // what wait_for and expect name

// Every key of the language.
std::vector<Word> all_words();

}  // namespace scenario
