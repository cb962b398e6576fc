// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/replicated_state.h"

#include <utility>

#include "node/little_endian.h"

namespace verify {
namespace {

void append_text(std::string& out, std::string_view text) {
  node::append_u64(out, text.size());
  out += text;
}

}  // namespace

Effect ReplicatedState::apply(Index index, const ClientCommand& command) {
  const Effect effect = sessions_.take(command.client, command.request, index, command.since);
  if (effect == Effect::effective) execute(command, sessions_.at(command.client));
  return effect;
}

void ReplicatedState::execute(const ClientCommand& command, Session& session) {
  const auto held = values_.find(command.key);
  const bool reads = command.op == node::OpKind::get || command.op == node::OpKind::cas;
  if (reads && held != values_.end()) session.value = held->second;
  switch (command.op) {
    case node::OpKind::put:
      values_[command.key] = command.value;
      break;
    case node::OpKind::append:
      values_[command.key] += command.value;
      break;
    case node::OpKind::get:
      break;
    case node::OpKind::cas:
      session.swapped = session.value == command.expected;
      if (session.swapped) values_[command.key] = command.value;
      break;
  }
}

std::string ReplicatedState::bytes() const {
  std::string out;
  node::append_u64(out, values_.size());
  for (const auto& [key, value] : values_) {
    append_text(out, key);
    append_text(out, value);
  }
  node::append_u64(out, sessions_.all().size());
  for (const auto& [client, session] : sessions_.all()) {
    append_text(out, client);
    node::append_u64(out, session.last_request);
    node::append_u64(out, session.last_index.value);
    append_text(out, session.value);
    node::append_u8(out, session.swapped ? 1 : 0);
  }
  node::append_u64(out, sessions_.forgotten_up_to().value);
  return out;
}

bool ReplicatedState::load(std::string_view bytes) {
  node::ByteReader in(bytes);
  const auto text = [&in] { return std::string(in.bytes(in.u64())); };
  ReplicatedState loaded = *this;
  loaded.values_.clear();
  std::map<std::string, Session> sessions;
  for (std::uint64_t left = in.u64(); in.ok() && left > 0; --left) {
    const std::string key = text();
    loaded.values_[key] = text();
  }
  for (std::uint64_t left = in.u64(); in.ok() && left > 0; --left) {
    Session& session = sessions[text()];
    session.last_request = in.u64();
    session.last_index = {in.u64()};
    session.value = text();
    session.swapped = in.u8() != 0;
  }
  loaded.sessions_.load(std::move(sessions), {in.u64()});
  // One state has one text: what is out of order, or there twice, is none.
  if (!in.ok() || in.remaining() != 0 || loaded.bytes() != bytes) return false;
  *this = std::move(loaded);
  return true;
}

}  // namespace verify
