// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/store_model.h"

#include <algorithm>
#include <utility>

namespace verify {

void ValueDigest::append(std::string_view more) {
  size += more.size();
  for (const char c : more)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

StoreModel::Answer StoreModel::execute(Index index, const Command& command) {
  Held& held = values_[command.key];
  switch (command.op) {
    case node::OpKind::get:
      return {held.value, false};
    case node::OpKind::put:
      write(held, index, command.value);
      return {};
    case node::OpKind::append:
      held.value += command.value;
      held.digest.append(command.value);
      held.versions.emplace_back(index, held.digest);
      return {};
    case node::OpKind::cas: {
      Answer answer{held.value, held.value == command.expected};
      if (answer.swapped) write(held, index, command.value);
      return answer;
    }
  }
  return {};
}

void StoreModel::write(Held& held, Index index, std::string value) {
  held.value = std::move(value);
  held.digest = ValueDigest(held.value);
  held.versions.emplace_back(index, held.digest);
}

ValueDigest StoreModel::value_at(const std::string& key, Index index) const {
  const auto held = values_.find(key);
  if (held == values_.end()) return {};
  const auto& versions = held->second.versions;
  const auto after =
      std::partition_point(versions.begin(), versions.end(),
                           [&](const auto& version) { return version.first <= index; });
  return after == versions.begin() ? ValueDigest() : std::prev(after)->second;
}

Effect StoreModel::judge(const std::string& client, std::uint64_t request, Index index,
                         Effect said) {
  auto found = sessions_.find(client);
  if (found == sessions_.end()) {
    // It was forgotten, if ever it was, at forgotten_up_to_ or before; who knew the log up to there
    // begins a new one.
    if (said == Effect::expired && forgotten_up_to_ > Index{}) return Effect::expired;
    if (max_sessions_ != 0 && sessions_.size() >= max_sessions_) forget_oldest_session();
    found = sessions_.emplace(client, Session{}).first;
  }
  Session& session = found->second;
  if (request < session.last_request) return Effect::stale;
  if (request == session.last_request) return Effect::duplicate;
  by_last_use_.erase(session.last_index);
  by_last_use_.emplace(index, client);
  session = {request, index};
  return Effect::effective;
}

void StoreModel::forget_oldest_session() {
  const auto oldest = by_last_use_.begin();
  forgotten_up_to_ = oldest->first;
  sessions_.erase(oldest->second);
  by_last_use_.erase(oldest);
}

}  // namespace verify
