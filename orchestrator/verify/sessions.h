// SPDX-License-Identifier: Apache-2.0
// The clients' sessions, by the rules of docs/evidence.md and not by node/'s code: each request
// number takes effect once, in rising order, and of too many sessions the one that the log used
// least recently is forgotten.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "orchestrator/verify/evidence.h"

namespace verify {

class Sessions {
 public:
  struct Session {
    std::uint64_t last_request = 0;
    Index last_index;
    std::string value;  // that the last request returned, and whether it swapped
    bool swapped = false;
  };

  // How many are kept; 0: all.
  void limit(std::uint64_t most) { most_ = most; }
  // How the session takes the request of the command at `index`, whose client knew the log up to
  // `since`. Where that is effective, at(client) is the session, with nothing returned yet.
  Effect take(const std::string& client, std::uint64_t request, Index index, Index since);
  Session& at(const std::string& client) { return sessions_.at(client); }

  const std::map<std::string, Session>& all() const { return sessions_; }
  // The last use of the last one that was forgotten.
  Index forgotten_up_to() const { return forgotten_up_to_; }
  void load(std::map<std::string, Session> sessions, Index forgotten_up_to);

 private:
  void forget_oldest();

  std::uint64_t most_ = 0;
  std::map<std::string, Session> sessions_;
  Index forgotten_up_to_;
};

}  // namespace verify
