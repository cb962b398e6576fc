// SPDX-License-Identifier: Apache-2.0
// From a line of evidence to the event that it tells: every field that an event has must be there
// and of its type, and an event that is not known is an error. `where` is left to the caller.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/json_record.h"

namespace verify {

// What is wrong, in a few words; empty where nothing is.
std::string decode(const JsonRecord& line, NodeEvent& event);
std::string decode(const JsonRecord& line, Operation& event);
std::string decode(const JsonRecord& line, FaultEvent& event);
std::string decode(const JsonRecord& line, NetworkEvent& event);

// Of an object that says it.
class Fields;
Cause read_cause(Fields& cause);
Configuration read_configuration(Fields& members);

// The events that there are.
std::vector<std::string_view> names_of_node_events();
std::vector<std::string_view> names_of_fault_events();

}  // namespace verify
