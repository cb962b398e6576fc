// SPDX-License-Identifier: Apache-2.0
// The log's order against real time, told as each answer comes, in O(1): what was acknowledged
// before an operation was invoked stands before it in the log. That the answers are those which
// this order gives is told by replaying it (exactly_once.cpp); both together are the witness
// (linearizability/claims.h) of a history that is still under way.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "orchestrator/verify/evidence.h"

namespace verify {

class LogInRealTime {
 public:
  struct Acknowledged {
    Index index;
    std::string request;
    Where where;
  };

  // What stands furthest behind of all that is acknowledged by now: for an operation that is
  // invoked to keep.
  const Acknowledged& newest() const { return newest_; }

  // The operation is answered: from the state after the entry at that index, or by that entry
  // itself. False: it stands before what was the newest when it was invoked.
  bool answered(const Acknowledged& at_invocation, Acknowledged by, bool is_entry) {
    const bool behind = is_entry ? at_invocation.index < by.index : at_invocation.index <= by.index;
    if (newest_.index < by.index) newest_ = std::move(by);
    return behind;
  }

 private:
  Acknowledged newest_;
};

}  // namespace verify
