// SPDX-License-Identifier: Apache-2.0
#include "proxy/edge/sockets.h"

#include <stdexcept>

#include <fmt/format.h>

namespace proxy {
namespace {

constexpr std::size_t kMaxIpcPath = 107;  // bytes; sockaddr_un holds no more
constexpr int kLingerMs = 200;

}  // namespace

void check_endpoint(const std::string& endpoint) {
  constexpr std::string_view kIpc = "ipc://";
  if (endpoint.compare(0, kIpc.size(), kIpc) != 0) return;
  const std::size_t length = endpoint.size() - kIpc.size();
  if (length <= kMaxIpcPath) return;
  throw std::runtime_error(fmt::format("{}: a path of {} bytes, a socket's has {} at most",
                                       endpoint, length, kMaxIpcPath));
}

zmq::socket_t connect_dealer(zmq::context_t& context, const std::string& routing_id,
                             const std::string& endpoint, int send_queue,
                             std::int64_t max_message) {
  check_endpoint(endpoint);
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.set(zmq::sockopt::routing_id, routing_id);
  socket.set(zmq::sockopt::immediate, true);
  socket.set(zmq::sockopt::reconnect_ivl, 1);
  socket.set(zmq::sockopt::linger, kLingerMs);
  socket.set(zmq::sockopt::sndhwm, send_queue);
  socket.set(zmq::sockopt::rcvhwm, 0);  // what the sender's side accepted is not lost here
  socket.set(zmq::sockopt::maxmsgsize, max_message);
  try {
    socket.connect(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error(fmt::format("connect {}: {}", endpoint, error.what()));
  }
  return socket;
}

void poll(std::vector<zmq::pollitem_t>& items) {
  const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), -1);
  if (ready >= 0) return;
  if (zmq_errno() != EINTR) throw zmq::error_t();
  for (zmq::pollitem_t& item : items)
    item.revents = 0;
}

bool receive(zmq::socket_t& socket, zmq::message_t& message) {
  int size = -1;
  do {
    size = zmq_msg_recv(message.handle(), socket.handle(), ZMQ_DONTWAIT);
  } while (size < 0 && zmq_errno() == EINTR);
  if (size < 0 && zmq_errno() != EAGAIN) throw zmq::error_t();
  return size >= 0;
}

bool send(zmq::socket_t& socket, std::string_view bytes, bool more) {
  int sent = -1;
  do {
    sent = zmq_send(socket.handle(), bytes.data(), bytes.size(),
                    ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
  } while (sent < 0 && zmq_errno() == EINTR);
  if (sent < 0 && zmq_errno() != EAGAIN && zmq_errno() != EHOSTUNREACH) throw zmq::error_t();
  return sent >= 0;
}

std::string_view text_of(const zmq::message_t& message) {
  return {message.data<char>(), message.size()};
}

}  // namespace proxy
