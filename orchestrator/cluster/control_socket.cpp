// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/control_socket.h"

#include <stdexcept>

#include "node/protocol.h"
#include "orchestrator/cluster/harness_error.h"
#include "proxy/edge/sockets.h"
#include "proxy/router.h"

namespace cluster {

struct ControlSocket::Socket {
  zmq::context_t context;
  zmq::socket_t router;
  std::vector<zmq::pollitem_t> items;  // kept for its memory
};

ControlSocket::ControlSocket(const std::string& endpoint) : socket_(std::make_unique<Socket>()) {
  try {
    socket_->router = proxy::bind_router(socket_->context, endpoint);
  } catch (const std::runtime_error& error) {
    throw HarnessError(error.what());
  }
}

ControlSocket::~ControlSocket() = default;

bool ControlSocket::send(std::string_view peer, std::string_view text) {
  zmq::message_t message(text.data(), text.size());
  return proxy::send_to(socket_->router, peer, message) == proxy::HandOver::taken;
}

std::optional<ControlSocket::Received> ControlSocket::receive() {
  zmq::message_t frame;
  if (!proxy::receive(socket_->router, frame)) return std::nullopt;
  Received received;
  received.peer = proxy::text_of(frame);
  if (!frame.more()) {
    received.malformed = "no frame";
    return received;
  }
  proxy::receive(socket_->router, frame);  // the frames of a message come together
  received.bytes = frame.size();
  if (frame.more()) received.malformed = "too many frames";
  if (frame.size() > node::kMaxControlMessage) received.malformed = "oversized";
  if (received.malformed == nullptr) received.text = proxy::text_of(frame);
  while (frame.more() && proxy::receive(socket_->router, frame))
    received.bytes += frame.size();
  return received;
}

void ControlSocket::wait(std::vector<pollfd>& descriptors) {
  std::vector<zmq::pollitem_t>& items = socket_->items;
  items.clear();
  items.push_back({socket_->router.handle(), 0, ZMQ_POLLIN, 0});
  for (const pollfd& one : descriptors)
    items.push_back({nullptr, one.fd, ZMQ_POLLIN, 0});
  proxy::poll(items);
  for (std::size_t i = 0; i < descriptors.size(); ++i)
    descriptors[i].revents = items[i + 1].revents != 0 ? POLLIN : 0;
}

}  // namespace cluster
