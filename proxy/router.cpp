// SPDX-License-Identifier: Apache-2.0
#include "proxy/router.h"

#include <cerrno>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>
#include <zmq.hpp>

#include "proxy/edge/sockets.h"
#include "proxy/wire/envelope.h"

namespace proxy {
namespace {

constexpr int kSendQueue = 1000;  // messages that wait for one node's connection
constexpr int kLingerMs = 200;    // how long the last messages may take to leave
// libzmq ends the connection above this. A little more than a frame, so that one that is just too
// large is seen and counted.
constexpr std::int64_t kMaxReceived = static_cast<std::int64_t>(kMaxFrame) + 4096;

/// Repeats a call of libzmq while signals interrupt it. cppzmq would throw for that, and for every
/// refusal that a relay lives with.
template <typename Call>
HandOver attempt(Call call) {
  int sent = call();
  while (sent < 0 && zmq_errno() == EINTR)
    sent = call();
  if (sent >= 0) return HandOver::taken;
  if (zmq_errno() == EHOSTUNREACH) return HandOver::unreachable;
  if (zmq_errno() == EAGAIN) return HandOver::full;
  throw zmq::error_t();
}

}  // namespace

zmq::socket_t bind_router(zmq::context_t& context, const std::string& endpoint) {
  check_endpoint(endpoint);
  zmq::socket_t socket(context, zmq::socket_type::router);
  // A node restarted under its old name takes over from its dead connection; without this it may
  // never be heard again.
  socket.set(zmq::sockopt::router_handover, true);
  // Sends say when nobody takes the message; without this they drop it and report success.
  socket.set(zmq::sockopt::router_mandatory, true);
  socket.set(zmq::sockopt::sndhwm, kSendQueue);
  socket.set(zmq::sockopt::linger, kLingerMs);
  socket.set(zmq::sockopt::maxmsgsize, kMaxReceived);
  try {
    socket.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error(fmt::format("bind {}: {}", endpoint, error.what()));
  }
  return socket;
}

HandOver send_to(zmq::socket_t& router, std::string_view peer, zmq::message_t& message) {
  const HandOver head = attempt([&] {
    return zmq_send(router.handle(), peer.data(), peer.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
  });
  // Nothing may follow a routing id that was refused.
  if (head != HandOver::taken) return head;
  return attempt([&] { return zmq_msg_send(message.handle(), router.handle(), ZMQ_DONTWAIT); });
}

}  // namespace proxy
