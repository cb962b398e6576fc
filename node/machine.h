// SPDX-License-Identifier: Apache-2.0
// The clocks and the processor that a node runs on, as faults make them. The node's Server sees
// these clocks and no others; the processor is the loop's to slow down.
#pragma once

#include "node/evidence.h"
#include "node/protocol.h"

namespace node {

// A clock that runs at a wrong rate does so from when it is told to. Its monotonic time never goes
// back: set right again, it keeps the error that it has gained. A jump is one of the wall clock
// alone, as setting the date is on a real machine.
class Machine {
 public:
  static bool is_about_it(const ToNode& message);
  // Whether the message is about the machine; then it is in effect. `now` is right, here and below.
  bool take(const ToNode& message, raft::Time now);

  // What the node's clocks show; `wall_offset` leads from the monotonic clock to the wall's.
  Instant at(raft::Time now, raft::Duration wall_offset) const;
  // When its monotonic clock will show `shown`, or a moment that is past.
  raft::Time when(raft::Time shown) const;
  // What handling one event costs; 0 is the true cost and no more.
  raft::Duration per_event() const { return per_event_; }

 private:
  raft::Duration error_at(raft::Time now) const;

  SetClock clock_;
  raft::Time since_{};      // when the clock was set last
  raft::Duration error_{};  // how far ahead it was then
  raft::Duration per_event_{};
};

}  // namespace node
