// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/history_order.h"

#include <fmt/format.h>

#include "orchestrator/verify/describe.h"

namespace verify {

void HistoryOrder::take(const Operation& event) {
  ++lines_;
  Client& client = clients_[event.client];
  if (event.phase == Operation::Phase::invoke) {
    if (client.open) note(event, "is invoked while an operation of that client is open");
    if (event.request != client.request + 1) note(event, "does not follow that client's last one");
    client = {event.request, true, event.op, event.key};
    return;
  }
  const bool asked = client.open && client.request == event.request && client.op == event.op &&
                     client.key == event.key;
  if (!asked) note(event, "ends, and was not invoked like that");
  client.open = false;
}

// The least by name, as any would do and a hash has no say.
std::string HistoryOrder::waiting() const {
  std::string least;
  for (const auto& [name, client] : clients_)
    if (client.open && (least.empty() || name < least)) least = name;
  return least;
}

void HistoryOrder::note(const Operation& event, const char* what) {
  if (!problem_.empty()) return;
  problem_ = fmt::format("{}:{}: {} {}", file_name(Where::kHistory), event.where.line,
                         request_name(event.client, event.request), what);
}

}  // namespace verify
