// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/sessions.h"

#include <algorithm>
#include <utility>

namespace verify {

Effect Sessions::take(const std::string& client, std::uint64_t request, Index index, Index since) {
  auto found = sessions_.find(client);
  if (found == sessions_.end()) {
    // It was forgotten, if ever it was, at forgotten_up_to_ or before; who knew the log up to there
    // begins a new one.
    if (since < forgotten_up_to_) return Effect::expired;
    if (most_ != 0 && sessions_.size() >= most_) forget_oldest();
    found = sessions_.try_emplace(client).first;
  }
  Session& session = found->second;
  if (request < session.last_request) return Effect::stale;
  if (request == session.last_request) return Effect::duplicate;
  session = {request, index, {}, false};
  return Effect::effective;
}

void Sessions::forget_oldest() {
  const auto oldest = std::min_element(
      sessions_.begin(), sessions_.end(),
      [](const auto& a, const auto& b) { return a.second.last_index < b.second.last_index; });
  forgotten_up_to_ = oldest->second.last_index;
  sessions_.erase(oldest);
}

void Sessions::load(std::map<std::string, Session> sessions, Index forgotten_up_to) {
  sessions_ = std::move(sessions);
  forgotten_up_to_ = forgotten_up_to;
}

}  // namespace verify
