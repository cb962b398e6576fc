// SPDX-License-Identifier: Apache-2.0
// The relay's side of the nodes' connections.
#pragma once

#include <string>
#include <string_view>

namespace zmq {
class context_t;
class message_t;
class socket_t;
}  // namespace zmq

namespace proxy {

/// A bound ROUTER that hears restarted nodes and reports every message that it could not hand over.
/// Throws std::runtime_error with the endpoint and what is wrong with it.
zmq::socket_t bind_router(zmq::context_t& context, const std::string& endpoint);

enum class HandOver {
  taken,        // by the peer's connection
  unreachable,  // there is no such connection
  full,         // the peer does not read
};

/// Sends `message` to the peer with this routing id without waiting. Throws zmq::error_t for what
/// is not in the result.
HandOver send_to(zmq::socket_t& router, std::string_view peer, zmq::message_t& message);

}  // namespace proxy
