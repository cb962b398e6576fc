// SPDX-License-Identifier: Apache-2.0
// What the key-value store should do, written down a second time from its description
// (node/protocol.h) and not from its code: the commands in the order of their commitment go in, the
// answers that clients should have got come out.
#pragma once

#include <string>
#include <unordered_map>

#include "orchestrator/verify/evidence.h"

namespace verify {

class StoreModel {
 public:
  struct Command {
    node::OpKind op = node::OpKind::get;
    std::string key;
    std::string value;
    std::string expected;
  };
  struct Answer {
    std::string value;  // of a get: what is there; of a compare-and-set: what was there
    bool swapped = false;
  };

  // A key that was never written holds the empty string.
  Answer execute(const Command& command);
  // How a session takes a request: each number once, in rising order.
  Effect judge(const std::string& client, std::uint64_t request);

 private:
  std::unordered_map<std::string, std::string> values_;
  std::unordered_map<std::string, std::uint64_t> last_request_;
};

}  // namespace verify
