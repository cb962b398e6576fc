// SPDX-License-Identifier: Apache-2.0
// The commands in the order in which the cluster committed them, as the first to apply each index
// tells it. That all others tell the same is state_machine_safety's to judge.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace verify {

class CommittedSequence {
 public:
  struct Entry {
    std::string client;  // empty where no client sent it
    std::uint64_t request = 0;
    Effect effect = Effect::effective;
    std::string kind;  // where no client sent it
    Term term;
    std::uint64_t digest = 0;
    NodeId node;  // who applied it first
    Where where;
    bool is_command() const { return !client.empty(); }
  };

  // What is there already is not added. A node that got a snapshot leaves a gap, which others fill.
  void take(const NodeEvent& event, const Applied& applied);

  // All up to here are known.
  Index last_index() const { return Index{entries_.size()}; }
  const Entry& at(Index index) const { return entries_.at(index.value - 1); }
  // Where the request stands first.
  std::optional<Index> find(const std::string& client, std::uint64_t request) const;

 private:
  void add(Entry entry);

  std::vector<Entry> entries_;
  std::map<Index, Entry> after_gap_;
  std::unordered_map<std::string, std::unordered_map<std::uint64_t, Index>> places_;
};

}  // namespace verify
