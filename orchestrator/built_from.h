// SPDX-License-Identifier: Apache-2.0
// Half of a bug report is the command that reproduces it, this is the other half.
#pragma once

namespace runner {

// The commit that this program was built from, "-dirty" behind it where files differed from it;
// "unknown" outside of a git work tree. Written anew at each build, by built_from.cmake.
const char* built_from();

}  // namespace runner
