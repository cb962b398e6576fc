// SPDX-License-Identifier: Apache-2.0
#include "node/command.h"

#include "node/cereal_bytes.h"

namespace node {

template <class Archive>
void serialize(Archive& archive, ClientRequest& request) {
  Operation& operation = request.operation;
  archive(Text{request.client}, request.request, Enumerator{operation.kind, OpKind::cas},
          Text{operation.key}, Text{operation.value}, Text{operation.expected},
          request.since.value);
}

const char* why_malformed(const ClientRequest& request) {
  if (request.client.empty()) return "client is empty";
  if (request.client.size() > kMaxClientName) return "client is longer than 64 bytes";
  if (request.request == 0) return "request numbers count from 1";
  if (request.operation.key.size() > kMaxKey) return "key is longer than 4096 bytes";
  if (request.operation.value.size() > kMaxValue) return "value is longer than 1 MiB";
  if (request.operation.expected.size() > kMaxValue) return "expected is longer than 1 MiB";
  return nullptr;
}

std::string encode_command(const ClientRequest& request) {
  return to_bytes(request);
}

std::optional<ClientRequest> decode_command(std::string_view bytes) {
  std::optional<ClientRequest> request(std::in_place);
  if (!from_bytes(bytes, *request) || why_malformed(*request) != nullptr) return std::nullopt;
  return request;
}

}  // namespace node
