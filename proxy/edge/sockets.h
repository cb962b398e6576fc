// SPDX-License-Identifier: Apache-2.0
// libzmq as the three programs use it: interrupted calls repeated, expected failures returned and
// not thrown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

namespace proxy {

/// Throws std::runtime_error for an ipc path that a socket address can't hold (107 bytes).
void check_endpoint(const std::string& endpoint);

/// A DEALER with the given routing id that connects as a node does to the network: nothing is
/// queued while the other side is away (IMMEDIATE), so that what arrives is never stale; it
/// reconnects within a millisecond; what was just sent may still leave at the end (LINGER).
zmq::socket_t connect_dealer(zmq::context_t& context, const std::string& routing_id,
                             const std::string& endpoint, int send_queue, std::int64_t max_message);

/// Waits until one of the items is ready. Interrupted calls count as nothing ready.
void poll(std::vector<zmq::pollitem_t>& items);

/// The next frame, if one is there.
bool receive(zmq::socket_t& socket, zmq::message_t& message);
/// Sends without waiting; false where the queue is full or there is no such peer.
bool send(zmq::socket_t& socket, std::string_view bytes, bool more = false);

std::string_view text_of(const zmq::message_t& message);

}  // namespace proxy
