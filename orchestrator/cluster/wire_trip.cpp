// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/wire_trip.h"

#include <stdexcept>
#include <string>

#include "node/message_codec.h"
#include "proxy/wire/envelope.h"

namespace cluster {
namespace {

template <class Message>
Message arrived(std::optional<Message> message, const std::string& why) {
  if (!message) throw std::logic_error("a message of ours does not decode: " + why);
  return *std::move(message);
}

}  // namespace

node::Send through_the_wire(const node::Send& send) {
  const std::string frame = proxy::encode(send.envelope, node::encode_message(send.message));
  const auto decoded = proxy::decode(frame);
  if (const auto* error = std::get_if<proxy::DecodeError>(&decoded)) {
    return arrived<node::Send>(std::nullopt, std::string(proxy::decode_error_name(*error)));
  }
  const auto& [envelope, payload] = std::get<proxy::Frame>(decoded);
  return {envelope, arrived(node::decode_message(payload), "no message of Raft")};
}

node::ToNode through_the_wire(const node::ToNode& message) {
  std::string why;
  auto decoded = node::decode_to_node(node::encode(message), &why);
  return arrived(std::move(decoded), why);
}

node::FromNode through_the_wire(const node::FromNode& message) {
  std::string why;
  auto decoded = node::decode_from_node(node::encode(message), &why);
  return arrived(std::move(decoded), why);
}

}  // namespace cluster
