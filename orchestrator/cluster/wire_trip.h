// SPDX-License-Identifier: Apache-2.0
// Messages as they come out at the other end of a real wire: encoded, and decoded again. What the
// wire format does not carry, or a decoder refuses, is then seen in the simulator, too.
#pragma once

#include "node/protocol.h"
#include "node/server.h"

namespace cluster {

// Throws std::logic_error where what was encoded is not read back.
node::Send through_the_wire(const node::Send& send);
node::ToNode through_the_wire(const node::ToNode& message);
node::FromNode through_the_wire(const node::FromNode& message);

}  // namespace cluster
