// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/store_model.h"

namespace verify {

StoreModel::Answer StoreModel::execute(const Command& command) {
  std::string& held = values_[command.key];
  switch (command.op) {
    case node::OpKind::get:
      return {held, false};
    case node::OpKind::put:
      held = command.value;
      return {};
    case node::OpKind::append:
      held += command.value;
      return {};
    case node::OpKind::cas: {
      Answer answer{held, held == command.expected};
      if (answer.swapped) held = command.value;
      return answer;
    }
  }
  return {};
}

Effect StoreModel::judge(const std::string& client, std::uint64_t request) {
  std::uint64_t& last = last_request_[client];
  if (request < last) return Effect::stale;
  if (request == last) return Effect::duplicate;
  last = request;
  return Effect::effective;
}

}  // namespace verify
