// SPDX-License-Identifier: Apache-2.0
#include "node/store.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "node/little_endian.h"

namespace node {
namespace {

class Digest {
 public:
  Digest() { XXH64_reset(&state_, 0); }

  void number(std::uint64_t value) {
    std::string bytes;
    append_u64(bytes, value);
    update(bytes);
  }
  void flag(bool value) { update(value ? std::string_view("\1", 1) : std::string_view("\0", 1)); }
  void text(std::string_view value) {
    number(value.size());
    update(value);
  }
  std::uint64_t value() const { return XXH64_digest(&state_); }

 private:
  void update(std::string_view bytes) { XXH64_update(&state_, bytes.data(), bytes.size()); }

  XXH64_state_t state_{};
};

}  // namespace

Applied Store::apply(const ClientRequest& request) {
  Session& session = sessions_[request.client];
  if (request.request < session.last_request) return {{}, Effect::stale};
  if (request.request == session.last_request) return {session.last_result, Effect::duplicate};
  session.last_request = request.request;
  session.last_result = execute(request.operation);
  return {session.last_result, Effect::effective};
}

OpResult Store::execute(const Operation& operation) {
  switch (operation.kind) {
    case OpKind::get: {
      const auto held = values_.find(operation.key);
      return {held == values_.end() ? std::string() : held->second, false};
    }
    case OpKind::put:
      values_[operation.key] = operation.value;
      return {};
    case OpKind::append:
      values_[operation.key] += operation.value;
      return {};
    case OpKind::cas: {
      const auto held = values_.find(operation.key);
      OpResult result{held == values_.end() ? std::string() : held->second, false};
      result.swapped = result.value == operation.expected;
      if (result.swapped) values_[operation.key] = operation.value;
      return result;
    }
  }
  return {};
}

std::uint64_t Store::state_digest() const {
  Digest digest;
  digest.number(values_.size());
  for (const auto& [key, value] : values_) {
    digest.text(key);
    digest.text(value);
  }
  digest.number(sessions_.size());
  for (const auto& [client, session] : sessions_) {
    digest.text(client);
    digest.number(session.last_request);
    digest.text(session.last_result.value);
    digest.flag(session.last_result.swapped);
  }
  return digest.value();
}

}  // namespace node
