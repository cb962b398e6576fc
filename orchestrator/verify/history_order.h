// SPDX-License-Identifier: Apache-2.0
// Whether history.jsonl tells all that clients did, as far as its own order shows it: a client has
// one operation open at a time, counts them from 1, and what ends is what it invoked.
#pragma once

#include <string>
#include <unordered_map>

#include "orchestrator/verify/evidence.h"

namespace verify {

class HistoryOrder {
 public:
  void take(const Operation& event);

  std::uint64_t lines() const { return lines_; }
  // What is wrong first, and where; empty where nothing is.
  const std::string& problem() const { return problem_; }
  // Some client whose operation has not ended; empty where there is none.
  std::string waiting() const;

 private:
  struct Client {
    std::uint64_t request = 0;
    bool open = false;
    node::OpKind op = node::OpKind::get;
    std::string key;
  };
  void note(const Operation& event, const char* what);

  std::unordered_map<std::string, Client> clients_;
  std::uint64_t lines_ = 0;
  std::string problem_;
};

}  // namespace verify
