// SPDX-License-Identifier: Apache-2.0
// The five numbers that Raft's teaching labs print of every test, in the labs' form.
#pragma once

#include <string>

#include "orchestrator/verify/judge.h"

namespace report {

// " ... passed --  12.4  5  10234   1893321    812"
std::string numbers_line(const verify::Numbers& numbers, verify::Verdict verdict);
// What they are, to stand above that line.
const char* numbers_legend();

}  // namespace report
