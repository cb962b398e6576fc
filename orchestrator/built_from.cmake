# SPDX-License-Identifier: Apache-2.0
# Writes OUT, the source that says which commit SOURCE is at. Where it says so already it is left as
# it is, so that nothing is compiled.
set(commit unknown)
if(EXISTS ${SOURCE}/.git)  # else git might speak of a work tree that SOURCE was only unpacked in
  execute_process(
    COMMAND git --no-optional-locks describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY ${SOURCE} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_QUIET
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed EQUAL 0)
    set(commit ${said})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/built_from.h"

namespace runner {

const char* built_from() {
  return "@commit@";
}

}  // namespace runner
]])
