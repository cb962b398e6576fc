// SPDX-License-Identifier: Apache-2.0
// An event as a short sentence, and what it is about.
#pragma once

#include <string>

#include "orchestrator/verify/evidence.h"

namespace report {

// What an event is about, and is coloured by.
enum class Topic : std::uint8_t {
  life,
  timer,
  term,
  vote,
  lead,
  log,
  commit,
  disk,
  trouble,
  fault
};

// ANSI escape that switches the colour on; `kPlain` switches it off.
const char* colour_of(Topic topic);
inline constexpr const char* kPlain = "\x1b[0m";

Topic topic_of(const verify::NodeEvent& event);

// "leads term 3 (votes n1 n3 n5), log up to 17"
std::string sentence(const verify::NodeEvent& event);
// "n3 killed"
std::string sentence(const verify::FaultEvent& event);
// "ok c1/7: cas of k3"
std::string sentence(const verify::Operation& event);

}  // namespace report
