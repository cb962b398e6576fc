// SPDX-License-Identifier: Apache-2.0
// What the key-value store should do, written down a second time from its description
// (node/protocol.h, node/store.h) and not from its code: the commands in the order of their
// commitment go in, the answers that clients should have got come out.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace verify {

// A value without its bytes: values grow, and there are many. FNV-1a, which goes on where a value
// grows at its end.
struct ValueDigest {
  std::uint64_t size = 0;
  std::uint64_t hash = 0xcbf29ce484222325;

  ValueDigest() = default;
  explicit ValueDigest(std::string_view value) { append(value); }
  void append(std::string_view more);
  friend bool operator==(const ValueDigest&, const ValueDigest&) = default;
};

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

  // Executes the command that stands at `index`. A key that was never written holds the empty
  // string.
  Answer execute(Index index, const Command& command);
  // What the key held after the entry at `index`.
  ValueDigest value_at(const std::string& key, Index index) const;

 private:
  struct Held {
    std::string value;
    ValueDigest digest;
    std::vector<std::pair<Index, ValueDigest>> versions;  // by who wrote them
  };
  void write(Held& held, Index index, std::string value);

  std::unordered_map<std::string, Held> values_;
};

}  // namespace verify
