// SPDX-License-Identifier: Apache-2.0
#include "node/store.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "node/little_endian.h"

namespace node {
namespace {

void append_text(std::string& out, std::string_view text) {
  append_u64(out, text.size());
  out += text;
}

}  // namespace

Applied Store::apply(raft::Index index, const ClientRequest& request) {
  auto found = sessions_.find(request.client);
  if (found == sessions_.end()) {
    if (request.since < forgotten_up_to_) return {{}, Effect::expired};
    if (max_sessions_ != 0 && sessions_.size() >= max_sessions_) forget_oldest_session();
    found = sessions_.emplace(request.client, Session{}).first;
  }
  Session& session = found->second;
  if (request.request < session.last_request) return {{}, Effect::stale};
  if (request.request == session.last_request) return {session.last_result, Effect::duplicate};
  by_last_use_.erase(session.last_index);
  by_last_use_.emplace(index, request.client);
  session.last_index = index;
  session.last_request = request.request;
  session.last_result = execute(request.operation);
  return {session.last_result, Effect::effective};
}

void Store::forget_oldest_session() {
  const auto oldest = by_last_use_.begin();
  forgotten_up_to_ = oldest->first;
  sessions_.erase(oldest->second);
  by_last_use_.erase(oldest);
}

OpResult Store::get(const std::string& key) const {
  const auto held = values_.find(key);
  return {held == values_.end() ? std::string() : held->second, false};
}

OpResult Store::execute(const Operation& operation) {
  switch (operation.kind) {
    case OpKind::get:
      return get(operation.key);
    case OpKind::put:
      values_[operation.key] = operation.value;
      return {};
    case OpKind::append:
      values_[operation.key] += operation.value;
      return {};
    case OpKind::cas: {
      OpResult result = get(operation.key);
      result.swapped = result.value == operation.expected;
      if (result.swapped) values_[operation.key] = operation.value;
      return result;
    }
  }
  return {};
}

std::uint64_t Store::state_digest() const {
  const std::string bytes = save();
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::string Store::save() const {
  std::string out;
  append_u64(out, values_.size());
  for (const auto& [key, value] : values_) {
    append_text(out, key);
    append_text(out, value);
  }
  append_u64(out, sessions_.size());
  for (const auto& [client, session] : sessions_) {
    append_text(out, client);
    append_u64(out, session.last_request);
    append_u64(out, session.last_index.value);
    append_text(out, session.last_result.value);
    append_u8(out, session.last_result.swapped ? 1 : 0);
  }
  append_u64(out, forgotten_up_to_.value);
  return out;
}

bool Store::load(std::string_view bytes) {
  Store loaded(max_sessions_);
  ByteReader in(bytes);
  const auto text = [&in] { return std::string(in.bytes(in.u64())); };
  for (std::uint64_t keys = in.u64(); in.ok() && keys > 0; --keys) {
    std::string key = text();
    loaded.values_.insert_or_assign(std::move(key), text());
  }
  for (std::uint64_t sessions = in.u64(); in.ok() && sessions > 0; --sessions) {
    const std::string client = text();
    Session session;
    session.last_request = in.u64();
    session.last_index = raft::Index{in.u64()};
    session.last_result.value = text();
    session.last_result.swapped = in.u8() != 0;
    loaded.by_last_use_.insert_or_assign(session.last_index, client);
    loaded.sessions_.insert_or_assign(client, std::move(session));
  }
  loaded.forgotten_up_to_ = raft::Index{in.u64()};
  // One state has one text: what is out of order, or there twice, is none.
  if (!in.ok() || in.remaining() != 0 || loaded.by_last_use_.size() != loaded.sessions_.size() ||
      loaded.save() != bytes) {
    return false;
  }
  *this = std::move(loaded);
  return true;
}

}  // namespace node
