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

}  // namespace verify
